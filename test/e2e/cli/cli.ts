import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { PROJECT_DIR, TEST_ADMIN_KEY } from '../../support/index.js';

const COMMAND = join(PROJECT_DIR, 'dist/apps/cli/main.js');
const COMMAND_LIMIT_MS = 90_000;

export interface Finished {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly key?: string;
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** The command as built, in a folder with the files of the tests. */
export class Cli {
  constructor(
    private readonly url: string,
    private readonly folder: string,
  ) {}

  async run(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
    const child = spawn(process.execPath, [COMMAND, ...args], {
      cwd: this.folder,
      env: {
        PATH: process.env.PATH,
        FEEDMILL_URL: this.url,
        FEEDMILL_KEY: options.key ?? TEST_ADMIN_KEY,
        ...options.env,
      },
      stdio: 'pipe',
      timeout: COMMAND_LIMIT_MS,
    });
    child.stdin.end(options.stdin ?? '');
    const exit = new Promise<number | null>((resolve) => child.on('close', resolve));
    const [stdout, stderr, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
    return { exitCode, stdout, stderr };
  }

  /** The one JSON document that a command prints, whose end must be as expected. */
  async json(args: readonly string[], exitCode: number, options: RunOptions = {}) {
    const done = await this.run([...args, '--json'], options);
    if (done.exitCode !== exitCode) throw new Error(`${args.join(' ')}: ${JSON.stringify(done)}`);
    return JSON.parse(done.stdout);
  }

  /** What a command prints on standard output, whose end must be as expected. */
  async text(args: readonly string[], exitCode: number, options: RunOptions = {}): Promise<string> {
    const done = await this.run(args, options);
    if (done.exitCode !== exitCode) throw new Error(`${args.join(' ')}: ${JSON.stringify(done)}`);
    return done.stdout;
  }
}
