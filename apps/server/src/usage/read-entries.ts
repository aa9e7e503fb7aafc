import type pg from 'pg';
import type { Cursor } from '../common/index.js';
import {
  type EntryRow,
  type PostingRow,
  selectEntries,
  selectHasExpired,
  selectSettled,
} from './ledger-order.js';

/** A place in ledger order: xid, posting, then the entry's key. */
export const POSITION_SHAPE = Array.from({ length: 7 }, () => 'integer' as const);
export const LEDGER_START: Cursor = [0, 0, 0, 0, 0, 0, 0];

export interface ReadRequest {
  readonly limit: number;
  /** Only entries of these feeds; null: all. */
  readonly feedIds: readonly number[] | null;
}

export interface EntriesRead {
  readonly entries: readonly EntryRow[];
  /** Where the next reading begins; behind everything that this one has passed over. */
  readonly position: Cursor;
  /** There was more when this was read. */
  readonly hasMore: boolean;
  /** Some of what was passed over has left by retention. */
  readonly hasExpired: boolean;
}

/** Entries looked at where most may be of other feeds, or test usage. */
const LOOKED_AT = { ofAll: 2000, ofFeeds: 20_000 };
/** Postings in one look; most have hundreds of entries. */
const MAX_POSTINGS = 2000;
/** What a posting is taken to hold that does not say. */
const USUAL_ENTRIES = 1000;

/** The entries behind a position, in ledger order. Bounded work: it may end before `limit` with more to come. */
export async function readEntries(
  client: Pick<pg.ClientBase, 'query'>,
  from: Cursor,
  { limit, feedIds }: ReadRequest,
): Promise<EntriesRead> {
  const settled = await client.query<PostingRow>(selectSettled(MAX_POSTINGS), [from[0], from[1]]);
  const enough = Math.max(limit + 1, feedIds ? LOOKED_AT.ofFeeds : LOOKED_AT.ofAll);
  const postings = firstOf(settled.rows, from, enough);
  const last = postings.at(-1);
  if (!last) return { entries: [], position: from, hasMore: false, hasExpired: false };
  const { rows } = await client.query<EntryRow>(selectEntries(limit + 1, feedIds !== null), [
    postings.map(({ id }) => id),
    ...from,
    ...(feedIds ? [feedIds] : []),
  ]);
  const isFull = rows.length > limit;
  const entries = isFull ? rows.slice(0, limit) : rows;
  const position = isFull ? positionOf(entries.at(-1)!) : endOf(last);
  const passed = postings.slice(0, postings.findIndex(({ id }) => id === position[1]) + 1);
  return {
    entries,
    position,
    hasMore: isFull || postings.length < settled.rows.length || settled.rows.length === MAX_POSTINGS,
    hasExpired: await readHasExpired(client, passed, feedIds),
  };
}

async function readHasExpired(
  client: Pick<pg.ClientBase, 'query'>,
  postings: readonly PostingRow[],
  feedIds: readonly number[] | null,
): Promise<boolean> {
  const { rows } = await client.query<{ hasExpired: boolean }>(selectHasExpired(feedIds !== null), [
    postings.map(({ id }) => id),
    ...(feedIds ? [feedIds] : []),
  ]);
  return rows[0]!.hasExpired;
}

/** Postings up to a number of entries; of the first some may have been given out already. */
function firstOf(postings: readonly PostingRow[], from: Cursor, enough: number): readonly PostingRow[] {
  let entries = 0;
  for (const [n, { id, entries: own }] of postings.entries()) {
    if (id !== from[1]) entries += own ?? USUAL_ENTRIES;
    if (entries >= enough) return postings.slice(0, n + 1);
  }
  return postings;
}

function positionOf(entry: EntryRow): Cursor {
  const { xid, posting_id, import_id, record_index, part, generation, kind } = entry;
  return [xid, posting_id, import_id, record_index, part, generation, kind];
}

/** Behind the last entry of a posting. */
function endOf({ xid, id }: PostingRow): Cursor {
  return [xid, id, Number.MAX_SAFE_INTEGER, 0, 0, 0, 0];
}
