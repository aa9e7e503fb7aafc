import { Problem, badParameter } from './problem.js';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 1000;
const MAX_PARAMETER_LENGTH = 1000;

/** The query of a list: its page, and its filters as texts. */
export interface ListQuery<Filter extends string> {
  readonly limit: number;
  /** Where the page before ended, as `nextCursor` was made of it; null on the first page. */
  readonly cursor: readonly unknown[] | null;
  readonly filters: Readonly<Partial<Record<Filter, string>>>;
}

/**
 * Reads the query parameters of a list.
 * @throws Problem 400 `invalid_parameter` for what is unknown, repeated, or not what it must be
 */
export function readListQuery<Filter extends string>(
  query: unknown,
  filters: readonly Filter[],
): ListQuery<Filter> {
  const { limit, cursor, ...rest } = readParameters(query, [...filters, 'limit', 'cursor']);
  return {
    limit: limit === undefined ? DEFAULT_LIMIT : readLimit(limit),
    cursor: cursor === undefined ? null : readCursor(cursor),
    filters: rest as Partial<Record<Filter, string>>,
  };
}

/** Query parameters that are all known, given once and not empty. */
export function readParameters<Name extends string>(
  query: unknown,
  names: readonly Name[],
): Partial<Record<Name, string>> {
  const found: Partial<Record<Name, string>> = {};
  for (const [name, value] of Object.entries((query ?? {}) as Record<string, unknown>)) {
    const known = names.find((n) => n === name);
    if (!known)
      throw badParameter(name.slice(0, 100), `is not known; known here: ${names.join(', ') || 'none'}.`);
    if (typeof value !== 'string') throw badParameter(name, 'must be given once.');
    if (value === '') throw badParameter(name, 'must not be empty.');
    if (value.length > MAX_PARAMETER_LENGTH || value.includes('\0'))
      throw badParameter(name, 'cannot be that.');
    found[known] = value;
  }
  return found;
}

/** A page and the cursor behind it. `rows` has one more than `limit` where there is a next page. */
export function toPage<Row, Item>(
  rows: readonly Row[],
  limit: number,
  toItem: (row: Row) => Item,
  cursorOf: (row: Row) => readonly unknown[],
): { items: Item[]; nextCursor: string | null } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const nextCursor =
    rows.length > limit && last ? Buffer.from(JSON.stringify(cursorOf(last))).toString('base64url') : null;
  return { items: shown.map(toItem), nextCursor };
}

/** The id that a page ended with, of lists in the order of their ids. */
export function idOfCursor(cursor: readonly unknown[] | null): number | null {
  if (cursor === null) return null;
  if (cursor.length === 1 && Number.isSafeInteger(cursor[0])) return cursor[0] as number;
  throw foreignCursor();
}

const foreignCursor = (): Problem => badParameter('cursor', 'is not one that this list gave.');

function readLimit(text: string): number {
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : NaN;
  if (limit >= 1 && limit <= MAX_LIMIT) return limit;
  throw badParameter('limit', `must be a whole number from 1 to ${MAX_LIMIT}.`);
}

function readCursor(text: string): readonly unknown[] {
  try {
    const cursor: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    if (Array.isArray(cursor)) return cursor;
  } catch {
    // The same refusal as for what decodes to something else.
  }
  throw foreignCursor();
}
