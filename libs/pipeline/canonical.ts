import crypto from 'node:crypto';
import { toComputable } from './decimal.js';
import { ExactNumber } from './record.js';

const HASH_BYTES = 16;
/** Texts that JSON writes as they are. */
const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

/**
 * A text that is equal for equal data: members sorted by name, numbers by value (`1250`, `1250.0` and
 * `1.25e3` are one). Members that are undefined are left out.
 */
export function canonicalText(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return quoted(value);
    case 'number':
      return Number.isSafeInteger(value) ? String(value) : (toComputable(value) ?? String(value));
    case 'object':
      if (value === null) return 'null';
      if (Array.isArray(value)) return `[${value.map(canonicalText).join(',')}]`;
      if (value instanceof ExactNumber) return toComputable(value) ?? value.text;
      return canonicalObject(value as Readonly<Record<string, unknown>>);
    default:
      return String(value);
  }
}

/** The first 16 bytes of the SHA-256 of a text. */
export const hash16: (text: string) => Buffer =
  typeof crypto.hash === 'function'
    ? (text) => crypto.hash('sha256', text, 'buffer').subarray(0, HASH_BYTES)
    : (text) => crypto.createHash('sha256').update(text).digest().subarray(0, HASH_BYTES);

function canonicalObject(object: Readonly<Record<string, unknown>>): string {
  const { names, labels } = shapeOf(Object.keys(object));
  let text = '';
  for (let i = 0; i < names.length; i++) {
    const value = object[names[i]!];
    if (value === undefined) continue;
    text += (text === '' ? '' : ',') + labels[i]! + canonicalText(value);
  }
  return `{${text}}`;
}

function quoted(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text);
}

/** The names of an object in the order they came, sorted, and as they begin their members in JSON. */
interface Shape {
  readonly asGiven: readonly string[];
  readonly names: readonly string[];
  readonly labels: readonly string[];
}

/** Records of a feed have few shapes: sorting their names is done once. */
const shapes: Shape[] = [];
const MAX_SHAPES = 16;
let oldest = 0;

function shapeOf(asGiven: string[]): Shape {
  for (const shape of shapes) {
    if (isSame(shape.asGiven, asGiven)) return shape;
  }
  const names = [...asGiven].sort();
  const shape = { asGiven, names, labels: names.map((name) => `${quoted(name)}:`) };
  shapes[oldest] = shape;
  oldest = (oldest + 1) % MAX_SHAPES;
  return shape;
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
