import { ApiError, ConnectionError } from './errors.js';

export interface RetryPolicy {
  /** No further attempt begins later than this after the first one began. */
  giveUpAfterMs: number;
  firstPauseMs: number;
  longestPauseMs: number;
}

export const defaultRetryPolicy: RetryPolicy = {
  giveUpAfterMs: 300_000,
  firstPauseMs: 250,
  longestPauseMs: 30_000,
};

/** What a retry needs of the outside; replaced in specs. */
export interface RetryClock {
  now(): number;
  random(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: RetryClock = { now: () => performance.now(), random: Math.random, sleep };

export interface RetryOptions {
  policy?: RetryPolicy;
  clock?: RetryClock;
  /** Ends the waiting: the last error is thrown at once. An attempt under way is not interrupted. */
  signal?: AbortSignal;
  onRetry?: (error: ApiError | ConnectionError, pauseMs: number) => void;
}

/**
 * Whether the same request may succeed later: too many requests, a full backlog, a server that is
 * starting or gone, a first attempt with the same idempotency key that is still being accepted.
 */
export function isWorthRetrying(error: unknown): error is ApiError | ConnectionError {
  if (error instanceof ConnectionError) return true;
  if (!(error instanceof ApiError)) return false;
  return [429, 502, 503, 504].includes(error.status) || error.code === 'idempotency_in_progress';
}

/**
 * Runs `attempt` until it succeeds, fails for good, or the policy's time is over. Pauses double and
 * are spread (half to whole); the server's `Retry-After` is the least pause.
 * @throws the last error
 */
export async function withRetry<T>(attempt: () => Promise<T>, options: RetryOptions = {}): Promise<T> {
  const { policy = defaultRetryPolicy, clock = systemClock, signal, onRetry } = options;
  const deadline = clock.now() + policy.giveUpAfterMs;
  for (let doublings = 0; ; doublings++) {
    try {
      return await attempt();
    } catch (error) {
      if (!isWorthRetrying(error) || signal?.aborted) throw error;
      const pauseMs = toPauseMs(
        error,
        Math.min(policy.firstPauseMs * 2 ** doublings, policy.longestPauseMs),
        clock,
      );
      if (clock.now() + pauseMs > deadline) throw error;
      onRetry?.(error, pauseMs);
      await clock.sleep(pauseMs, signal);
      if (signal?.aborted) throw error;
    }
  }
}

function toPauseMs(error: ApiError | ConnectionError, backoffMs: number, clock: RetryClock): number {
  const spread = backoffMs * (0.5 + clock.random() / 2);
  return Math.max(spread, error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0);
}

/** Resolves after `ms`, or as soon as `signal` is aborted. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done);
  });
}
