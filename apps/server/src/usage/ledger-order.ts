import { PRIMARY_KEY } from './usage-query.js';

/**
 * Ledger order: by transaction (xid), its postings, and in a posting by the ledger's key. A reader has what is before
 * the oldest transaction that still runs: whatever commits later comes behind it.
 */
const IS_SETTLED = 'p.xid < pg_snapshot_xmin(pg_current_snapshot())';

const ENTRY = PRIMARY_KEY.map((column) => `u.${column}`).join(', ');

/** ORDER BY of ledger order; `usage` is `u` in it, `posting` the alias. */
export const inLedgerOrder = (posting: string): string => `${posting}.xid, ${posting}.id, ${ENTRY}`;

/** The postings from a transaction (`$1`) and posting (`$2`) on, that one included. */
export const selectSettled = (limit: number): string => `
SELECT p.xid::text::bigint AS xid, p.id, p.entries FROM posting p
WHERE (p.xid, p.id) >= ($1::text::xid8, $2::bigint) AND ${IS_SETTLED}
ORDER BY p.xid, p.id LIMIT ${limit}`;

export interface PostingRow {
  readonly xid: number;
  readonly id: number;
  /** Null where its writer has not said how many there are. */
  readonly entries: number | null;
}

/**
 * The entries of postings (`$1`) behind a position (`$2` to `$8`), without test usage. `OFFSET 0` keeps the look-up by
 * key in each place, whatever the planner believes; a posting that does not say its places is searched for.
 * @param isFiltered only of the feeds `$9`
 */
export const selectEntries = (limit: number, isFiltered: boolean): string => `
SELECT p.xid::text::bigint AS xid, p.id AS posting_id, ${ENTRY} FROM posting p, LATERAL (
  SELECT u.* FROM generate_series(1, cardinality(p.places), 3) n, LATERAL (
    SELECT ${ENTRY}, u.flags, u.feed_id FROM usage u WHERE u.import_id = p.places[n]
      AND u.record_index >= p.places[n + 1] AND u.record_index <= p.places[n + 2] AND u.posting_id = p.id OFFSET 0) u
  UNION ALL
  SELECT ${ENTRY}, u.flags, u.feed_id FROM usage u WHERE p.places IS NULL AND u.posting_id = p.id) u
WHERE p.id = ANY($1::bigint[]) AND u.flags & 8 = 0 ${isFiltered ? 'AND u.feed_id = ANY($9::int[])' : ''}
  AND (p.xid, p.id, ${ENTRY}) > ($2::text::xid8, $3::bigint, $4::bigint, $5::int, $6::int, $7::int, $8::int)
ORDER BY ${inLedgerOrder('p')} LIMIT ${limit}`;

/** Whether entries of postings (`$1`) have left by retention. @param isFiltered only of the feeds `$2` */
export const selectHasExpired = (isFiltered: boolean): string => `
SELECT EXISTS (
  SELECT FROM posting p CROSS JOIN generate_series(1, cardinality(p.places), 3) n
  JOIN expired_facts e ON e.block_id = p.places[n] >> 32 AND e.fact = 'usage'
  ${isFiltered ? 'JOIN import i ON i.id = p.places[n] AND i.feed_id = ANY($2)' : ''}
  WHERE p.id = ANY($1::bigint[])
) AS "hasExpired"`;

/** Where an entry stands in the ledger. */
export interface EntryRow {
  readonly xid: number;
  readonly posting_id: number;
  readonly import_id: number;
  readonly record_index: number;
  readonly part: number;
  readonly generation: number;
  readonly kind: 0 | 1;
}

/** The entries of the keys in five arrays, whole. */
export const SELECT_BY_KEYS = `
SELECT u.* FROM unnest($1::bigint[], $2::int[], $3::smallint[], $4::smallint[], $5::smallint[]) AS k(${PRIMARY_KEY.join(', ')})
JOIN usage u USING (${PRIMARY_KEY.join(', ')})`;

/**
 * Whether postings, or a cursor's transaction (`$1`), have numbers that this server has yet to give out: the database
 * came out of a dump, and its transactions are counted anew.
 */
export const SELECT_IS_COUNTED_ANEW = `
SELECT $1::text::xid8 >= n.next OR EXISTS (SELECT FROM posting p WHERE p.xid >= n.next) AS "isCountedAnew"
FROM (SELECT pg_snapshot_xmax(pg_current_snapshot()) AS next OFFSET 0) n`;
