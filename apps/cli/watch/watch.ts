import { isWorthRetrying, sleep, withRetry } from '../retry.js';
import { type Reached, createProgress } from './progress.js';

const firstPauseMs = 200;
const longestPauseMs = 2000;

export interface Watched<View> {
  read: () => Promise<View>;
  isFinished: (view: View) => boolean;
  toReached: (view: View) => Reached;
}

/**
 * Looks again and again until it is finished, showing how far it has come. A server that is away or busy is asked again.
 * @returns null where `signal` ended the watching first
 */
export async function watch<View>(
  { read, isFinished, toReached }: Watched<View>,
  signal: AbortSignal,
): Promise<View | null> {
  const progress = createProgress(process.stderr);
  signal.addEventListener('abort', progress.stop);
  try {
    for (let pauseMs = firstPauseMs; !signal.aborted; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      const view = await withRetry(read, { signal });
      if (isFinished(view)) return view;
      if (!signal.aborted) progress.show(toReached(view));
      await sleep(pauseMs, signal);
    }
    return null;
  } catch (error) {
    if (signal.aborted && isWorthRetrying(error)) return null;
    throw error;
  } finally {
    signal.removeEventListener('abort', progress.stop);
    progress.stop();
  }
}
