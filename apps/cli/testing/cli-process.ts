import { transformFileSync } from '@swc/core';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';

export interface Finished {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

/** The command as a user runs it: compiled into a folder of its own, started as a process. */
export class CliProcess {
  private constructor(private readonly folder: string) {}

  /** @param root the project's folder */
  static build(root: string): CliProcess {
    const folder = mkdtempSync(join(tmpdir(), 'feedmill-cli-'));
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module', version: '0.0.0-test' }));
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    for (const file of readdirSync(join(root, 'apps/cli'), { recursive: true, encoding: 'utf8' })) {
      if (file.endsWith('.ts') && !file.endsWith('.spec.ts') && !file.startsWith('testing')) {
        compile(join(root, 'apps/cli', file), join(folder, file.replace(/\.ts$/, '.js')));
      }
    }
    return new CliProcess(folder);
  }

  start(args: string[], env: Record<string, string> = {}): ChildProcess {
    const ours = Object.entries(process.env).filter(([name]) => !/^(FEEDMILL_|NODE_OPTIONS)/.test(name));
    return spawn(process.execPath, [join(this.folder, 'main.js'), ...args], {
      env: { ...Object.fromEntries(ours), ...env },
      stdio: 'pipe',
    });
  }

  async run(
    args: string[],
    options: { env?: Record<string, string>; stdin?: string } = {},
  ): Promise<Finished> {
    const child = this.start(args, options.env);
    child.stdin!.end(options.stdin ?? '');
    return finish(child);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}

/** Waits for the end of a started command. */
export async function finish(child: ChildProcess): Promise<Finished> {
  const exit = new Promise<number | null>((resolve) => child.on('close', resolve));
  const [stdout, stderr, exitCode] = await Promise.all([text(child.stdout!), text(child.stderr!), exit]);
  return { exitCode, stdout, stderr };
}

function compile(source: string, target: string): void {
  const { code } = transformFileSync(source, {
    jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
    module: { type: 'es6' },
    isModule: true,
  });
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, code);
}
