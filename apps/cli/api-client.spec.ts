import { toRetryAfterMs } from './api-client.js';

describe('toRetryAfterMs', () => {
  const now = Date.parse('2026-05-01T00:00:00Z');

  it('reads seconds and dates', () => {
    expect(toRetryAfterMs('7', now)).toBe(7000);
    expect(toRetryAfterMs('Fri, 01 May 2026 00:00:30 GMT', now)).toBe(30_000);
    expect(toRetryAfterMs('Fri, 01 May 2020 00:00:30 GMT', now)).toBe(0);
    expect(toRetryAfterMs('soon', now)).toBeNull();
    expect(toRetryAfterMs(null, now)).toBeNull();
  });
});
