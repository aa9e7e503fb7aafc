import crypto from 'node:crypto';
import { toComputable } from './decimal.js';
import { ExactNumber } from './record.js';

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

const sha256: (text: string) => string =
  typeof crypto.hash === 'function'
    ? (text) => crypto.hash('sha256', text)
    : (text) => crypto.createHash('sha256').update(text).digest('hex');

/** The first bytes of the SHA-256 of a text, in hexadecimal. */
export function hexHash(text: string, bytes: number): string {
  return sha256(text).slice(0, 2 * bytes);
}

/** 64 bits, in hexadecimal: enough to tell records of the same usage key apart, and no others are compared. */
export function recordHash(text: string): string {
  return hexHash(text, 8);
}

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
