import { ExactNumber, PipelineRecord, type UsageFields } from './record.js';
import type { UsageEntry } from './result.js';
import { checkUsage } from './usage-check.js';

const feed = { timeZone: 'Europe/Berlin', dstOverlap: 'earlier', dstGap: 'reject' } as const;
const rating = {
  source: 'rated',
  plan: 'retail',
  rateId: '1',
  quantity: '1250',
  unitPrice: '0.0004',
  amount: '0.5',
  currency: 'USD',
} as const;

function check(fields: UsageFields | Record<string, unknown>) {
  const whole = { date: '2026-04-16T14:32:00Z', value: '1', ...fields } as UsageFields;
  return checkUsage(new PipelineRecord(0, 0, {}, whole), feed);
}
function entry(fields: UsageFields | Record<string, unknown>): UsageEntry {
  return (check(fields) as { entry: UsageEntry }).entry;
}

describe('checkUsage', () => {
  it('fills in what no step has set', () => {
    expect(entry({})).toEqual({
      date: '2026-04-16T14:32:00Z',
      timeZone: 'Europe/Berlin',
      identifierType: null,
      originatingIdentifier: null,
      terminatingIdentifier: null,
      usageIdentifier: null,
      value: '1',
      usageClass: null,
      usageClassType: null,
      inbound: false,
      reverseRating: false,
      primaryDataRow: null,
      extensions: '{}',
      accountId: null,
      serviceId: null,
      resolvedIdentifier: null,
      rating: null,
      cost: null,
    });
  });

  it('brings values into their one form', () => {
    expect(entry({ date: '2026-04-16T14:32:00.500Z', value: '1250.00' })).toMatchObject({
      date: '2026-04-16T14:32:00.5Z',
      value: '1250',
    });
    expect(
      entry({ extensions: { big: new ExactNumber('9007199254740993') }, primaryDataRow: -0 }),
    ).toMatchObject({
      extensions: '{"big":9007199254740993}',
      primaryDataRow: 0,
    });
    expect(entry({ rating }).rating).toEqual(rating);
  });

  it.each<[string, unknown]>([
    ['date', undefined],
    ['date', null],
    ['value', undefined],
  ])('misses %s (%p)', (field, value) => {
    expect(check({ [field]: value })).toMatchObject({ rejection: { code: 'missing_field', field } });
  });

  it.each<[string, unknown, string?]>([
    ['date', '1999-01-01T00:00:00Z'],
    ['date', 'now'],
    ['value', 'abc'],
    ['value', '1e40'],
    ['value', `0.${'1'.repeat(19)}`],
    ['timeZone', 'Mars/Olympus'],
    ['usageClass', 5],
    ['usageClass', 'x'.repeat(1025)],
    ['usageClass', '€'.repeat(342)],
    ['usageClass', 'a\0b'],
    ['accountId', '\ud800'],
    ['inbound', 'true'],
    ['primaryDataRow', 1.5],
    ['primaryDataRow', 2 ** 31],
    ['primaryDataRow', '1'],
    ['extensions', []],
    ['extensions', 'text'],
    ['extensions', { a: 'x'.repeat(8192) }],
    ['extensions', { a: ['\0'] }],
    ['extensions', { '\ud800': 1 }],
    ['extensions', { a: new ExactNumber('1e999999') }],
    ['extensions', { a: Infinity }],
    ['extensions', { a: 10n }],
    ['rating', { ...rating, amount: 'NaN' }, 'rating.amount'],
    ['rating', { ...rating, currency: 'usd' }, 'rating.currency'],
    ['rating', { ...rating, source: 'guessed' }, 'rating.source'],
    ['cost', { ...rating, unitPrice: '1e-19' }, 'cost.unitPrice'],
    [
      'resolvedIdentifier',
      { field: 'a', type: 'b', value: null, identifierId: '1' },
      'resolvedIdentifier.value',
    ],
  ])('refuses %s %#', (field, value, at = field) => {
    expect(check({ [field]: value })).toMatchObject({ rejection: { code: 'invalid_value', field: at } });
  });

  it('lets only an amount that was given be without a unit price', () => {
    const given = { ...rating, source: 'given', plan: null, rateId: null, unitPrice: null };
    expect(entry({ rating: given }).rating).toEqual(given);
    expect(check({ rating: { ...rating, unitPrice: null } })).toMatchObject({
      rejection: { code: 'missing_field', field: 'rating.unitPrice' },
    });
  });

  it('takes a backslash before a u for what it is', () => {
    expect(entry({ extensions: { path: '\\u0000' } }).extensions).toBe('{"path":"\\\\u0000"}');
  });
});
