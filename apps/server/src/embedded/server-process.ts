import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Child, endLeftover, type StopStage } from './child.js';
import type { DataDir } from './data-dir.js';
import { diskFull, isDiskFull, LaunchError } from './launch-error.js';
import { toConsoleLine } from './log-tail.js';

/** The server drains what is in flight for 25 s and then ends by itself. */
const STOP_STAGES: readonly StopStage[] = [{ signal: 'SIGTERM', waitMs: 30_000 }];
const START_TIMEOUT_MS = 180_000;

export interface ServerSpec {
  readonly dataDir: DataDir;
  /** The compiled entry of the server, absolute. */
  readonly main: string;
  readonly projectDir: string;
  readonly env: NodeJS.ProcessEnv;
  /** Where it answers, without a path. */
  readonly url: string;
  /** Ends the wait for it to become ready. */
  readonly signal: AbortSignal;
}

export function serverLog(dataDir: DataDir): string {
  return dataDir.file('logs', 'server.log');
}

/** Ends the server that a killed launcher left behind. */
export function endLeftoverServer(dataDir: DataDir): Promise<boolean> {
  return endLeftover(identityFile(dataDir), STOP_STAGES);
}

/**
 * Starts the server; `started` is told at once, so that it can be ended whatever happens next.
 * @returns when it is ready, or when `signal` says that nobody waits any more
 * @throws LaunchError with what it said last, where it does not become ready
 */
export async function startServerProcess(spec: ServerSpec, started: (child: Child) => void): Promise<void> {
  const { dataDir, projectDir, env } = spec;
  const child = await Child.start({
    name: 'The server',
    command: process.execPath,
    args: ['--enable-source-maps', spec.main],
    options: { cwd: projectDir, env },
    logFile: serverLog(dataDir),
    identityFile: identityFile(dataDir),
    stopStages: STOP_STAGES,
  });
  started(child);
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await isReady(spec.url))) {
    if (spec.signal.aborted) return;
    if (child.isRunning && Date.now() < deadline) {
      await sleep(100);
      continue;
    }
    if (isDiskFull(child.logged())) throw diskFull(dataDir.path);
    const what = child.isRunning ? `is not ready after ${START_TIMEOUT_MS / 1000} s` : await child.ended;
    throw new LaunchError(
      `The server ${what}. Its last words (all of it: ${serverLog(dataDir)}):\n${lastWords(child)}`,
    );
  }
}

function identityFile(dataDir: DataDir): string {
  return join(dataDir.path, 'run', 'server.json');
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/healthz/ready`, { signal: AbortSignal.timeout(2000) })).status === 200;
  } catch {
    return false;
  }
}

/** Its warnings and errors; where there are none, whatever it logged. */
function lastWords(child: Child): string {
  const lines = child.logged().split('\n').filter(Boolean);
  const telling = lines.map(toConsoleLine).filter((line) => line !== null);
  return (
    (telling.length ? telling : lines)
      .slice(-12)
      .map((line) => `  ${line}`)
      .join('\n') || '  (nothing)'
  );
}
