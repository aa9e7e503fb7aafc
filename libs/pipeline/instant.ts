import { ExactNumber } from './record.js';
import { resolveLocal, type ZonePolicy } from './time-zone.js';

/** A moment as canonical text (RFC 3339 UTC, at most microseconds, no trailing zeros) and as number. */
export interface Instant {
  readonly date: string;
  /** Microseconds since 1970 UTC. */
  readonly micros: number;
}

/** Why a text is not a moment: a sentence for an operator. */
export interface InstantProblem {
  readonly problem: string;
}

/** Usage dates lie in these years (UTC), both inclusive. */
export const MIN_YEAR = 2000;
export const MAX_YEAR = 2100;
const MIN_MICROS = Date.UTC(MIN_YEAR, 0, 1) * 1000;
const END_MICROS = Date.UTC(MAX_YEAR + 1, 0, 1) * 1000;

const TIMESTAMP =
  /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?([Zz]|[+-]\d\d:\d\d)?)?$/;
/** What most texts are: canonical already, of a day that every month has. */
const CANONICAL = /^20\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/;
const SHOWN_CHARACTERS = 64;

/**
 * Reads a timestamp strictly: `2026-10-26T12:00:00.5+02:00`, `2026-10-26 12:00:00Z`; without an
 * offset (`2026-10-26 12:00`) it is local time of the policy's zone; a date alone is the first
 * moment of that day there.
 */
export function toInstant(input: unknown, policy: ZonePolicy): Instant | InstantProblem {
  if (typeof input !== 'string') return { problem: `${shown(input)} is not a timestamp text` };
  if (CANONICAL.test(input)) return { date: input, micros: Date.parse(input) * 1000 };
  const match = TIMESTAMP.exec(input);
  if (!match) {
    return { problem: `${shown(input)} is not a timestamp like 2026-10-26T12:00:00Z` };
  }
  const [, year, month, day, hour, minute, second, fraction, offset] = match;
  const local = toLocalTime(
    {
      year: Number(year),
      month: Number(month),
      day: Number(day),
      hour: hour === undefined ? 0 : Number(hour),
      minute: minute === undefined ? 0 : Number(minute),
      second: second === undefined ? 0 : Number(second),
      fraction: fraction ?? '',
    },
    input,
  );
  if (typeof local !== 'number') return local;
  if (offset === undefined)
    return resolvedLocal(local, hour === undefined ? startOfDay(policy) : policy, input);
  const offsetMinutes = toOffsetMinutes(offset);
  if (offsetMinutes === null) return { problem: `${shown(input)} has an offset that cannot be` };
  const micros = local - offsetMinutes * MICROS_PER_MINUTE;
  const isCanonical = offset === 'Z' && second !== undefined && fraction === undefined && input[10] === 'T';
  return isCanonical && isBounded(micros) ? { date: input, micros } : toBoundedInstant(micros, input);
}

/** The moment of a canonical text, in microseconds since 1970. Only for texts that `toInstant` gave. */
export function toMicros(canonical: string): number {
  const point = canonical.indexOf('.');
  if (point < 0) return Date.parse(canonical) * 1000;
  const fraction = canonical.slice(point + 1, -1).padEnd(6, '0');
  return Date.parse(`${canonical.slice(0, point)}Z`) * 1000 + Number(fraction);
}

/** The canonical text of a moment. */
export function fromMicros(micros: number): string {
  const fraction = ((micros % MICROS_PER_SECOND) + MICROS_PER_SECOND) % MICROS_PER_SECOND;
  const seconds = new Date((micros - fraction) / 1000).toISOString().slice(0, 19);
  if (fraction === 0) return `${seconds}Z`;
  return `${seconds}.${trimZeros(String(fraction).padStart(6, '0'))}Z`;
}

export const MICROS_PER_SECOND = 1_000_000;
const MICROS_PER_MINUTE = 60 * MICROS_PER_SECOND;

/** A time as a calendar and a clock show it, without a zone. `fraction`: digits behind the second. */
export interface CalendarTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly fraction: string;
}

/** The microseconds since 1970 as if the time were UTC, or why there is no such time. */
export function toLocalTime(time: CalendarTime, input: unknown): number | InstantProblem {
  const { year, month, day, hour, minute, second, fraction } = time;
  if (month < 1 || month > 12) return { problem: `${shown(input)} has no month ${month}` };
  if (day < 1 || day > daysOf(year, month)) {
    return { problem: `${shown(input)} names day ${day} of a month of ${daysOf(year, month)} days` };
  }
  if (hour > 23 || minute > 59 || second > 59) {
    return { problem: `${shown(input)} is not a time of day (00:00:00 to 23:59:59)` };
  }
  if (fraction.length > 6 && /[1-9]/.test(fraction.slice(6))) {
    return { problem: `${shown(input)} is finer than a microsecond` };
  }
  const micros = fraction === '' ? 0 : Number(fraction.slice(0, 6).padEnd(6, '0'));
  return Date.UTC(year, month - 1, day, hour, minute, second) * 1000 + micros;
}

/** The instant of a local time in the policy's zone, or why there is none. */
export function resolvedLocal(local: number, policy: ZonePolicy, input: unknown): Instant | InstantProblem {
  const resolved = resolveLocal(local, policy);
  return typeof resolved === 'number'
    ? toBoundedInstant(resolved, input)
    : { problem: `${shown(input)} ${resolved.problem}` };
}

export function toBoundedInstant(micros: number, input: unknown): Instant | InstantProblem {
  if (isBounded(micros)) return { date: fromMicros(micros), micros };
  return { problem: `${shown(input)} is not within the years ${MIN_YEAR} to ${MAX_YEAR}` };
}

function isBounded(micros: number): boolean {
  return micros >= MIN_MICROS && micros < END_MICROS;
}

/** A value as an error message quotes it. */
export function shown(input: unknown): string {
  if (typeof input === 'string') {
    return JSON.stringify(input.length > SHOWN_CHARACTERS ? `${input.slice(0, SHOWN_CHARACTERS)}...` : input);
  }
  if (input instanceof ExactNumber) return input.text.slice(0, SHOWN_CHARACTERS);
  return input !== null && typeof input === 'object' ? 'an object' : String(input);
}

/** A day that begins with a gap or twice begins at its first moment, whatever the policy for times. */
function startOfDay({ timeZone }: ZonePolicy): ZonePolicy {
  return { timeZone, dstOverlap: 'earlier', dstGap: 'shift' };
}

function toOffsetMinutes(offset: string): number | null {
  if (offset.length === 1) return 0;
  const hours = Number(offset.slice(1, 3));
  const minutes = Number(offset.slice(4, 6));
  if (hours > 23 || minutes > 59) return null;
  return (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}

function daysOf(year: number, month: number): number {
  if (month !== 2) return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
}

function trimZeros(digits: string): string {
  let end = digits.length;
  while (digits.charCodeAt(end - 1) === 48) end--;
  return digits.slice(0, end);
}
