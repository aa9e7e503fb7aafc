import { ExpressionFailure } from './failure.js';
import { limitExceeded } from './limits.js';

const MAX_DEPTH = 32;
/** Characters of a result as JSON, roughly. */
const MAX_SIZE = 1_000_000;
const SCALAR_SIZE = 8;

/**
 * A result of JSONata as plain data of its own: nothing shared with the input, no sequences, no
 * functions, no keys that reach a prototype.
 * @throws ExpressionFailure for what is no data or too much
 */
export function toPlain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return scalar(value);
  return copied(value, { size: 0 }, 0);
}

function copied(value: unknown, total: { size: number }, depth: number): unknown {
  if (typeof value !== 'object' || value === null) {
    total.size += typeof value === 'string' ? value.length : SCALAR_SIZE;
    if (total.size > MAX_SIZE) throw limitExceeded('gives too much data');
    return scalar(value);
  }
  if (depth >= MAX_DEPTH) throw limitExceeded(`gives data nested more than ${MAX_DEPTH} deep`);
  total.size += SCALAR_SIZE;
  if (Array.isArray(value)) return value.map((item) => copied(item, total, depth + 1));
  if ('_jsonata_lambda' in value || '_jsonata_function' in value) throw notData('a function');
  const plain: Record<string, unknown> = {};
  for (const name of Object.keys(value)) {
    if (name === '__proto__') throw notData('a member "__proto__"');
    total.size += name.length;
    plain[name] = copied((value as Record<string, unknown>)[name], total, depth + 1);
  }
  return plain;
}

function scalar(value: unknown): unknown {
  switch (typeof value) {
    case 'string':
      if (value.length > MAX_SIZE) throw limitExceeded('gives too much data');
      return value;
    case 'number':
      if (!Number.isFinite(value)) throw notData(String(value));
      return value === 0 ? 0 : value; // no -0
    case 'function':
      throw notData('a function');
    default:
      return value;
  }
}

function notData(what: string): ExpressionFailure {
  return new ExpressionFailure('not_data', { message: `The expression gives ${what}` });
}
