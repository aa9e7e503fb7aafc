import fc from 'fast-check';
import { add, toDecimal } from 'feedmill/pipeline';
import { sharesOf } from './shares.js';

const equally = (n: number) => Array.from({ length: n }, () => 1n);

describe('sharesOf', () => {
  it.each([
    ['10', equally(3), 2, ['3.34', '3.33', '3.33']],
    ['-10', equally(3), 2, ['-3.34', '-3.33', '-3.33']],
    ['1', [1n, 0n, 3n], 0, ['0', '0', '1']],
    ['0.05', equally(2), 0, ['0.03', '0.02']],
    ['0', equally(2), 6, ['0', '0']],
    ['1', equally(7), 0, ['1', '0', '0', '0', '0', '0', '0']],
    ['100', [1n, 2n, 4n], 1, ['14.3', '28.6', '57.1']],
  ])('shares %s by %p at scale %i', (whole, weights, scale, shares) => {
    expect(sharesOf(whole, weights, scale)).toEqual(shares);
  });

  it('adds up to the whole, and is off the exact share by less than one unit', () => {
    const wholes = fc
      .tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.integer({ min: 0, max: 9 }))
      .map(([n, decimals]) => {
        const digits = (n < 0n ? -n : n).toString().padStart(decimals + 1, '0');
        const text = `${digits.slice(0, digits.length - decimals)}.${digits.slice(digits.length - decimals)}0`;
        return toDecimal((n < 0n ? '-' : '') + text)!;
      });
    const weights = fc
      .array(fc.bigInt({ min: 0n, max: 10n ** 12n }), { minLength: 1, maxLength: 50 })
      .filter((all) => all.some((w) => w > 0n));
    fc.assert(
      fc.property(wholes, weights, fc.integer({ min: 9, max: 18 }), (whole, parts, scale) => {
        const shares = sharesOf(whole, parts, scale);
        expect(shares.reduce(add, '0')).toBe(whole);
        const units = BigInt(`1${'0'.repeat(scale)}`);
        const total = parts.reduce((a, b) => a + b);
        shares.forEach((share, i) => {
          // Compared with the floor of the exact share, in integers.
          const exact = (toUnits(whole, units) * parts[i]!) / total;
          const off = toUnits(share, units) - exact;
          expect([-1n, 0n, 1n]).toContain(off);
        });
      }),
    );
  });
});

function toUnits(decimal: string, units: bigint): bigint {
  const [whole, fraction = ''] = decimal.replace('-', '').split('.');
  const digits = units.toString().length - 1;
  const n = BigInt(whole! + fraction.padEnd(digits, '0'));
  return decimal.startsWith('-') ? -n : n;
}
