import type { IncomingRate, LiveRate } from './rate.js';
import { isOverlapping, overlapsInGroups } from './versioned-rows.js';

type RankedRate = IncomingRate | LiveRate;

/** Pairs looked for at most: more problems than a request shows are of no use. */
const MAX_PAIRS = 200;
const SEPARATOR = '\u0001';

/**
 * Rates that could both fit one record with equal rank at one time: same class, type alike, as many attributes, and
 * no attribute that tells them apart. The plan would not say which of them is the price.
 */
export function* equalRanks(rates: readonly RankedRate[]): Generator<readonly [RankedRate, RankedRate]> {
  let left = MAX_PAIRS;
  for (const rank of groupBy(rates, rankOf).values()) {
    const byNames = [...groupBy(rank, namesOf).values()];
    for (const [i, some] of byNames.entries()) {
      yield* overlapsInGroups(some);
      for (const others of byNames.slice(i + 1)) {
        for (const pair of undistinguished(some, others)) {
          yield pair;
          if (--left === 0) return;
        }
      }
    }
  }
}

/** Pairs of two sets of rates, whose attributes have other names, that no shared attribute tells apart. */
function* undistinguished(
  some: readonly RankedRate[],
  others: readonly RankedRate[],
): Generator<readonly [RankedRate, RankedRate]> {
  const shared = Object.keys(some[0]!.match).filter((name) => Object.hasOwn(others[0]!.match, name));
  const valuesOf = ({ match }: RankedRate) => shared.map((name) => match[name]).join(SEPARATOR);
  const byValues = groupBy(some, valuesOf);
  for (const other of others) {
    for (const rate of byValues.get(valuesOf(other)) ?? []) {
      if (isOverlapping(rate, other)) yield [other, rate];
    }
  }
}

function rankOf({ usageClass, usageClassType, match }: RankedRate): string {
  return JSON.stringify([usageClass, usageClassType, Object.keys(match).length]);
}

const namesOf = ({ match }: RankedRate): string => Object.keys(match).sort().join(SEPARATOR);

function groupBy(
  rates: readonly RankedRate[],
  keyOf: (rate: RankedRate) => string,
): Map<string, RankedRate[]> {
  const groups = new Map<string, RankedRate[]>();
  for (const rate of rates) {
    const group = groups.get(keyOf(rate));
    if (group) group.push(rate);
    else groups.set(keyOf(rate), [rate]);
  }
  return groups;
}
