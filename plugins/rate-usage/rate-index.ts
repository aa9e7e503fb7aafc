import type { Rate, RatePlan } from 'feedmill/pipeline';

/** What a record is rated by. */
export interface RateQuery {
  /** Canonical decimal text. */
  readonly value: string;
  readonly usageClass: string;
  readonly usageClassType: string | null;
  /** The usage date, microseconds since 1970. */
  readonly micros: number;
  /** The text of an attribute of the record; null where it has none of that name. */
  readonly attributeOf: (name: string) => string | null;
}

/** Rates of one class that name the same attributes, and either all or none of them the type. */
interface RateGroup {
  readonly names: readonly string[];
  readonly isTyped: boolean;
  readonly rates: Map<string, Rate[]>;
}

/** The groups of each class, those of higher rank first. */
export type RateIndex = ReadonlyMap<string, readonly RateGroup[]>;

const INDEXES = new WeakMap<RatePlan, RateIndex>();

/** The index of a plan, made once per plan object. */
export function rateIndexOf(plan: RatePlan): RateIndex {
  let index = INDEXES.get(plan);
  if (!index) {
    index = buildIndex(plan.rates);
    INDEXES.set(plan, index);
  }
  return index;
}

/**
 * The rates that fit best: more matched attributes win, then those that name the type. None where
 * nothing fits; of several the caller cannot choose.
 */
export function findRates(index: RateIndex, query: RateQuery): readonly Rate[] {
  const best: Rate[] = [];
  let rank: number | undefined;
  for (const group of index.get(query.usageClass) ?? []) {
    if (rank !== undefined && rank !== rankOf(group)) break;
    const key = keyOf(group, query.usageClassType, query.attributeOf);
    const rates = key === null ? undefined : group.rates.get(key);
    for (const rate of rates ?? []) {
      if (rate.validFrom > query.micros || query.micros >= rate.validTo) continue;
      best.push(rate);
      rank = rankOf(group);
    }
  }
  return best;
}

function buildIndex(rates: readonly Rate[]): RateIndex {
  const classes = new Map<string, Map<string, RateGroup>>();
  for (const rate of rates) {
    const names = Object.keys(rate.match).sort();
    const isTyped = rate.usageClassType !== null;
    const groups = getOrAdd(classes, rate.usageClass, () => new Map<string, RateGroup>());
    const group = getOrAdd(groups, JSON.stringify([isTyped, names]), () => ({
      names,
      isTyped,
      rates: new Map(),
    }));
    const key = keyOf(group, rate.usageClassType, (name) => rate.match[name]!)!;
    getOrAdd(group.rates, key, () => []).push(rate);
  }
  return new Map(
    [...classes].map(([name, groups]) => [name, [...groups.values()].sort((a, b) => rankOf(b) - rankOf(a))]),
  );
}

export function rankOf({ names, isTyped }: Pick<RateGroup, 'names' | 'isTyped'>): number {
  return names.length * 2 + (isTyped ? 1 : 0);
}

/** Lengths stand before the texts, so that no two lists of texts have the same key. */
function keyOf(
  { names, isTyped }: RateGroup,
  type: string | null,
  attributeOf: RateQuery['attributeOf'],
): string | null {
  if (isTyped && type === null) return null;
  let key = isTyped ? `${type!.length}:${type}` : '';
  for (const name of names) {
    const text = attributeOf(name);
    if (text === null) return null;
    key += `${text.length}:${text}`;
  }
  return key;
}

function getOrAdd<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
