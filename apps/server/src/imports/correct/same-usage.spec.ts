import type { Rating, UsageEntry } from 'feedmill/pipeline';
import { type StoredPart, isSameUsage } from './same-usage.js';

const rating: Rating = {
  source: 'rated',
  plan: 'standard',
  rateId: '7',
  quantity: '3',
  unitPrice: '0.25',
  amount: '0.75',
  currency: 'EUR',
};
const plain = {
  date: '2026-04-16T14:32:00.5Z',
  timeZone: 'Europe/Berlin',
  identifierType: 'msisdn',
  originatingIdentifier: '+49170',
  terminatingIdentifier: '+49171',
  usageIdentifier: 'u-1',
  usageClass: 'VOICE',
  usageClassType: 'Seconds',
  primaryDataRow: 3,
  accountId: 'a-1',
  serviceId: 's-1',
};
const entry: UsageEntry = {
  ...plain,
  value: '2.5',
  inbound: false,
  reverseRating: false,
  extensions: '{"plan":"pro","units":12345678901234567890,"n":1.50}',
  resolvedIdentifier: { field: 'originatingIdentifier', type: 'msisdn', value: '+49170', identifierId: '11' },
  rating,
  cost: {
    ...rating,
    source: 'given',
    plan: null,
    rateId: null,
    unitPrice: null,
    amount: '0.1',
    currency: 'USD',
  },
};
/** The entry above, as Postgres gives it: names of extensions in its order, zeros kept. */
const stored: StoredPart = {
  ...plain,
  value: '2.50',
  isInbound: false,
  isReverseRating: false,
  extensions: '{"n": 1.50, "plan": "pro", "units": 12345678901234567890}',
  resolvedField: 'o',
  resolvedType: 'msisdn',
  resolvedValue: '+49170',
  currency: 'EUR',
  amount: '0.750',
  quantity: '3',
  unitPrice: '0.25',
  source: 'rated',
  plan: 'standard',
  costCurrency: 'USD',
  costAmount: '0.1',
  costQuantity: '3',
  costUnitPrice: null,
  costSource: 'given',
  costPlan: null,
};
const { resolvedIdentifier: resolved, cost } = entry;

/** For each field, what makes it other usage. */
const OTHER: { readonly [Field in keyof UsageEntry]: readonly UsageEntry[Field][] } = {
  date: ['2026-04-16T14:32:00.6Z'],
  timeZone: ['UTC'],
  identifierType: ['imsi', null],
  originatingIdentifier: ['+49172', null],
  terminatingIdentifier: ['+49173', null],
  usageIdentifier: ['u-2', null],
  value: ['2.51', '-2.5'],
  usageClass: ['DATA', null],
  usageClassType: ['Minutes', null],
  inbound: [true],
  reverseRating: [true],
  primaryDataRow: [4, null],
  extensions: [
    '{}',
    '{"plan":"pro","units":12345678901234567891,"n":1.5}',
    '{"plan":"pro","units":"12345678901234567890","n":1.5}',
  ],
  accountId: ['a-2', null],
  serviceId: ['s-2', null],
  resolvedIdentifier: [
    null,
    { ...resolved!, field: 'terminatingIdentifier' },
    { ...resolved!, type: 'imsi' },
    { ...resolved!, value: '+49179' },
  ],
  rating: [
    null,
    { ...rating, source: 'given', plan: null, rateId: null },
    { ...rating, plan: 'other' },
    { ...rating, quantity: '4' },
    { ...rating, unitPrice: null },
    { ...rating, unitPrice: '0.3' },
    { ...rating, amount: '0.76' },
    { ...rating, currency: 'USD' },
  ],
  cost: [null, { ...cost!, amount: '0.2' }, { ...cost!, unitPrice: '1' }, { ...cost!, currency: 'EUR' }],
};

describe('isSameUsage', () => {
  it('looks at values, not at how they are written, and not at ids', () => {
    expect(isSameUsage([stored], [entry])).toBe(true);
    const ids = {
      ...entry,
      resolvedIdentifier: { ...resolved!, identifierId: '12' },
      rating: { ...rating, rateId: '8' },
    };
    expect(isSameUsage([stored], [ids])).toBe(true);
  });

  it('takes no extensions, no owner and no price for the same', () => {
    const bare = { ...entry, extensions: '{}', resolvedIdentifier: null, rating: null, cost: null };
    const none = { extensions: null, resolvedField: null, currency: null, costCurrency: null };
    expect(isSameUsage([{ ...stored, ...none }], [bare])).toBe(true);
    expect(isSameUsage([{ ...stored, ...none }], [entry])).toBe(false);
  });

  it('takes a price that is of no rate for what the ledger has of it', () => {
    const priced = { ...entry, cost: { ...cost!, source: 'rated', plan: 'of a plugin' } as const };
    expect(isSameUsage([stored], [priced])).toBe(true);
  });

  it.each(Object.keys(OTHER) as (keyof UsageEntry)[])('tells another %s', (field) => {
    for (const value of OTHER[field]) {
      expect([field, value, isSameUsage([stored], [{ ...entry, [field]: value }])]).toEqual([
        field,
        value,
        false,
      ]);
    }
  });

  it('tells another number of parts, or another order', () => {
    const second = { ...entry, value: '1' };
    expect(isSameUsage([stored], [entry, second])).toBe(false);
    expect(isSameUsage([stored, { ...stored, value: '1' }], [entry])).toBe(false);
    expect(isSameUsage([stored, { ...stored, value: '1' }], [second, entry])).toBe(false);
    expect(isSameUsage([stored, { ...stored, value: '1' }], [entry, second])).toBe(true);
  });
});
