import type { ShownOutcome } from 'feedmill/pipeline';
import { RawJson } from '../common/index.js';
import type { UsageView } from '../usage/index.js';
import { isReproducedException, isReproducedUsage } from './reproduced.js';

const usage = {
  date: '2026-10-20T12:00:00Z',
  value: '10',
  accountId: 'a',
  rating: {
    source: 'rated',
    plan: 'retail',
    quantity: '10',
    unitPrice: '0.0100',
    amount: '0.1',
    currency: 'USD',
  },
  cost: null,
};
const explained = (more: object = {}): ShownOutcome => ({
  kind: 'usage',
  parts: 1,
  usage: [JSON.stringify({ ...usage, extensions: { b: 1, a: 2 }, ...more })],
});
const stored = {
  id: 'u1-0-0-1',
  live: true,
  ...usage,
  extensions: new RawJson('{"a":2,"b":1}'),
  rating: { ...usage.rating, unitPrice: '0.01' },
} as unknown as UsageView;

describe('isReproducedUsage', () => {
  it('compares what usage is, however it is written', () => {
    expect(isReproducedUsage(explained(), stored)).toBe(true);
    expect(isReproducedUsage(explained({ value: '11' }), stored)).toBe(false);
    expect(isReproducedUsage(explained({ rating: { ...usage.rating, amount: '0.2' } }), stored)).toBe(false);
    expect(isReproducedUsage(explained({ rating: null }), stored)).toBe(false);
    expect(isReproducedUsage({ kind: 'skip', reason: 'zero_value' }, stored)).toBe(false);
  });
});

describe('isReproducedException', () => {
  const rejected: ShownOutcome = {
    kind: 'reject',
    stage: 'rate',
    step: 'rate-usage',
    code: 'rate_not_found',
    field: 'usageClass',
    message: 'no rate',
    details: null,
  };
  const exception = {
    stage: 'rate',
    step: 'rate-usage',
    code: 'rate_not_found',
    field: 'usageClass',
  } as const;

  it('compares where and why the record was rejected', () => {
    expect(isReproducedException(rejected, exception)).toBe(true);
    expect(isReproducedException(rejected, { ...exception, step: 'other' })).toBe(false);
    expect(isReproducedException(explained(), exception)).toBe(false);
  });

  it('has exceptions of the ledger come through the profile', () => {
    const conflict = { stage: 'store', step: null, code: 'usage_key_conflict', field: null } as const;
    expect(isReproducedException(explained(), conflict)).toBe(true);
    expect(isReproducedException(rejected, conflict)).toBe(false);
  });

  it('has nothing to compare where no run has come to an end', () => {
    const crashed = { stage: 'mediate', step: null, code: 'step_crashed', field: null } as const;
    expect(isReproducedException(explained(), crashed)).toBeNull();
  });
});
