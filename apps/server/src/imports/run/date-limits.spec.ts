import { toMicros } from 'feedmill/pipeline';
import { type DatePolicy, dateLimits } from './date-limits.js';

const POLICY: DatePolicy = {
  now: '2026-06-30T00:00:00Z',
  timeZone: 'UTC',
  keyRetention: 'forever',
  forgottenBefore: null,
  acceptUsageSince: null,
  closed: null,
  futureTolerance: 'PT24H',
};
/** Long before the record is decided again. */
const ACCEPTED_AT = '2026-01-31T00:00:00Z';
const notBefore = (policy: Partial<DatePolicy>) =>
  dateLimits({ ...POLICY, ...policy }, ACCEPTED_AT).notBefore;

describe('dateLimits', () => {
  it('goes by now for what keys are known for, and by when the record was accepted for what comes too late', () => {
    expect(notBefore({ keyRetention: 'P30D' })).toBe(toMicros('2026-05-31T00:00:00Z'));
    expect(notBefore({ acceptUsageSince: 'P30D' })).toBe(toMicros('2026-01-01T00:00:00Z'));
  });

  it('takes the latest of the limits', () => {
    const limits = {
      keyRetention: 'P30D',
      forgottenBefore: '2026-06-01T00:00:00Z',
      acceptUsageSince: 'P30D',
    };
    expect(notBefore(limits)).toBe(toMicros('2026-06-01T00:00:00Z'));
    expect(notBefore({ ...limits, forgottenBefore: '2026-05-01T00:00:00Z' })).toBe(
      toMicros('2026-05-31T00:00:00Z'),
    );
  });
});
