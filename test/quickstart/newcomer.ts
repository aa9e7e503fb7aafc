import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../apps/server/src/embedded/ports.js';
import { PROJECT_DIR } from '../support/index.js';

/** Somebody who has just cloned the project into an empty folder, which only they may enter, and types what it says. */
export class Newcomer {
  readonly folder = mkdtempSync(join(tmpdir(), 'feedmill-quickstart-'));
  readonly clone = join(this.folder, 'feedmill');
  readonly dataDir = join(this.folder, 'data');
  private readonly port = freePort();
  private npm: ChildProcess | null = null;
  private output = '';

  cloneProject(): void {
    const { status, stderr } = spawnSync('git', ['clone', '--quiet', PROJECT_DIR, this.clone], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`git clone failed: ${stderr}`);
  }

  /** Types `npm start`; resolves with what it printed once all runs. */
  async start(timeoutMs: number): Promise<string> {
    this.output = '';
    this.npm = spawn('npm', ['start'], {
      cwd: this.clone,
      env: await this.environment(),
      // A group of its own, as a terminal would give it.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.npm.stdout, this.npm.stderr])
      stream?.on('data', (chunk) => (this.output += chunk));
    const deadline = Date.now() + timeoutMs;
    while (!this.output.includes('Try it')) {
      if (this.npm.exitCode !== null)
        throw new Error(`npm start ended with ${this.npm.exitCode}:\n${this.output}`);
      if (Date.now() > deadline)
        throw new Error(`npm start is not ready after ${timeoutMs} ms:\n${this.output}`);
      await sleep(100);
    }
    await sleep(200);
    return this.output;
  }

  /** Pastes commands into a shell, after the settings that were printed with them; the JSON that each `curl` gave. */
  paste(commands: readonly string[]): unknown[] {
    const settings = this.printed(/^ {2}(URL|KEY)=/).join('\n');
    return commands.map((command) => {
      const script = `${settings}\n${command}`;
      return JSON.parse(this.shell(script)) as unknown;
    });
  }

  /** Pastes whole blocks, one after the other, into one shell; what it printed. */
  pasteBlocks(blocks: readonly string[]): string {
    return this.shell([...this.printed(/^ {2}(URL|KEY)=/), ...blocks].join('\n'));
  }

  /** The `curl` commands of the README that go to the server, in its order. */
  readmeCommands(): string[] {
    const commands = this.readmeBlocks().flatMap((block) => block.split(/^(?=curl )/m));
    return commands.filter((command) => command.startsWith('curl -sS "$URL/'));
  }

  /** What the README types into a shell, block by block. */
  readmeBlocks(): string[] {
    const readme = readFileSync(join(this.clone, 'README.md'), 'utf8');
    return [...readme.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block ?? '');
  }

  /** The lines of what was printed that match. */
  printed(pattern: RegExp): string[] {
    return this.output.split('\n').filter((line) => pattern.test(line));
  }

  /** Presses Ctrl-C; resolves when npm gives the terminal back. */
  async pressCtrlC(): Promise<void> {
    const npm = this.npm;
    if (!npm?.pid) throw new Error('nothing runs');
    process.kill(-npm.pid, 'SIGINT');
    await this.endOf(npm);
  }

  /** Ends the launcher as a crash would, with no chance to stop what it started. */
  async killLauncher(): Promise<void> {
    const { pid } = JSON.parse(readFileSync(join(this.dataDir, 'run', 'launcher.json'), 'utf8')) as {
      pid: number;
    };
    process.kill(pid, 'SIGKILL');
    if (this.npm) await this.endOf(this.npm);
  }

  /** Who runs, by what the launcher wrote down: itself, the server, Postgres, Redis. */
  recordedPids(): number[] {
    const run = join(this.dataDir, 'run');
    const records = readdirSync(run).filter((name) => name.endsWith('.json'));
    return records.map((name) => (JSON.parse(readFileSync(join(run, name), 'utf8')) as { pid: number }).pid);
  }

  /** Processes whose command line names this clone or its data, where the system tells. */
  processes(): string[] {
    if (!existsSync('/proc')) return [];
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => commandLine(pid))
      .filter((line) => line.includes(this.folder));
  }

  async leave(): Promise<void> {
    if (this.npm && this.npm.exitCode === null && this.npm.signalCode === null) await this.pressCtrlC();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private shell(script: string): string {
    const { status, stdout, stderr } = spawnSync('bash', ['-euc', script], {
      cwd: this.clone,
      encoding: 'utf8',
      timeout: 60_000,
    });
    if (status !== 0) throw new Error(`${script}\nfailed: ${stderr}${stdout}`);
    return stdout;
  }

  private async endOf(npm: ChildProcess): Promise<void> {
    const deadline = Date.now() + 60_000;
    while (npm.exitCode === null && npm.signalCode === null) {
      if (Date.now() > deadline) throw new Error(`npm start did not end:\n${this.output}`);
      await sleep(50);
    }
  }

  private async environment(): Promise<NodeJS.ProcessEnv> {
    const { PATH, HOME, LANG } = process.env;
    return { PATH, HOME, LANG, PORT: String(await this.port), FEEDMILL_DATA_DIR: this.dataDir };
  }
}

function commandLine(pid: string): string {
  try {
    return readFileSync(join('/proc', pid, 'cmdline'), 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
