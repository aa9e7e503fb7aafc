import fc from 'fast-check';
import { ExactNumber, type DecodedRecord } from './record.js';
import { isBlank } from './text.js';
import { usageKeyOf, type UsageKeyField } from './usage-key.js';

const feed = { timeZone: 'Europe/Berlin', dstOverlap: 'earlier', dstGap: 'reject' } as const;

function keyOf(source: object, ...fields: UsageKeyField[]): unknown {
  const result = usageKeyOf(source as DecodedRecord, fields, feed);
  return 'key' in result ? result.key : result.rejection;
}
const text = (field: string): UsageKeyField => ({ field, as: 'text' });

describe('usageKeyOf', () => {
  it.each<[object, UsageKeyField['as'], string]>([
    [{ id: ' A|b ' }, 'text', ' A|b '],
    [{ id: 5 }, 'text', '5'],
    [{ id: 1e-7 }, 'text', '0.0000001'],
    [{ id: new ExactNumber('9007199254740993') }, 'text', '9007199254740993'],
    [{ id: false }, 'text', 'false'],
    [{ id: '1250.00' }, 'decimal', '1250'],
    [{ id: new ExactNumber('1.25e3') }, 'decimal', '1250'],
    [{ id: '2026-10-26T12:00:00+02:00' }, 'timestamp', '2026-10-26T10:00:00Z'],
    [{ id: '2026-07-26 12:00' }, 'timestamp', '2026-07-26T10:00:00Z'],
  ])('%p as %s is %s', (source, as, expected) => expect(keyOf(source, { field: 'id', as })).toBe(expected));

  it('keeps texts apart that only look the same', () => {
    expect(keyOf({ id: '007' }, text('id'))).not.toBe(keyOf({ id: 7 }, text('id')));
    expect(keyOf({ id: '\u00e9' }, text('id'))).not.toBe(keyOf({ id: 'e\u0301' }, text('id')));
  });

  it('joins several fields so that they cannot run into each other', () => {
    const pair = fc.tuple(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }));
    const storable = ([a, b]: [string, string]) => !isBlank(a) && !isBlank(b) && !/\0/.test(a + b);
    fc.assert(
      fc.property(pair.filter(storable), pair.filter(storable), ([a, b], [c, d]) => {
        const one = keyOf({ a, b }, text('a'), text('b'));
        const other = keyOf({ a: c, b: d }, text('a'), text('b'));
        expect(one === other).toBe(a === c && b === d);
      }),
    );
    expect(keyOf({ a: 'x|y', b: '\\' }, text('a'), text('b'))).toBe('x\\|y|\\\\');
  });

  it('reaches into objects where there is no field of the whole name', () => {
    expect(keyOf({ $event: { id: 'e1' } }, text('$event.id'))).toBe('e1');
    expect(keyOf({ 'a.b': 'flat', a: { b: 'deep' } }, text('a.b'))).toBe('flat');
    expect(keyOf({}, text('constructor.name'))).toMatchObject({ code: 'usage_key_missing' });
  });

  it.each([
    [{}],
    [{ id: null }],
    [{ id: '' }],
    [{ id: ' \t\u00a0' }],
    [{ id: '\u200b\u2060\ufeff' }],
    [{ id: '\u3164' }],
  ])('%p has none', (source) => {
    for (const as of ['text', 'timestamp', 'decimal'] as const) {
      expect(keyOf(source, { field: 'id', as })).toMatchObject({ code: 'usage_key_missing', field: 'id' });
    }
  });

  it.each<[object, UsageKeyField['as']]>([
    [{ id: {} }, 'text'],
    [{ id: ['a'] }, 'text'],
    [{ id: 'a\0b' }, 'text'],
    [{ id: '\udc00' }, 'text'],
    [{ id: 'x'.repeat(513) }, 'text'],
    [{ id: '€'.repeat(171) }, 'text'],
    [{ id: 'x'.repeat(1_000_000) }, 'text'],
    [{ id: '1,5' }, 'decimal'],
    [{ id: true }, 'decimal'],
    [{ id: '03/04/2024' }, 'timestamp'],
    [{ id: 1767225600 }, 'timestamp'],
  ])('%# is invalid', (source, as) => {
    expect(keyOf(source, { field: 'id', as })).toMatchObject({ code: 'invalid_value', field: 'id' });
  });

  it('is at most 512 bytes', () => {
    expect(keyOf({ id: 'x'.repeat(512) }, text('id'))).toHaveLength(512);
    expect(keyOf({ id: '€'.repeat(170) }, text('id'))).toHaveLength(170);
  });
});
