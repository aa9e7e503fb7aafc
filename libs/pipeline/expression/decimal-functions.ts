import { compare, round, toComputable, add, divide } from '../decimal.js';
import type { RoundingMode } from '../reference.js';
import type { FunctionOverride } from './bounded-functions.js';
import { negated, operand, toDouble, toExactValue, type ExactValue } from './decimal-operators.js';
import { ExpressionFailure } from './failure.js';
import * as natives from './natives.js';

const ROUNDING_MODES: ReadonlySet<unknown> = new Set(['halfUp', 'halfEven', 'up', 'down']);
/** JSONata: an argument of an array function that is of the wrong type. */
const WRONG_ITEM = 'T0412';
/** JSONata: unable to cast value to a number. */
const NO_NUMBER = 'D3030';
const MAX_SCALE = 100;

/**
 * Number functions on exact decimals: JSONata's own names with its meaning, and two of ours:
 * `$decimal(x)` reads a decimal strictly, `$roundTo(x, scale, mode)` rounds money (`halfUp` unless said).
 */
export const DECIMAL_FUNCTIONS: readonly FunctionOverride[] = [
  {
    name: 'sum',
    signature: '<a:x>',
    implementation: (items?: unknown[]) => items && toExactValue(total(items, 'sum')),
  },
  { name: 'average', signature: '<a:x>', implementation: average },
  { name: 'max', signature: '<a:x>', implementation: (items?: unknown[]) => extreme(items, 'max', 1) },
  { name: 'min', signature: '<a:x>', implementation: (items?: unknown[]) => extreme(items, 'min', -1) },
  { name: 'abs', signature: '<(ns)-:x>', implementation: abs },
  {
    name: 'floor',
    signature: '<(ns)-:x>',
    implementation: (value: unknown) => toInteger(value, 'floor', 'down', 'up'),
  },
  {
    name: 'ceil',
    signature: '<(ns)-:x>',
    implementation: (value: unknown) => toInteger(value, 'ceil', 'up', 'down'),
  },
  { name: 'round', signature: '<(ns)-n?:x>', implementation: roundHalfEven },
  { name: 'roundTo', signature: '<(ns)-ns?:x>', implementation: roundTo },
  { name: 'number', signature: '<(nsb)-:x>', implementation: toNumber },
  { name: 'decimal', signature: '<(ns)-:x>', implementation: toStrictDecimal },
  {
    name: 'sqrt',
    signature: '<(ns)-:n>',
    implementation(value: unknown) {
      return natives.sqrt.call(this, toDouble(value, 'sqrt'));
    },
  },
  {
    name: 'power',
    signature: '<(ns)-(ns):n>',
    implementation(base: unknown, exponent: unknown) {
      return natives.power.call(this, toDouble(base, 'power'), toDouble(exponent, 'power'));
    },
  },
  {
    name: 'formatNumber',
    signature: '<(ns)-so?:s>',
    implementation(value: unknown, picture: string, options?: object) {
      return natives.formatNumber.call(this, toDouble(value, 'formatNumber'), picture, options);
    },
  },
  {
    name: 'formatInteger',
    signature: '<(ns)-s:s>',
    implementation(value: unknown, picture: string) {
      return natives.formatInteger.call(this, toDouble(value, 'formatInteger'), picture);
    },
  },
  {
    name: 'formatBase',
    signature: '<(ns)-n?:s>',
    implementation(value: unknown, radix?: number) {
      return natives.formatBase.call(this, toDouble(value, 'formatBase'), radix);
    },
  },
];

function total(items: readonly unknown[], token: string): string {
  return items.reduce<string>((sum, item) => add(sum, operand(item, token, WRONG_ITEM)), '0');
}

function average(items?: unknown[]): ExactValue | undefined {
  if (items === undefined || items.length === 0) return undefined;
  return toExactValue(divide(total(items, 'average'), String(items.length)));
}

function extreme(items: unknown[] | undefined, token: string, sign: 1 | -1): ExactValue | undefined {
  if (items === undefined || items.length === 0) return undefined;
  const texts = items.map((item) => operand(item, token, WRONG_ITEM));
  return toExactValue(texts.reduce((best, text) => (sign * compare(text, best) > 0 ? text : best)));
}

function abs(value: unknown): ExactValue | undefined {
  if (value === undefined) return undefined;
  const text = operand(value, 'abs', NO_NUMBER);
  return text.startsWith('-') ? negated(text) : toExactValue(text);
}

function toInteger(
  value: unknown,
  token: string,
  positive: RoundingMode,
  negative: RoundingMode,
): ExactValue | undefined {
  if (value === undefined) return undefined;
  const text = operand(value, token, NO_NUMBER);
  return toExactValue(round(text, 0, text.startsWith('-') ? negative : positive));
}

function roundHalfEven(value: unknown, scale?: number): ExactValue | undefined {
  return rounded(value, scale ?? 0, 'halfEven', 'round');
}

function roundTo(value: unknown, scale: number, givenMode?: unknown): ExactValue | undefined {
  const mode = givenMode ?? 'halfUp';
  if (!ROUNDING_MODES.has(mode)) {
    throw new ExpressionFailure('invalid_rounding', {
      token: 'roundTo',
      message: `Rounding is one of ${[...ROUNDING_MODES].join(', ')}, not ${JSON.stringify(mode)}`,
    });
  }
  return rounded(value, scale, mode as RoundingMode, 'roundTo');
}

function rounded(value: unknown, scale: number, mode: RoundingMode, token: string): ExactValue | undefined {
  if (value === undefined) return undefined;
  if (!Number.isInteger(scale) || Math.abs(scale) > MAX_SCALE) {
    throw new ExpressionFailure('invalid_rounding', {
      token,
      message: `The digits to round to are an integer from -${MAX_SCALE} to ${MAX_SCALE}, not ${scale}`,
    });
  }
  return toExactValue(round(operand(value, token, NO_NUMBER), scale, mode));
}

function toNumber(this: natives.Focus, value: unknown): unknown {
  const text = typeof value === 'string' ? toComputable(value) : null;
  return text === null ? natives.number.call(this, value) : toExactValue(text);
}

function toStrictDecimal(value: unknown): ExactValue | undefined {
  return value === undefined ? undefined : toExactValue(operand(value, 'decimal', NO_NUMBER));
}
