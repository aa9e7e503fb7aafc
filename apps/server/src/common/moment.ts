import { toInstant } from 'feedmill/pipeline';

const DATE = /^\d{4}-\d\d-\d\d$/;
const WITH_OFFSET = /[Tt].*(?:[Zz]|[+-]\d\d:\d\d)$/;

const SHAPES = 'must be like 2026-10-26, 2026-10-26T12:00:00Z or 2026-10-26T12:00:00';

/** Why a text is no moment. */
interface NoMoment {
  readonly problem: string;
  /** Of a text that stands in a query string. */
  readonly problemInUrl: string;
}

/** A moment that a client names: RFC 3339 with an offset, or a date, which is midnight UTC. */
export function toMoment(text: string): string | NoMoment {
  if (DATE.test(text) || WITH_OFFSET.test(text)) {
    const instant = toInstant(text, { timeZone: 'UTC', dstOverlap: 'earlier', dstGap: 'reject' });
    if ('date' in instant) return instant.date;
    const problem = `${instant.problem}.`;
    return { problem, problemInUrl: problem };
  }
  return { problem: `${SHAPES}+02:00.`, problemInUrl: `${SHAPES}%2B02:00 (a + is sent as %2B).` };
}

/** A `timestamptz` as Postgres prints it in a UTC session, as RFC 3339: `2026-01-01T00:00:00.5Z`. */
export function toRfc3339(timestamptz: string): string {
  return timestamptz.replace(' ', 'T').replace(/\+00$/, 'Z');
}

/** As `toRfc3339`; null stays null. */
export function toRfc3339OrNull(timestamptz: string | null): string | null {
  return timestamptz === null ? null : toRfc3339(timestamptz);
}

/** A `numeric` as Postgres prints it (no exponent), without trailing zeros: `12.50` becomes `12.5`. */
export function toDecimalText(numeric: string): string {
  return numeric.includes('.') ? numeric.replace(/\.?0+$/, '') : numeric;
}

/** As `toDecimalText`; null stays null. */
export function toDecimalTextOrNull(numeric: string | null): string | null {
  return numeric === null ? null : toDecimalText(numeric);
}
