import { UsageError } from '../errors.js';

const dayMs = 86_400_000;

/**
 * `90d`, or a time with its zone, as RFC 3339 in UTC.
 * @throws UsageError for anything else
 */
export function toExpiry(text: string, nowMs: number): string {
  const days = /^(\d{1,5})d$/.exec(text)?.[1];
  if (days !== undefined) return new Date(nowMs + Number(days) * dayMs).toISOString();
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text);
  const at = isTime ? new Date(text) : null;
  if (at === null || Number.isNaN(at.getTime())) {
    throw new UsageError(
      `--expires: "${text}" is neither a number of days (90d) nor a time (2027-01-01T00:00:00Z)`,
    );
  }
  return at.toISOString();
}
