import { jest } from '@jest/globals';
import type { Settings } from '../../common/index.js';
import { RateLimit } from './rate-limit.js';

const limited = expect.objectContaining({ status: 429, code: 'rate_limited', retryAfterSeconds: 1 });
const limit = (maxRequestsPerSecond: number) => new RateLimit({ maxRequestsPerSecond } as Settings);

describe('RateLimit', () => {
  afterEach(() => void jest.useRealTimers());

  it('counts by key and second', () => {
    jest.useFakeTimers();
    const rate = limit(2);
    rate.take(1);
    rate.take(1);
    expect(() => rate.take(1)).toThrow(limited);
    rate.take(2);
    jest.advanceTimersByTime(1000);
    rate.take(1);
  });

  it('is none where it is 0', () => {
    const rate = limit(0);
    for (let i = 0; i < 10_000; i++) rate.take(1);
  });
});
