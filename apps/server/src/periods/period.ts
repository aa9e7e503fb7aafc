import { toInstant, toMicros } from 'feedmill/pipeline';
import { toMoment } from '../common/index.js';

/** A moment, or a date: midnight of that day in each feed's zone. */
export interface Boundary {
  /** Canonical; of a date, midnight in UTC. */
  readonly moment: string;
  readonly localDate: string | null;
}

/** Closes what is dated before its boundary, or opens what is dated from it on. */
export interface PeriodChange extends Boundary {
  readonly action: 'close' | 'reopen';
}

const DATE = /^\d{4}-\d\d-\d\d$/;

/** Reads what a client says; a problem continues a sentence that began with its name. */
export function readBoundary(text: string): Boundary | { readonly problem: string } {
  const moment = toMoment(text);
  if (typeof moment !== 'string') return moment;
  return { moment, localDate: DATE.test(text) ? text : null };
}

/** The moment that a boundary is in a zone: canonical text. */
export function momentIn({ moment, localDate }: Boundary, timeZone: string): string {
  if (localDate === null) return moment;
  const instant = toInstant(localDate, { timeZone, dstOverlap: 'earlier', dstGap: 'shift' });
  return 'date' in instant ? instant.date : moment;
}

/** Until when a feed of a zone is closed, behind changes in their order; null: nothing is. */
export function closedUntil(
  before: string | null,
  changes: readonly PeriodChange[],
  timeZone: string,
): string | null {
  return changes.reduce<string | null>((until, change) => {
    const moment = momentIn(change, timeZone);
    if (change.action === 'close') return until !== null && isBefore(moment, until) ? until : moment;
    return until !== null && isBefore(moment, until) ? moment : until;
  }, before);
}

const isBefore = (a: string, b: string): boolean => toMicros(a) < toMicros(b);
