import { DateTime, Duration } from 'luxon';

/** What leaves by age, each by itself. */
export const FACTS = ['bodies', 'exceptions', 'usage'] as const;
export type Fact = (typeof FACTS)[number];

/** How long a feed keeps its facts, from the moment they were accepted: `forever`, or an ISO 8601 duration. */
export type Retention = Readonly<Record<Fact, string>>;

export const FOREVER = 'forever';
export const KEEP_FOREVER: Retention = { bodies: FOREVER, exceptions: FOREVER, usage: FOREVER };

const MAX_DAYS = 36_525;
/** Blocks of so many parts of the shortest time are open one after the other: facts leave at most one part late. */
const PARTS = 10;
const MIN_PERIOD_DAYS = 1;
const MAX_PERIOD_DAYS = 31;
/** Nothing leaves a block of what is kept for ever, until the feeds say otherwise. */
const FOREVER_PERIOD_DAYS = 366;

const daysOf = (duration: string): number => Duration.fromISO(duration).as('days');

/** Whether facts can be kept for an ISO 8601 duration: from a day, the least that a block is open, to a century. */
export function isKeepable(duration: string): boolean {
  const days = daysOf(duration);
  return days >= MIN_PERIOD_DAYS && days <= MAX_DAYS;
}

/** Days that a block takes imports, from its first one on. */
export function blockDays(retention: Retention): number {
  const times = FACTS.map((fact) => retention[fact]).filter((time) => time !== FOREVER);
  if (times.length === 0) return FOREVER_PERIOD_DAYS;
  const shortest = Math.min(...times.map(daysOf));
  return Math.min(MAX_PERIOD_DAYS, Math.max(MIN_PERIOD_DAYS, shortest / PARTS));
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
