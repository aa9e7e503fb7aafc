import {
  add,
  compare,
  divide,
  MAX_COMPUTED_DIGITS,
  multiply,
  negate,
  remainder,
  subtract,
  toComputable,
} from '../decimal.js';
import { ExpressionFailure } from './failure.js';
import { limitExceeded } from './limits.js';

/** A number as expressions hold it: a double of at most 15 significant digits, else a decimal text. */
export type ExactValue = number | string;

const DOUBLE_DIGITS = 15;
/** Sums, differences and products of integers up to here are exact in a double of 15 digits. */
const MAX_SHORT = 10 ** DOUBLE_DIGITS - 1;

export type Arithmetic = '+' | '-' | '*' | '/' | '%';
export type Comparison = '<' | '<=' | '>' | '>=';

/** JSONata's arithmetic on exact decimals: undefined operands and wrong types as JSONata has them. */
export function calculate(operator: Arithmetic, left: unknown, right: unknown): ExactValue | undefined {
  if (typeof left === 'number' && typeof right === 'number') {
    const result = calculateShort(operator, left, right);
    if (result !== null) return result;
  }
  const a = left === undefined ? undefined : operand(left, operator, 'T2001');
  const b = right === undefined ? undefined : operand(right, operator, 'T2002');
  if (a === undefined || b === undefined) return undefined;
  if ((operator === '/' || operator === '%') && b === '0') {
    throw new ExpressionFailure('division_by_zero', { token: operator, message: 'Division by zero' });
  }
  return toExactValue(exactly(operator, a, b));
}

/** JSONata's order comparison: numbers and decimal texts by value, other texts by code unit. */
export function compareValues(operator: Comparison, left: unknown, right: unknown): boolean | undefined {
  if (typeof left === 'number' && typeof right === 'number') return holds(operator, left - right);
  if (!isComparable(left) || !isComparable(right)) {
    throw new ExpressionFailure('T2010', { token: operator, value: isComparable(left) ? right : left });
  }
  if (left === undefined || right === undefined) return undefined;
  const a = toComputable(left);
  const b = toComputable(right);
  if (a !== null && b !== null) return holds(operator, compare(a, b));
  if (typeof left !== typeof right) {
    throw new ExpressionFailure('T2009', { token: operator, value: left, value2: right });
  }
  return holds(operator, left < right ? -1 : left > right ? 1 : 0);
}

/** Unary minus. */
export function negated(value: unknown): ExactValue | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'number') return 0 - value;
  return toExactValue(negate(operand(value, '-', 'D1002')));
}

/** The decimal text of an operand; `code` is JSONata's error for what is none. */
export function operand(value: unknown, token: string, code: string): string {
  const text = toComputable(value);
  if (text === null) throw new ExpressionFailure(code, { token, value });
  return text;
}

/** A number or decimal text as the nearest double, for functions that only doubles have. */
export function toDouble(value: unknown, token: string): number | undefined {
  if (value === undefined || typeof value === 'number') return value;
  return Number(operand(value, token, 'D3030'));
}

/** A canonical decimal text as expressions hold it. */
export function toExactValue(text: string): ExactValue {
  if (text.length <= DOUBLE_DIGITS) return Number(text);
  if (text.length > MAX_COMPUTED_DIGITS) throw limitExceeded('makes a number of too many digits');
  if (significantDigits(text) > DOUBLE_DIGITS) return text;
  const number = Number(text);
  const isInRange = Number.isFinite(number) && number !== 0;
  return isInRange ? number : text;
}

/** The quick way for what doubles surely hold; null where they may not. */
function calculateShort(operator: Arithmetic, left: number, right: number): number | null {
  if (!Number.isInteger(left) || !Number.isInteger(right)) return null;
  let result: number;
  if (operator === '+') result = left + right;
  else if (operator === '-') result = left - right;
  else if (operator === '*') result = left * right;
  else if (right === 0 || left % right !== 0) return null;
  else result = operator === '/' ? left / right : 0;
  const isShort =
    Math.abs(result) <= MAX_SHORT && Math.abs(left) <= MAX_SHORT && Math.abs(right) <= MAX_SHORT;
  return isShort ? result + 0 : null;
}

function exactly(operator: Arithmetic, a: string, b: string): string {
  switch (operator) {
    case '+':
      return add(a, b);
    case '-':
      return subtract(a, b);
    case '*':
      return multiply(a, b);
    case '/':
      return divide(a, b);
    case '%':
      return remainder(a, b);
  }
}

function isComparable(value: unknown): value is string | number | undefined {
  return value === undefined || typeof value === 'string' || typeof value === 'number';
}

function holds(operator: Comparison, order: number): boolean {
  switch (operator) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
  }
}

/** Digits from the first to the last that is not zero. */
function significantDigits(text: string): number {
  let start = 0;
  while (start < text.length && (text.charCodeAt(start) < 49 || text.charCodeAt(start) > 57)) start++;
  let end = text.length;
  const point = text.indexOf('.');
  if (point < 0) while (end > start && text.charCodeAt(end - 1) === 48) end--;
  return end - start - (point > start ? 1 : 0);
}
