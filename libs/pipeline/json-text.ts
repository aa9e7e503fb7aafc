import { ExactNumber } from './record.js';
import { cleanText, isStorable } from './text.js';

const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const MAX_DEPTH = 64;

/** JSON of decoded data: as `JSON.stringify`, with exact numbers as the numbers that were sent. */
export function toJsonText(value: unknown): string {
  return holdsExactNumber(value, 0) ? write(value) : (JSON.stringify(value) ?? 'null');
}

/**
 * As `toJsonText`, for data that code of others has made: texts are cleaned for the database, and what
 * is no JSON at all (cycles, functions, big integers) gives `fallback`, as does too long a text.
 */
export function toCleanJsonText(value: unknown, maxBytes: number, fallback: string): string {
  try {
    const text = toJsonText(value);
    const clean = text.includes('\\u') ? toJsonText(cleaned(value)) : text;
    return Buffer.byteLength(clean) <= maxBytes ? clean : fallback;
  } catch {
    return fallback;
  }
}

/** Whether every text and name in JSON data can be stored. */
export function isStorableData(value: unknown): boolean {
  if (typeof value === 'string') return isStorable(value);
  if (typeof value !== 'object' || value === null || value instanceof ExactNumber) return true;
  if (Array.isArray(value)) return value.every(isStorableData);
  return Object.entries(value).every(([name, member]) => isStorable(name) && isStorableData(member));
}

function holdsExactNumber(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return false;
  if (value instanceof ExactNumber) return true;
  for (const name of Object.keys(value)) {
    if (holdsExactNumber((value as Record<string, unknown>)[name], depth + 1)) return true;
  }
  return false;
}

function write(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (value instanceof ExactNumber) {
    return JSON_NUMBER.test(value.text) ? value.text : JSON.stringify(value.text);
  }
  if (Array.isArray(value)) return `[${value.map(write).join(',')}]`;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${write(member)}`).join(',')}}`;
}

function cleaned(value: unknown): unknown {
  if (typeof value === 'string') return cleanText(value, Infinity);
  if (typeof value !== 'object' || value === null || value instanceof ExactNumber) return value;
  if (Array.isArray(value)) return value.map(cleaned);
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [cleanText(name, Infinity), cleaned(member)]),
  );
}
