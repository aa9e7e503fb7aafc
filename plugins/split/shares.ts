import { multiply, negate } from 'feedmill/pipeline';

/**
 * The shares of a whole in proportion to weights; they add up to it exactly (largest remainder, or Hamilton's method). Each
 * is its quota cut off at `scale` digits behind the point (or at as many as the whole has, where it has more); the units that
 * this leaves go, one each, to the parts that lost most by it, to the earlier one of two that lost the same.
 * @param whole canonical decimal text; the shares of a negative one are those of the positive, negated
 * @param weights none negative, not all zero
 */
export function sharesOf(whole: string, weights: readonly bigint[], scale: number): string[] {
  if (whole.startsWith('-')) return sharesOf(negate(whole), weights, scale).map(negate);
  const digits = Math.max(scale, decimalsOf(whole));
  const units = BigInt(multiply(whole, `1${'0'.repeat(digits)}`));
  const total = weights.reduce((sum, weight) => sum + weight, 0n);
  const quotas = weights.map((weight, part) => ({
    part,
    share: (units * weight) / total,
    lost: (units * weight) % total,
  }));
  const left = Number(units - quotas.reduce((sum, { share }) => sum + share, 0n));
  const byLoss = [...quotas].sort((a, b) => (a.lost === b.lost ? a.part - b.part : a.lost > b.lost ? -1 : 1));
  for (const quota of byLoss.slice(0, left)) quota.share += 1n;
  const unit = digits === 0 ? '1' : `0.${'0'.repeat(digits - 1)}1`;
  return quotas.map(({ share }) => multiply(share.toString(), unit));
}

function decimalsOf(decimal: string): number {
  const point = decimal.indexOf('.');
  return point < 0 ? 0 : decimal.length - point - 1;
}
