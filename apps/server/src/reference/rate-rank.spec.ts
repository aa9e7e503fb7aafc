import { equalRanks } from './rate-rank.js';
import { readRates } from './read-rates.js';

const rates = (...members: object[]) =>
  readRates(
    members.map((member, i) => ({
      pointer: `/${i}`,
      members: { usageClass: 'A', unitPrice: '1', ...member },
    })),
    'UTC',
    [],
  );

const pairsOf = (...members: object[]) =>
  [...equalRanks(rates(...members))].map((pair) =>
    pair.map((rate) => ('pointer' in rate ? rate.pointer : '?')),
  );

describe('equalRanks', () => {
  it.each<[string, object[]]>([
    ['other classes', [{}, { usageClass: 'B' }]],
    ['one names the type', [{}, { usageClassType: 'T' }]],
    ['one matches more', [{ match: { a: '1' } }, { match: { a: '1', b: '2' } }]],
    ['an attribute tells them apart', [{ match: { a: '1', b: '1' } }, { match: { a: '2', c: '1' } }]],
    ['at other times', [{ validTo: '2026-01-01' }, { validFrom: '2026-01-01' }]],
  ])('finds nothing where %s', (_, members) => expect(pairsOf(...members)).toEqual([]));

  it.each<[string, object[]]>([
    ['all is alike but for the start', [{}, { validFrom: '2026-01-01' }]],
    ['a record could have both attributes', [{ match: { a: '1' } }, { match: { b: '1' } }]],
    [
      'an attribute is named as what objects inherit',
      [{ match: { constructor: '1' } }, { match: { b: '1' } }],
    ],
    ['what they share is equal', [{ match: { a: '1', b: '1' } }, { match: { a: '1', c: '1' } }]],
  ])('finds the pair where %s', (_, members) => expect(pairsOf(...members)).toEqual([['/1', '/0']]));

  it('is quick with ten thousand rates', () => {
    const many = Array.from({ length: 10_000 }, (_, i) => ({
      match: { a: `${i % 100}`, b: `${Math.floor(i / 100)}` },
    }));
    const started = performance.now();
    expect(pairsOf(...many)).toEqual([]);
    expect(performance.now() - started).toBeLessThan(30_000);
  });
});
