import type pg from 'pg';
import { selectRows } from '../common/index.js';
import { toJoined } from './eligible-records.js';
import { hasNoReversal } from './live-records.js';
import type { Places } from './places.js';

/** Duplicates in other imports of records whose usage is reversed, or about to be. */
export interface Orphans {
  readonly count: number;
  readonly trackingIds: readonly string[];
  readonly places: Places;
}

/** Imports that a selection can name. */
const MAX_NAMED = 1000;

/** Records of the import (`$1`) that a revert would take back. */
const REVERTIBLE = `SELECT DISTINCT record_index FROM usage u WHERE import_id = $1 AND kind = 0 AND ${hasNoReversal('u')}`;

/** Records of the import (`$1`) that were taken back by a revert, and are not live since. */
const REVERTED = `
  SELECT DISTINCT record_index FROM usage u JOIN correction c ON c.import_id = u.produced_by
  WHERE u.import_id = $1 AND u.kind = 1 AND c.operation = 'revert' AND NOT EXISTS (
    SELECT FROM usage v WHERE v.import_id = u.import_id AND v.record_index = u.record_index AND v.kind = 0
      AND (v.generation > u.generation OR ${hasNoReversal('v')}))`;

/** Nothing has the key (`r`) meanwhile, and the record was not decided otherwise after it was the duplicate. */
const IS_LEFT = `
  AND NOT EXISTS (SELECT FROM key_cell k WHERE k.scope_id = r.scope_id AND k.key = r.key AND k.state <> 0)
  AND NOT EXISTS (
    SELECT FROM correction_origin later JOIN chunk h ON h.id = later.chunk_id CROSS JOIN LATERAL origin_places(h.origins) o
    WHERE later.import_id = r.import_id AND h.id > r.chunk_id AND h.skipped < h.total
      AND o.import_id = r.import_id AND r.index BETWEEN o.first_index AND o.last_index)`;

/**
 * Duplicates say in the details of their chunk which record they repeat. A correction's are counted in its own import,
 * and stand for the record that it decided again. What is usage or an open exception by now is no duplicate any more.
 * @param records of the import
 */
const orphansOf = (records: string, isLeft = ''): string => `
WITH reverted AS MATERIALIZED (
  ${records}
), scope AS (
  SELECT key_scope_id AS id FROM feed WHERE id = $2
), pointing AS MATERIALIZED (
  SELECT c.id, c.import_id, c.origins, (d ->> 0)::int - c.first_index AS position, (d ->> 0)::int AS index,
    d ->> 2 AS key, CASE WHEN c.is_test THEN -s.id ELSE s.id END AS scope_id
  FROM scope s JOIN feed f ON f.key_scope_id = s.id JOIN chunk c ON c.feed_id = f.id
  CROSS JOIN LATERAL jsonb_array_elements(c.details) d
  WHERE c.duplicate > 0 AND c.import_id <> $1 AND ($3::int[] IS NULL OR c.feed_id = ANY($3))
    AND c.ended_at >= (SELECT started_at FROM import WHERE id = $1)
    AND c.details @> jsonb_build_array(jsonb_build_array($1::bigint))
    AND (d ->> 3)::bigint = $1 AND (d ->> 4)::int IN (SELECT record_index FROM reverted)
    AND substr(c.verdicts, (d ->> 0)::int - c.first_index + 1, 1) = 'd'
), record AS MATERIALIZED (
  SELECT import_id, index, id AS chunk_id, key, scope_id FROM pointing WHERE origins IS NULL
  UNION
  SELECT o.import_id, o.first_index + p.position - o.starts_at, p.id, p.key, p.scope_id
  FROM (SELECT DISTINCT id, origins FROM pointing WHERE origins IS NOT NULL) c
  CROSS JOIN LATERAL origin_places(c.origins) o
  JOIN pointing p ON p.id = c.id AND p.position >= o.starts_at
    AND p.position <= o.starts_at + o.last_index - o.first_index
  WHERE o.import_id <> $1
), orphan AS (
  SELECT DISTINCT r.import_id, r.index FROM record r
  WHERE NOT EXISTS (SELECT FROM usage u WHERE u.import_id = r.import_id AND u.record_index = r.index AND u.kind = 0
      AND ${hasNoReversal('u')})
    AND NOT EXISTS (
      SELECT FROM exception x LEFT JOIN exception_state t USING (import_id, record_index)
      WHERE x.import_id = r.import_id AND x.record_index = r.index AND coalesce(t.status, 'open') = 'open')
    ${isLeft}
)
SELECT i.tracking_id, count(*)::int AS count,
  string_agg(concat_ws(',', i.id, o.index, o.index), ',' ORDER BY o.index) AS places
FROM orphan o JOIN import i ON i.id = o.import_id
GROUP BY i.id, i.tracking_id, i.submitted_at ORDER BY i.submitted_at, i.id`;

const TO_BE_ORPHANED = orphansOf(REVERTIBLE);
const ORPHANED = orphansOf(REVERTED, IS_LEFT);

/**
 * The duplicates of what a revert of the import would take back now.
 * @param feedId the import's feed: only feeds of its key scope can have duplicates of it
 */
export function findOrphans(client: Sql, importId: number, feedId: number): Promise<Orphans> {
  return select(client, TO_BE_ORPHANED, [importId, feedId, null]);
}

/**
 * The duplicates of what reverts of the import have taken back, those that came while they ran too. They would be usage
 * if they were decided again.
 * @param feedIds whose duplicates; null: of all feeds
 */
export function findOrphaned(
  client: Sql,
  importId: number,
  feedId: number,
  feedIds: readonly number[] | null,
): Promise<Orphans> {
  return select(client, ORPHANED, [importId, feedId, feedIds]);
}

type Sql = Pick<pg.Pool, 'query'>;

async function select(client: Sql, sql: string, values: unknown[]): Promise<Orphans> {
  const rows = await selectRows<{ tracking_id: string; count: number; places: string }>(client, sql, values);
  return {
    count: rows.reduce((sum, row) => sum + row.count, 0),
    trackingIds: rows.slice(0, MAX_NAMED).map((row) => row.tracking_id),
    places: rows.flatMap((row) => toJoined(row.places)),
  };
}
