import { readFileSync } from 'node:fs';
import { UsageError } from '../errors.js';
import { parseJson, toJson } from '../json.js';

/**
 * What an option says itself, or by a file: `@path`, or `@-` for standard input.
 * @throws UsageError where the file cannot be read, or is not UTF-8
 */
export function readText(option: string, given: string): string {
  if (!given.startsWith('@')) return given;
  const path = given.slice(1);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path === '-' ? 0 : path));
  } catch (error) {
    throw new UsageError(`${option}: ${path}: ${(error as Error).message}`);
  }
}

/**
 * A record as it is sent: a row is the text without the line end behind it, any other record its JSON, every digit kept.
 * @throws UsageError where it is not JSON
 */
export function toRaw(text: string, format: 'rows' | 'records'): unknown {
  if (format === 'rows') return text.replace(/\r?\n$/, '');
  try {
    return parseJson(text);
  } catch (error) {
    throw new UsageError(`the record is not JSON: ${(error as Error).message}`);
  }
}

/** A record for a person to read or change. */
export function toRawText(raw: unknown): string {
  return typeof raw === 'string' ? raw : toJson(raw, 2);
}
