import { toMicros } from 'feedmill/pipeline';

/** What feeds do with usage that is dated in a closed period. */
export type LateUsage = 'exception' | 'accept';

/** The time of a feed that is closed, as it was when a batch looked. */
export interface ClosedPeriod {
  /** Usage dated before this moment is in it: canonical text. */
  readonly until: string;
  /** The same, in microseconds since 1970. */
  readonly untilMicros: number;
  readonly lateUsage: LateUsage;
}

export const closedPeriod = (until: string | null, lateUsage: LateUsage): ClosedPeriod | null =>
  until === null ? null : { until, untilMicros: toMicros(until), lateUsage };

/** Microseconds since 1970 before which the ledger takes nothing new and gives nothing back. */
export const refusedBefore = (closed: ClosedPeriod | null): number =>
  closed?.lateUsage === 'exception' ? closed.untilMicros : -Infinity;
