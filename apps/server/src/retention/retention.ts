import { DateTime, Duration } from 'luxon';

/** What leaves by age, each by itself. */
export const FACTS = ['bodies', 'exceptions', 'usage'] as const;
export type Fact = (typeof FACTS)[number];

/** How long a feed keeps its facts, from the moment they were accepted: `forever`, or an ISO 8601 duration. */
export type Retention = Readonly<Record<Fact, string>>;

export const FOREVER = 'forever';
export const KEEP_FOREVER: Retention = { bodies: FOREVER, exceptions: FOREVER, usage: FOREVER };

const MAX_DAYS = 36_525;
/** Facts leave at most one block late: a block is open for a part of the shortest time ... */
const SHORTEST_PARTS = 10;
/** ... but so that no table of a class has many more partitions: statements that search all of them lock each. */
const LONGEST_PARTS = 100;
const MIN_PERIOD_DAYS = 1;
const MAX_PERIOD_DAYS = 31;
/** Nothing leaves a block of what is kept for ever, until the feeds say otherwise. */
const FOREVER_PERIOD_DAYS = 366;

/** Days of an ISO 8601 duration, months and years taken as 30 and 365. */
export const daysOf = (duration: string): number => Duration.fromISO(duration).as('days');

/** Whether facts can be kept for an ISO 8601 duration: from a day, the least that a block is open, to a century. */
export function isKeepable(duration: string): boolean {
  const days = daysOf(duration);
  return days >= MIN_PERIOD_DAYS && days <= MAX_DAYS;
}

/** Days that a block takes imports, from its first one on. */
export function blockDays(retention: Retention): number {
  const days = FACTS.map((fact) => (retention[fact] === FOREVER ? Infinity : daysOf(retention[fact])));
  const [shortest, longest] = [Math.min(...days), Math.max(...days)];
  if (shortest === Infinity) return FOREVER_PERIOD_DAYS;
  const period = Math.max(shortest / SHORTEST_PARTS, longest / LONGEST_PARTS);
  return Math.min(MAX_PERIOD_DAYS, Math.max(MIN_PERIOD_DAYS, period));
}

/** A feed as far as the age of its imports in a block goes. */
export interface Keeper {
  readonly retention: Retention;
  /** ISO 8601 duration: how far ahead of its acceptance usage may be dated. */
  readonly futureTolerance: string;
  /** RFC 3339: when the newest of its imports in the block was accepted. */
  readonly newestAt: string;
}

/**
 * When a fact of a block may leave: when the last of its feeds does not keep it any more. Usage counts from
 * the latest date that it may have. Null: never.
 */
export function dueAt(fact: Fact, keepers: readonly Keeper[]): DateTime | null {
  let due = DateTime.fromMillis(0, { zone: 'utc' });
  for (const { retention, futureTolerance, newestAt } of keepers) {
    if (retention[fact] === FOREVER) return null;
    const kept = Duration.fromISO(retention[fact]);
    const ahead = Duration.fromISO(fact === 'usage' ? futureTolerance : 'PT0S');
    const leaves = DateTime.fromISO(newestAt, { zone: 'utc' }).plus(ahead).plus(kept);
    if (!leaves.isValid) return null;
    if (leaves > due) due = leaves;
  }
  return due;
}
