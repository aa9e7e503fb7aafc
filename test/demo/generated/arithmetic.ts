import { fromUnits } from '../decimals.js';

/** Money and quantities in integers of 10^-scale; nothing here is shared with the product. All are at least 0. */
export const text = (n: bigint, scale = 0): string => fromUnits(n * 10n ** BigInt(18 - scale));

export const negated = (decimal: string): string =>
  decimal === '0' ? '0' : decimal.startsWith('-') ? decimal.slice(1) : `-${decimal}`;

export const divideUp = (n: bigint, by: bigint): bigint => (n + by - 1n) / by;

export const divideHalfUp = (n: bigint, by: bigint): bigint => (2n * n + by) / (2n * by);

export function divideHalfEven(n: bigint, by: bigint): bigint {
  const down = n / by;
  const twice = 2n * (n % by);
  if (twice !== by) return twice > by ? down + 1n : down;
  return down % 2n === 0n ? down : down + 1n;
}

/** Raised to the next multiple. */
export const raised = (n: bigint, to: bigint): bigint => divideUp(n, to) * to;

/** Integer shares in proportion to the weights that add up: units left over go to the largest remainders, the earlier first. */
export function shared(total: bigint, weights: readonly bigint[]): bigint[] {
  const sum = weights.reduce((a, b) => a + b, 0n);
  if (sum === 0n) return [total];
  const shares = weights.map((weight) => (total * weight) / sum);
  const left = Number(total - shares.reduce((a, b) => a + b, 0n));
  const order = weights
    .map((weight, n) => ({ n, rest: (total * weight) % sum }))
    .sort((a, b) => (a.rest === b.rest ? a.n - b.n : a.rest > b.rest ? -1 : 1));
  for (const { n } of order.slice(0, left)) shares[n]! += 1n;
  return shares;
}
