import { multiply, toDecimal } from './decimal.js';
import { resolvedLocal, shown, toBoundedInstant, toInstant, toLocalTime } from './instant.js';
import type { Instant, InstantProblem } from './instant.js';
import type { ZonePolicy } from './time-zone.js';

/** Reads a value as a moment; null where it is not written in this format at all. */
export type TimestampReader = (input: unknown, policy: ZonePolicy) => Instant | InstantProblem | null;

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** Pattern of each token of a format; what is a number there is one in `read` below. */
const TOKENS: Readonly<Record<string, string>> = {
  yyyy: '(\\d{4})',
  yy: '(\\d\\d)',
  MMM: `(${MONTHS.join('|')})`,
  MM: '(\\d\\d)',
  M: '(\\d\\d?)',
  dd: '(\\d\\d)',
  d: '(\\d\\d?)',
  HH: '(\\d\\d)',
  H: '(\\d\\d?)',
  hh: '(\\d\\d)',
  h: '(\\d\\d?)',
  mm: '(\\d\\d)',
  ss: '(\\d\\d)',
  S: '(\\d{1,9})',
  a: '(am|pm)',
  Z: '(z|[+-]\\d\\d:?\\d\\d)',
};
const PIECE = /'([^']*)'|([A-Za-z])\2*|[^A-Za-z']+|'/g;
const EPOCH_UNITS: Readonly<Record<string, string>> = {
  epochSeconds: '1000000',
  epochMillis: '1000',
  epochMicros: '1',
};
const ISO_DAY = /^\d{4}-\d\d-\d\d/;
const MICROS_PER_MINUTE = 60_000_000;

/**
 * Compiles a format: `iso` (see `toInstant`), `epochSeconds`, `epochMillis`, `epochMicros`, or tokens
 * such as `dd/MM/yyyy HH:mm:ss`: yyyy yy (20yy) MMM (Jan) MM M dd d HH H hh h a (AM, PM) mm ss S (a
 * fraction of 1 to 9 digits; SSS: of 3) Z (offset); text in single quotes stands for itself.
 * @throws Error with one sentence that says what is wrong with the format
 */
export function timestampReader(format: string): TimestampReader {
  if (format === 'iso') return readIso;
  const unit = EPOCH_UNITS[format];
  return unit === undefined ? tokenReader(format) : (input) => readEpoch(input, unit);
}

function readIso(input: unknown, policy: ZonePolicy): Instant | InstantProblem | null {
  return typeof input === 'string' && ISO_DAY.test(input) ? toInstant(input, policy) : null;
}

function readEpoch(input: unknown, unit: string): Instant | InstantProblem | null {
  const decimal = toDecimal(input);
  if (decimal === null) return null;
  const micros = multiply(decimal, unit);
  return micros.includes('.')
    ? { problem: `${shown(input)} is finer than a microsecond` }
    : toBoundedInstant(Number(micros), input);
}

function tokenReader(format: string): TimestampReader {
  const names: string[] = [];
  let pattern = '';
  for (const [piece, quoted] of format.matchAll(PIECE)) {
    const isFraction = /^S+$/.test(piece) && quoted === undefined;
    const token = isFraction && piece.length > 1 ? `(\\d{${piece.length}})` : TOKENS[piece];
    if (token !== undefined) names.push(isFraction ? 'S' : piece);
    else if (/[A-Za-z]/.test(piece) && quoted === undefined) throw unknownToken(format, piece);
    else if (piece === "'") throw new Error(`"${format}" has a single quote that is not closed`);
    pattern += token ?? (quoted ?? piece).replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
  }
  checkTokens(format, names);
  const expression = new RegExp(`^${pattern}$`, 'i');
  return (input, policy) => {
    const match = typeof input === 'string' ? expression.exec(input) : null;
    return match && read(input, names, match, policy);
  };
}

function unknownToken(format: string, piece: string): Error {
  const known = Object.keys(TOKENS).join(' ');
  return new Error(`"${format}" has "${piece}"; known are ${known}, and 'text' in single quotes`);
}

function checkTokens(format: string, names: readonly string[]): void {
  const count = (...tokens: string[]) => names.filter((name) => tokens.includes(name)).length;
  const days = [count('yyyy', 'yy'), count('MMM', 'MM', 'M'), count('dd', 'd')];
  if (days.some((n) => n !== 1)) throw new Error(`"${format}" must have one year, one month and one day`);
  if (new Set(names).size !== names.length || count('HH', 'H', 'hh', 'h') > 1) {
    throw new Error(`"${format}" names a part twice`);
  }
  if (count('hh', 'h') !== count('a')) throw new Error(`"${format}" must have both of h and a, or none`);
}

function read(
  input: unknown,
  names: readonly string[],
  match: RegExpExecArray,
  policy: ZonePolicy,
): Instant | InstantProblem {
  const time = { year: 0, month: 0, day: 0, hour: 0, minute: 0, second: 0, fraction: '' };
  let hasHour = false;
  let half = '';
  let offset: string | undefined;
  names.forEach((name, i) => {
    const text = match[i + 1]!;
    if (name === 'yyyy') time.year = Number(text);
    else if (name === 'yy') time.year = 2000 + Number(text);
    else if (name === 'MMM') time.month = MONTHS.indexOf(text.toLowerCase()) + 1;
    else if (name === 'MM' || name === 'M') time.month = Number(text);
    else if (name === 'dd' || name === 'd') time.day = Number(text);
    else if (name === 'mm') time.minute = Number(text);
    else if (name === 'ss') time.second = Number(text);
    else if (name === 'S') time.fraction = text;
    else if (name === 'a') half = text.toLowerCase();
    else if (name === 'Z') offset = text;
    else {
      time.hour = Number(text);
      hasHour = true;
    }
  });
  if (half !== '') {
    if (time.hour < 1 || time.hour > 12)
      return { problem: `${shown(input)} has no hour ${time.hour} ${half}` };
    time.hour = (time.hour % 12) + (half === 'pm' ? 12 : 0);
  }
  const local = toLocalTime(time, input);
  if (typeof local !== 'number') return local;
  if (offset !== undefined) return toBoundedInstant(local - offsetMinutes(offset) * MICROS_PER_MINUTE, input);
  // A day alone begins at its first moment, whatever the policy for times.
  const startOfDay: ZonePolicy = { timeZone: policy.timeZone, dstOverlap: 'earlier', dstGap: 'shift' };
  return resolvedLocal(local, hasHour ? policy : startOfDay, input);
}

function offsetMinutes(offset: string): number {
  if (offset.length === 1) return 0;
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(-2));
  return offset.startsWith('-') ? -minutes : minutes;
}
