import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A process as it can be known again later: pids are used again, a pid with its moment of start is not. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly started: string;
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** When the process started, in a form that only this boot of this machine gives; null where there is no such process. */
export async function startOf(pid: number): Promise<string | null> {
  if (process.platform === 'linux') {
    try {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
      const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (state === 'Z') return null;
      const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
      return `${boot.trim()}/${fields[18]}`;
    } catch {
      return null;
    }
  }
  try {
    const { stdout } = await run('ps', ['-o', 'lstart=', '-p', String(pid)], {
      env: { ...process.env, LC_ALL: 'C' },
    });
    return stdout.trim() || null;
  } catch {
    return null;
  }
}

/** The command line of a process, '' where it is gone or not ours to see. */
export async function commandOf(pid: number): Promise<string> {
  try {
    if (process.platform === 'linux')
      return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ');
    return (await run('ps', ['-o', 'args=', '-p', String(pid)])).stdout;
  } catch {
    return '';
  }
}

/** Writes down who runs, at once and durably enough for the launch after a crash. */
export async function recordIdentity(file: string, pid: number): Promise<void> {
  const started = await startOf(pid);
  if (started)
    writeFileSync(file, JSON.stringify({ pid, started } satisfies ProcessIdentity), { mode: 0o600 });
}

/** The process a file names, if that very process still runs. */
export async function runningFrom(file: string): Promise<ProcessIdentity | null> {
  let identity: ProcessIdentity;
  try {
    identity = JSON.parse(readFileSync(file, 'utf8')) as ProcessIdentity;
  } catch {
    return null;
  }
  return isAlive(identity.pid) && (await startOf(identity.pid)) === identity.started ? identity : null;
}
