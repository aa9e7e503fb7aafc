import type { RoundingMode } from './reference.js';
import { ExactNumber } from './record.js';

/** Limits of every stored decimal (`numeric` in the database). */
export const MAX_DECIMAL_DIGITS = 38;
export const MAX_DECIMAL_SCALE = 18;

/** What no computation may exceed on its way, so that none can be made to take for ever. */
export const MAX_COMPUTED_DIGITS = 1000;

/** Digits behind the point that a division gives where it does not come out even. */
export const DIVISION_SCALE = 40;

export type DecimalProblem = 'not_a_decimal' | 'too_many_digits' | 'too_many_decimals';

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,9}))?$/;
/** Most of what comes is canonical already, and not near a limit. */
const CANONICAL = /^(?:0|-?[1-9]\d{0,14}|-?(?:0|[1-9]\d{0,14})\.\d{0,17}[1-9])$/;
/** Digits that a safe integer surely holds; products and sums of such stay in the fast path. */
const SAFE_DIGITS = 15;

/**
 * The canonical text of a decimal: no exponent, no leading or trailing zeros, no `-0`. Reads JSON
 * numbers, exact numbers and texts such as `-12.50` or `1e3`; nothing of any locale.
 * @returns null for what is not a decimal or over the limits (see `decimalProblem`)
 */
export function toDecimal(input: unknown): string | null {
  if (typeof input === 'number') {
    if (Number.isSafeInteger(input)) return String(input);
    return Number.isFinite(input) ? readText(String(input), isStorable) : null;
  }
  if (typeof input === 'string') return readText(input, isStorable);
  return input instanceof ExactNumber ? readText(input.text, isStorable) : null;
}

/**
 * As `toDecimal`, with room for what computing needs on its way: up to 1,000 digits.
 * @returns null for what is not a decimal or has more digits
 */
export function toComputable(input: unknown): string | null {
  if (typeof input === 'number') {
    if (Number.isSafeInteger(input)) return String(input);
    return Number.isFinite(input) ? readText(String(input), isComputable) : null;
  }
  if (typeof input === 'string') return readText(input, isComputable);
  return input instanceof ExactNumber ? readText(input.text, isComputable) : null;
}

/** Why `toDecimal` gave null; null where it did not. */
export function decimalProblem(input: unknown): DecimalProblem | null {
  const text = input instanceof ExactNumber || typeof input === 'number' ? String(input) : input;
  if (typeof text !== 'string') return 'not_a_decimal';
  const match = DECIMAL.exec(text);
  return match ? limitProblem(significant(match)) : 'not_a_decimal';
}

/**
 * As `toDecimal`, but what has too many digits behind the point is rounded half-even to the 18
 * that can be stored. For computed values, such as quotients; what a source sends is never rounded.
 */
export function fitDecimal(input: unknown): string | null {
  const exact = toDecimal(input);
  if (exact !== null || decimalProblem(input) !== 'too_many_decimals') return exact;
  const { digits, exponent, negative } = significant(DECIMAL.exec(String(input))!);
  if (digits.length > MAX_COMPUTED_DIGITS) return null;
  if (digits.length + exponent < -MAX_DECIMAL_SCALE) return '0';
  const value = { digits: BigInt(negative ? `-${digits}` : digits), scale: -exponent };
  return toDecimal(format(rescaled(value, MAX_DECIMAL_SCALE, 'halfEven')));
}

/** a + b, exactly. Takes and gives canonical texts, as all below. */
export function add(a: string, b: string): string {
  if (isShortInteger(a) && isShortInteger(b)) return String(Number(a) + Number(b));
  const x = parse(a);
  const y = parse(b);
  const scale = Math.max(x.scale, y.scale);
  return format({ digits: atScale(x, scale) + atScale(y, scale), scale });
}

/** a - b, exactly. */
export function subtract(a: string, b: string): string {
  return add(a, negate(b));
}

/** a * b, exactly. */
export function multiply(a: string, b: string): string {
  if (a.length + b.length <= SAFE_DIGITS && isShortInteger(a) && isShortInteger(b)) {
    return String(Number(a) * Number(b) + 0);
  }
  const x = parse(a);
  const y = parse(b);
  return format({ digits: x.digits * y.digits, scale: x.scale + y.scale });
}

/**
 * a / b; what does not come out even is rounded half-even at `DIVISION_SCALE` digits.
 * @throws RangeError where b is zero
 */
export function divide(a: string, b: string): string {
  const x = parse(a);
  const y = parse(b);
  if (y.digits === 0n) throw new RangeError('division by zero');
  const shift = DIVISION_SCALE + y.scale - x.scale;
  const dividend = shift > 0 ? x.digits * powerOfTen(shift) : x.digits;
  const divisor = shift < 0 ? y.digits * powerOfTen(-shift) : y.digits;
  return format({ digits: divided(dividend, divisor, 'halfEven'), scale: DIVISION_SCALE });
}

/**
 * The rest of a / b, exactly, with the sign of a.
 * @throws RangeError where b is zero
 */
export function remainder(a: string, b: string): string {
  const x = parse(a);
  const y = parse(b);
  if (y.digits === 0n) throw new RangeError('division by zero');
  const scale = Math.max(x.scale, y.scale);
  return format({ digits: atScale(x, scale) % atScale(y, scale), scale });
}

/** Negative where a < b, 0 where equal, positive where a > b. */
export function compare(a: string, b: string): number {
  if (a === b) return 0;
  if (isShortInteger(a) && isShortInteger(b)) return Number(a) - Number(b);
  const x = parse(a);
  const y = parse(b);
  const scale = Math.max(x.scale, y.scale);
  const left = atScale(x, scale);
  const right = atScale(y, scale);
  return left < right ? -1 : left > right ? 1 : 0;
}

export function negate(a: string): string {
  if (a === '0') return a;
  return a.startsWith('-') ? a.slice(1) : `-${a}`;
}

/**
 * To `scale` digits behind the point (negative: before it). `up` is away from zero, `down` towards it; `halfUp` takes
 * halves away from zero.
 */
export function round(a: string, scale: number, mode: RoundingMode): string {
  const value = parse(a);
  if (value.scale <= scale) return a;
  if (scale >= 0) return format(rescaled(value, scale, mode));
  const { digits } = rescaled(value, scale, mode);
  return format({ digits: digits * powerOfTen(-scale), scale: 0 });
}

/** A value as integer `digits` divided by ten to the power of `scale`. */
interface Scaled {
  readonly digits: bigint;
  readonly scale: number;
}

function isShortInteger(text: string): boolean {
  return text.length <= SAFE_DIGITS && !text.includes('.');
}

function readText(text: string, isWithin: (parts: Significant) => boolean): string | null {
  if (CANONICAL.test(text)) return text;
  const match = DECIMAL.exec(text);
  if (!match) return null;
  const parts = significant(match);
  if (!isWithin(parts)) return null;
  const { digits, exponent, negative } = parts;
  if (digits === '') return '0';
  const sign = negative ? '-' : '';
  if (exponent >= 0) return sign + digits + '0'.repeat(exponent);
  const point = digits.length + exponent;
  return point > 0
    ? `${sign}${digits.slice(0, point)}.${digits.slice(point)}`
    : `${sign}0.${'0'.repeat(-point)}${digits}`;
}

/** The digits from the first to the last that is not zero ('' for zero), and the power of ten of the last. */
interface Significant {
  readonly digits: string;
  readonly exponent: number;
  readonly negative: boolean;
}

function significant([, sign, int, fraction = '', exponent]: RegExpExecArray): Significant {
  const all = int! + fraction;
  let start = 0;
  let end = all.length;
  while (start < end && all.charCodeAt(start) === 48) start++;
  while (end > start && all.charCodeAt(end - 1) === 48) end--;
  return {
    digits: all.slice(start, end),
    exponent: (exponent ? Number(exponent) : 0) - fraction.length + (all.length - end),
    negative: sign === '-',
  };
}

function isStorable(parts: Significant): boolean {
  return limitProblem(parts) === null;
}

function isComputable({ digits, exponent }: Significant): boolean {
  return digits === '' || digits.length + Math.abs(exponent) <= MAX_COMPUTED_DIGITS;
}

function limitProblem({ digits, exponent }: Significant): DecimalProblem | null {
  if (digits === '') return null;
  const decimals = Math.max(-exponent, 0);
  if (decimals > MAX_DECIMAL_SCALE) return 'too_many_decimals';
  const integers = Math.max(digits.length + exponent, 0);
  return integers + decimals > MAX_DECIMAL_DIGITS ? 'too_many_digits' : null;
}

function parse(text: string): Scaled {
  const point = text.indexOf('.');
  if (point < 0) return { digits: BigInt(text), scale: 0 };
  return {
    digits: BigInt(text.slice(0, point) + text.slice(point + 1)),
    scale: text.length - point - 1,
  };
}

function format({ digits, scale }: Scaled): string {
  if (digits === 0n) return '0';
  const negative = digits < 0n;
  let text = (negative ? -digits : digits).toString();
  if (scale > 0) {
    if (text.length <= scale) text = text.padStart(scale + 1, '0');
    const point = text.length - scale;
    let end = text.length;
    while (end > point && text.charCodeAt(end - 1) === 48) end--;
    text = end === point ? text.slice(0, point) : `${text.slice(0, point)}.${text.slice(point, end)}`;
  }
  return negative ? `-${text}` : text;
}

const POWERS: bigint[] = Array.from({ length: 128 }, (_, n) => 10n ** BigInt(n));

function powerOfTen(n: number): bigint {
  return POWERS[n] ?? 10n ** BigInt(n);
}

function atScale({ digits, scale }: Scaled, wanted: number): bigint {
  return scale === wanted ? digits : digits * powerOfTen(wanted - scale);
}

function rescaled({ digits, scale }: Scaled, wanted: number, mode: RoundingMode): Scaled {
  return { digits: divided(digits, powerOfTen(scale - wanted), mode), scale: wanted };
}

function divided(dividend: bigint, divisor: bigint, mode: RoundingMode): bigint {
  const quotient = dividend / divisor;
  const rest = dividend % divisor;
  if (rest === 0n || mode === 'down') return quotient;
  const away = dividend < 0n === divisor < 0n ? 1n : -1n;
  if (mode === 'up') return quotient + away;
  const twice = 2n * (rest < 0n ? -rest : rest) - (divisor < 0n ? -divisor : divisor);
  const isUp = twice > 0n || (twice === 0n && (mode === 'halfUp' || quotient % 2n !== 0n));
  return isUp ? quotient + away : quotient;
}
