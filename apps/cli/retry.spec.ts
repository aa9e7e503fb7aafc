import { ApiError, ConnectionError } from './errors.js';
import { type RetryClock, isWorthRetrying, withRetry } from './retry.js';

const policy = { giveUpAfterMs: 10_000, firstPauseMs: 100, longestPauseMs: 1000 };

/** A clock that only sleeping moves, and that remembers the pauses. */
function fakeClock(): RetryClock & { pauses: number[] } {
  let now = 0;
  const pauses: number[] = [];
  return {
    pauses,
    now: () => now,
    random: () => 1,
    sleep: async (ms) => {
      pauses.push(ms);
      now += ms;
    },
  };
}

const busy = new ApiError(503, 'backlog_full', 'the backlog is full');

/** Fails with `error` so many times, then gives the number of calls. */
function failing(times: number, error: Error): () => Promise<number> {
  let calls = 0;
  return async () => {
    if (++calls <= times) throw error;
    return calls;
  };
}

describe('withRetry', () => {
  it('doubles its pauses up to the longest', async () => {
    const clock = fakeClock();
    await expect(withRetry(failing(6, busy), { policy, clock })).resolves.toBe(7);
    expect(clock.pauses).toEqual([100, 200, 400, 800, 1000, 1000]);
  });

  it('pauses at least as long as the server says', async () => {
    const clock = fakeClock();
    const limited = new ApiError(429, 'rate_limited', 'too many requests', [], 3000);
    await withRetry(failing(2, limited), { policy, clock });
    expect(clock.pauses).toEqual([3000, 3000]);
  });

  it('gives up with the last error when its time is over', async () => {
    const clock = fakeClock();
    await expect(withRetry(failing(100, busy), { policy, clock })).rejects.toBe(busy);
    expect(clock.now()).toBeLessThanOrEqual(policy.giveUpAfterMs);
  });

  it('does not wait for a server that asks for more time than there is', async () => {
    const clock = fakeClock();
    const limited = new ApiError(429, 'rate_limited', 'too many requests', [], 60_000);
    await expect(withRetry(failing(1, limited), { policy, clock })).rejects.toBe(limited);
    expect(clock.pauses).toEqual([]);
  });

  it('ends its pause when it is interrupted', async () => {
    const interrupt = new AbortController();
    const result = withRetry(failing(100, busy), {
      signal: interrupt.signal,
      onRetry: () => interrupt.abort(),
    });
    await expect(result).rejects.toBe(busy);
  });

  it('tries again only what can succeed later', () => {
    expect(isWorthRetrying(new ConnectionError('reset', false))).toBe(true);
    expect(isWorthRetrying(new ApiError(409, 'idempotency_in_progress', ''))).toBe(true);
    expect(isWorthRetrying(new ApiError(409, 'feed_disabled', ''))).toBe(false);
    expect(isWorthRetrying(new ApiError(422, 'wrong_shape', ''))).toBe(false);
    expect(isWorthRetrying(new Error('a defect'))).toBe(false);
  });
});
