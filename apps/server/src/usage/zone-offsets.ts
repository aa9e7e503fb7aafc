import { IANAZone } from 'luxon';

/** A stretch of time in which a zone's clocks stay as far ahead of UTC. Milliseconds since 1970. */
export interface ZoneOffset {
  readonly since: number;
  /** Exclusive. */
  readonly until: number;
  readonly aheadMinutes: number;
}

/** No zone changes its clocks twice within so long, and back. */
const STEP_MS = 7 * 86_400_000;

/**
 * How far ahead of UTC a zone's clocks are from `since` until before `until`. Local dates of totals come from the same
 * time zone database as those of single entries; Postgres has one of its own. A zone that is not known here counts as UTC.
 */
export function zoneOffsets(timeZone: string, since: number, until: number): ZoneOffset[] {
  const zone = IANAZone.isValidZone(timeZone) ? IANAZone.create(timeZone) : null;
  if (!zone || timeZone === 'UTC') return [{ since, until, aheadMinutes: 0 }];
  const offsets: ZoneOffset[] = [];
  let start = since;
  let ahead = zone.offset(since);
  for (let before = since; before < until; before += STEP_MS) {
    const after = Math.min(before + STEP_MS, until);
    if (zone.offset(after) === ahead) continue;
    const change = changeBetween(zone, before, after);
    offsets.push({ since: start, until: change, aheadMinutes: ahead });
    start = change;
    ahead = zone.offset(change);
  }
  if (start < until) offsets.push({ since: start, until, aheadMinutes: ahead });
  return offsets;
}

/** The first millisecond with another offset. */
function changeBetween(zone: IANAZone, before: number, after: number): number {
  const ahead = zone.offset(before);
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (zone.offset(middle) === ahead) before = middle;
    else after = middle;
  }
  return after;
}
