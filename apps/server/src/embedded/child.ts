import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { closeSync, openSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, recordIdentity, runningFrom } from './process-identity.js';

/** One way to ask a process to end, and how long to wait for it before the next, ruder one. */
export interface StopStage {
  readonly signal: NodeJS.Signals;
  readonly waitMs: number;
}

export interface ChildSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly options?: SpawnOptions;
  readonly logFile: string;
  /** Where its identity is kept while it runs, so that a later launch finds it. */
  readonly identityFile: string;
  readonly stopStages: readonly StopStage[];
}

const LOG_KEPT_BYTES = 16 * 1024 * 1024;

/**
 * A server that is started beside us: its output goes to a file (not to a pipe that breaks with us), and it leads a
 * process group of its own, so that Ctrl-C reaches only the launcher, which ends its servers in order.
 */
export class Child {
  /** Resolves when the process has ended, with how. */
  readonly ended: Promise<string>;
  private endedAs: string | null = null;

  private constructor(
    private readonly spec: ChildSpec,
    private readonly process: ChildProcess,
    private readonly logOffset: number,
  ) {
    this.ended = new Promise((resolve) => {
      const end = (how: string) => {
        this.endedAs ??= how;
        resolve(how);
      };
      process.on('error', (error) => end(error.message));
      process.on('exit', (code, signal) =>
        end(signal ? `was ended by ${signal}` : `ended with exit code ${code}`),
      );
    });
  }

  static async start(spec: ChildSpec): Promise<Child> {
    if (sizeOf(spec.logFile) > LOG_KEPT_BYTES) renameSync(spec.logFile, `${spec.logFile}.1`);
    const offset = sizeOf(spec.logFile);
    const log = openSync(spec.logFile, 'a', 0o600);
    try {
      const child = spawn(spec.command, spec.args, {
        detached: true,
        cwd: '/',
        ...spec.options,
        stdio: ['ignore', log, log],
      });
      const started = new Child(spec, child, offset);
      if (child.pid) await recordIdentity(spec.identityFile, child.pid);
      return started;
    } finally {
      closeSync(log);
    }
  }

  get pid(): number {
    return this.process.pid ?? 0;
  }

  get isRunning(): boolean {
    return this.endedAs === null;
  }

  /** What it has logged since it was started. */
  logged(): string {
    return readFrom(this.spec.logFile, this.logOffset);
  }

  /** Ends it, and whatever of its process group outlives it. */
  async stop(): Promise<void> {
    if (this.pid) await stopGroup(this.pid, () => this.isRunning, this.spec.stopStages);
    rmSync(this.spec.identityFile, { force: true });
  }
}

/**
 * Ends the process a former launch left running, if it is that very process.
 * @returns whether there was one.
 */
export async function endLeftover(identityFile: string, stages: readonly StopStage[]): Promise<boolean> {
  const leftover = await runningFrom(identityFile);
  if (leftover) {
    let running = true;
    const watch = setInterval(
      () => void runningFrom(identityFile).then((found) => (running = found !== null)),
      50,
    );
    await stopGroup(leftover.pid, () => running, stages).finally(() => clearInterval(watch));
  }
  rmSync(identityFile, { force: true });
  return leftover !== null;
}

/** Members of the group that outlive its leader get a moment: they are told by their leader's end, and may be writing. */
async function stopGroup(pid: number, isRunning: () => boolean, stages: readonly StopStage[]): Promise<void> {
  for (const { signal, waitMs } of stages) {
    if (!isRunning()) break;
    signalTo(pid, signal);
    await until(() => !isRunning(), waitMs);
  }
  if (isRunning()) {
    signalTo(-pid, 'SIGKILL');
    await until(() => !isRunning(), 5000);
  }
  if (await until(() => !isAlive(-pid), 1000)) return;
  signalTo(-pid, 'SIGKILL');
}

/** Waits for a condition; false when it has not come true in time. */
export async function until(condition: () => boolean, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (!condition()) {
    if (Date.now() > deadline) return false;
    await sleep(25);
  }
  return true;
}

function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** The text of a log from a byte offset on, at most the last megabyte. */
export function readFrom(file: string, offset: number): string {
  try {
    return readFileSync(file)
      .subarray(offset)
      .subarray(-1024 * 1024)
      .toString('utf8');
  } catch {
    return '';
  }
}
