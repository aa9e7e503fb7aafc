import { createHash } from 'node:crypto';
import { badParameter } from './problem.js';
import { type ValuesOf, integerParameter, textParameter } from './parameters.js';

/** A cursor holds the sort key: of totals up to five texts of 1 kB, each escaped in JSON and in base64. */
const MAX_CURSOR_BYTES = 16 * 1024;

/** What every list takes. */
export const LIST_PARAMETERS = {
  limit: integerParameter(1, 1000, 'Items of one answer; 50 unless said.'),
  cursor: textParameter('The `nextCursor` of the answer before.', MAX_CURSOR_BYTES),
};

export type ListValues = ValuesOf<typeof LIST_PARAMETERS>;

export const DEFAULT_LIMIT = 50;

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

/** The sort key of the last item given out: where a list goes on. */
export type Cursor = readonly (string | number | null)[];

/** The kinds of the parts of a list's sort key; `moment` is a timestamp as Postgres prints it, `text` may be null. */
export type CursorShape = readonly ('integer' | 'moment' | 'hex' | 'text')[];

const PARTS = {
  integer: (part: unknown) => Number.isSafeInteger(part),
  moment: (part: unknown) =>
    typeof part === 'string' && /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?\+00$/.test(part),
  hex: (part: unknown) => typeof part === 'string' && /^[0-9a-f]{32}$/.test(part),
  text: (part: unknown) => part === null || typeof part === 'string',
};

/** Opaque to clients, and refused when it is changed or given to another list. */
export function toCursorText(list: string, cursor: Cursor): string {
  return Buffer.from(`${checksum(list, cursor)}${JSON.stringify(cursor)}`).toString('base64url');
}

/** @throws Problem 400 `invalid_parameter` for what this list has not given out */
export function readCursor(list: string, shape: CursorShape, text: string | undefined): Cursor | null {
  if (text === undefined) return null;
  const decoded = Buffer.from(text, 'base64url').toString();
  const cursor = parsed(decoded.slice(CHECKSUM_LENGTH));
  const fits =
    Array.isArray(cursor) &&
    cursor.length === shape.length &&
    shape.every((kind, n) => PARTS[kind](cursor[n])) &&
    toCursorText(list, cursor as Cursor) === text;
  if (!fits) throw badParameter('cursor', 'is not one that this list gave out.');
  return cursor as Cursor;
}

/**
 * A page of rows that were asked for with `limit + 1`.
 * @param cursorOf the sort key of a row
 */
export function pageOf<Row, T>(
  list: string,
  rows: readonly Row[],
  limit: number,
  toItem: (row: Row) => T,
  cursorOf: (row: Row) => Cursor,
): Page<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(toItem),
    nextCursor: last !== undefined && rows.length > limit ? toCursorText(list, cursorOf(last)) : null,
  };
}

const CHECKSUM_LENGTH = 8;

function checksum(list: string, cursor: Cursor): string {
  return createHash('sha256')
    .update(JSON.stringify([list, ...cursor]))
    .digest('base64url')
    .slice(0, CHECKSUM_LENGTH);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
