import { DateTime } from 'luxon';

/**
 * The calendar date of a moment (RFC 3339 UTC) in a time zone, `2022-05-01`; in a zone that this
 * server does not know, that of UTC.
 */
export function toLocalDate(moment: string, timeZone: string): string {
  if (timeZone === 'UTC') return moment.slice(0, 10);
  return DateTime.fromISO(moment, { zone: timeZone }).toISODate() ?? moment.slice(0, 10);
}
