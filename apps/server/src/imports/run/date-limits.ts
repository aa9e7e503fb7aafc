import { DateTime, Duration } from 'luxon';
import { type RecordResult, type UsageResult, toInstant, toEntryText, toMicros } from 'feedmill/pipeline';
import { type ClosedPeriod, refusedBefore } from './closed-period.js';

/** What a feed says of the dates of its usage; moments are canonical texts (RFC 3339 in UTC). */
export interface DatePolicy {
  /** The moment that the batch is run. */
  readonly now: string;
  readonly timeZone: string;
  /** `forever` or an ISO 8601 duration back from now: older usage might be of a key that is forgotten. */
  readonly keyRetention: string;
  /** Keys of older usage are forgotten. */
  readonly forgottenBefore: string | null;
  /** A date, a moment, or an ISO 8601 duration back from when the import was accepted. */
  readonly acceptUsageSince: string | null;
  readonly closed: ClosedPeriod | null;
  /** ISO 8601 duration. */
  readonly futureTolerance: string;
}

/** The moments between which usage is taken (microseconds since 1970), and why none older. */
export interface DateLimits {
  readonly notBefore: number;
  readonly whyNotBefore: string;
  /** Usage of before is in a period that is closed. */
  readonly refusedBefore: number;
  readonly closedUntil: string;
  readonly notAfter: number;
  readonly futureTolerance: string;
}

const isDuration = (text: string) => text.startsWith('P');

/**
 * The limits for the records of an import. What is too old is measured from when it was accepted, so that a
 * correction does not come too late; what keys are still known, and what is in the future, from now.
 */
export function dateLimits(policy: DatePolicy, acceptedAt: string): DateLimits {
  const { now, timeZone, keyRetention, forgottenBefore, acceptUsageSince, closed, futureTolerance } = policy;
  const back = (moment: string, duration: string) =>
    toDateTime(moment, timeZone).minus(Duration.fromISO(duration)).toMillis() * 1000;
  const bounds: (readonly [number, string])[] = [];
  if (keyRetention !== 'forever')
    bounds.push([back(now, keyRetention), `keys are known for ${keyRetention} only`]);
  if (forgottenBefore !== null)
    bounds.push([toMicros(forgottenBefore), `keys of usage before ${forgottenBefore} are forgotten`]);
  if (acceptUsageSince !== null) {
    const since = isDuration(acceptUsageSince)
      ? back(acceptedAt, acceptUsageSince)
      : momentOf(acceptUsageSince, timeZone);
    bounds.push([
      since,
      `the feed takes usage ${isDuration(acceptUsageSince) ? 'of the last' : 'since'} ${acceptUsageSince}`,
    ]);
  }
  const [notBefore, whyNotBefore] = bounds.reduce((a, b) => (b[0] > a[0] ? b : a), [-Infinity, ''] as const);
  const notAfter = toDateTime(now, timeZone).plus(Duration.fromISO(futureTolerance)).toMillis() * 1000;
  return {
    notBefore,
    whyNotBefore,
    refusedBefore: refusedBefore(closed),
    closedUntil: closed?.until ?? '',
    notAfter,
    futureTolerance,
  };
}

/** A result whose usage lies within the limits, or its rejection in place of it. */
export function withinLimits(result: RecordResult, limits: DateLimits): RecordResult {
  if (result.kind !== 'usage') return result;
  for (const { date } of result.parts) {
    const micros = toMicros(date);
    if (micros < limits.notBefore)
      return refused(result, 'usage_too_old', date, `is too old: ${limits.whyNotBefore}`);
    if (micros < limits.refusedBefore)
      return refused(
        result,
        'period_closed',
        date,
        `is in a period that is closed until ${limits.closedUntil}`,
      );
    if (micros > limits.notAfter) {
      const why = `is more than ${limits.futureTolerance} ahead of now`;
      return refused(result, 'usage_in_future', date, why);
    }
  }
  return result;
}

function refused(
  { index, key, decodedHash, usageHash, parts }: UsageResult,
  code: 'usage_too_old' | 'period_closed' | 'usage_in_future',
  date: string,
  why: string,
): RecordResult {
  return {
    index,
    key,
    decodedHash,
    kind: 'reject',
    stage: 'store',
    step: null,
    rejection: { code, message: `date: ${date} ${why}`, field: 'date' },
    record: toEntryText(parts[0]!),
    usageHash,
  };
}

const toDateTime = (moment: string, zone: string) => DateTime.fromISO(moment, { zone });

function momentOf(text: string, timeZone: string): number {
  const instant = toInstant(text, { timeZone, dstOverlap: 'earlier', dstGap: 'shift' });
  return 'micros' in instant ? instant.micros : -Infinity;
}
