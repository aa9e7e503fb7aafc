import { createHash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { badParameter } from './problem.js';
import { type ValuesOf, integerParameter, textParameter } from './parameters.js';

/** A cursor holds the sort key: of totals up to five texts of 1 kB, in base64. */
const MAX_CURSOR_BYTES = 16 * 1024;
/** JSON makes six characters of a control character: what is long is deflated, or a URL could not hold it. */
const LONG_BYTES = 1024;
const MAX_INFLATED_BYTES = 64 * 1024;
/** No letter of base64: what follows is deflated. */
const DEFLATED = '~';

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
  const bytes = Buffer.from(`${checksum(list, cursor)}${JSON.stringify(cursor)}`);
  if (bytes.length <= LONG_BYTES) return bytes.toString('base64url');
  return DEFLATED + deflateRawSync(bytes).toString('base64url');
}

/** @throws Problem 400 `invalid_parameter` for what this list has not given out */
export function readCursor(list: string, shape: CursorShape, text: string | undefined): Cursor | null {
  if (text === undefined) return null;
  const cursor = parsed(text);
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
    const bytes = text.startsWith(DEFLATED)
      ? inflateRawSync(Buffer.from(text.slice(1), 'base64url'), { maxOutputLength: MAX_INFLATED_BYTES })
      : Buffer.from(text, 'base64url');
    return JSON.parse(bytes.toString().slice(CHECKSUM_LENGTH));
  } catch {
    return null;
  }
}
