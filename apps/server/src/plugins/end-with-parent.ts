import { Worker } from 'node:worker_threads';

const LOOK_MS = 1000;
const WATCH = `
const parent = process.ppid;
setInterval(() => process.ppid === parent || process.kill(process.pid, 'SIGKILL'), ${LOOK_MS});`;

/**
 * Ends this process when its parent has ended; by a thread also while code runs that never yields, and
 * so does not hear the channel close.
 */
export function endWithParent(): void {
  process.on('disconnect', () => process.exit(0));
  new Worker(WATCH, { eval: true }).unref();
}
