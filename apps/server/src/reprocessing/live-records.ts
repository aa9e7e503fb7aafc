import type pg from 'pg';
import { selectRows } from '../common/index.js';
import { type AmountRow, type Differences, toDifferences } from './differences.js';
import { type Places, placeText, readPlaces } from './places.js';

/** Of an entry of an alias: nothing has reversed it. */
export const hasNoReversal = (alias: string): string =>
  `NOT EXISTS (SELECT FROM usage v WHERE v.import_id = ${alias}.import_id AND v.record_index = ${alias}.record_index
    AND v.part = ${alias}.part AND v.generation = ${alias}.generation AND v.kind = 1)`;

/** Live records of an import, of one mode. */
export interface LiveRecords {
  readonly isTest: boolean;
  readonly count: number;
  readonly places: Places;
  /** Records dated in a closed period whose usage may not be taken back. */
  readonly closed: number;
}

interface LiveRow {
  is_test: boolean;
  count: number;
  places: string;
  closed: number;
}

const TEST = 8;

const LIVE = `
SELECT is_test, sum(records)::int AS count, sum(closed)::int AS closed,
  string_agg(${placeText('$1::bigint', 'first_index', 'last_index')}, ' ' ORDER BY first_index) AS places
FROM (
  SELECT is_test, min(record_index) AS first_index, max(record_index) AS last_index, count(*) AS records,
    count(*) FILTER (WHERE is_closed) AS closed
  FROM (
    SELECT *, record_index - row_number() OVER (PARTITION BY is_test ORDER BY record_index) AS run
    FROM (
      SELECT u.record_index, bool_or(u.flags & ${TEST} > 0) AS is_test,
        bool_or(f.late_usage = 'exception' AND u.date < f.closed_until) IS TRUE AS is_closed
      FROM usage u JOIN feed f ON f.id = u.feed_id
      WHERE u.import_id = $1 AND u.kind = 0 AND ($2::int IS NULL OR u.record_index = $2) AND ${hasNoReversal('u')}
      GROUP BY u.record_index
    ) l
  ) r GROUP BY is_test, run
) p GROUP BY is_test ORDER BY is_test`;

/**
 * The records of an import that are live, whoever wrote their usage.
 * @param index of one record; null: all of them
 */
export async function findLive(
  client: Pick<pg.PoolClient, 'query'>,
  importId: number,
  index: number | null = null,
): Promise<LiveRecords[]> {
  const rows = await selectRows<LiveRow>(client, LIVE, [importId, index]);
  return Promise.all(
    rows.map(async (row) => ({
      isTest: row.is_test,
      count: row.count,
      places: await readPlaces(row.places),
      closed: row.closed,
    })),
  );
}

const AMOUNTS = `
SELECT u.flags & ${TEST} > 0 AS is_test, u.currency, (-sum(u.amount))::text AS amount FROM usage u
WHERE u.import_id = $1 AND u.kind = 0 AND u.currency IS NOT NULL AND ${hasNoReversal('u')}
GROUP BY 1, 2 ORDER BY 2`;

/** What reversing all live usage of an import would add to the ledger. */
export async function reversedAmounts(
  client: Pick<pg.PoolClient, 'query'>,
  importId: number,
): Promise<Differences> {
  return toDifferences(await selectRows<AmountRow>(client, AMOUNTS, [importId]));
}
