import type pg from 'pg';
import { selectRows } from '../common/index.js';
import { toJoined } from './eligible-records.js';
import { hasNoReversal } from './live-records.js';
import type { Places } from './places.js';

/** Duplicates in other imports of records whose usage is about to be reversed. */
export interface Orphans {
  readonly count: number;
  readonly trackingIds: readonly string[];
  readonly places: Places;
}

/** Imports that a selection can name. */
const MAX_NAMED = 1000;

/**
 * Duplicates say in the details of their chunk which record they repeat. A correction's are counted in its own import,
 * and stand for the record that it decided again. What is usage or an open exception by now is no duplicate any more.
 */
const ORPHANS = `
WITH reverted AS MATERIALIZED (
  SELECT DISTINCT record_index FROM usage u WHERE import_id = $1 AND kind = 0 AND ${hasNoReversal('u')}
), pointing AS MATERIALIZED (
  SELECT c.id, c.import_id, c.origins, (d ->> 0)::int - c.first_index AS position, (d ->> 0)::int AS index
  FROM chunk c CROSS JOIN LATERAL jsonb_array_elements(c.details) d
  WHERE c.duplicate > 0 AND c.import_id <> $1
    AND c.feed_id IN (
      SELECT f.id FROM feed f WHERE f.key_scope_id = (SELECT o.key_scope_id FROM feed o WHERE o.id = $2))
    AND c.ended_at >= (SELECT started_at FROM import WHERE id = $1)
    AND c.details @> jsonb_build_array(jsonb_build_array($1::bigint))
    AND (d ->> 3)::bigint = $1 AND (d ->> 4)::int IN (SELECT record_index FROM reverted)
    AND substr(c.verdicts, (d ->> 0)::int - c.first_index + 1, 1) = 'd'
), record AS MATERIALIZED (
  SELECT import_id, index FROM pointing WHERE origins IS NULL
  UNION
  SELECT o.import_id, o.first_index + p.position - o.starts_at
  FROM (SELECT DISTINCT id, origins FROM pointing WHERE origins IS NOT NULL) c
  CROSS JOIN LATERAL origin_places(c.origins) o
  JOIN pointing p ON p.id = c.id AND p.position >= o.starts_at
    AND p.position <= o.starts_at + o.last_index - o.first_index
  WHERE o.import_id <> $1
), orphan AS (
  SELECT r.import_id, r.index FROM record r
  WHERE NOT EXISTS (SELECT FROM usage u WHERE u.import_id = r.import_id AND u.record_index = r.index AND u.kind = 0
      AND ${hasNoReversal('u')})
    AND NOT EXISTS (
      SELECT FROM exception x LEFT JOIN exception_state t USING (import_id, record_index)
      WHERE x.import_id = r.import_id AND x.record_index = r.index AND coalesce(t.status, 'open') = 'open')
)
SELECT i.tracking_id, count(*)::int AS count,
  string_agg(concat_ws(',', i.id, o.index, o.index), ',' ORDER BY o.index) AS places
FROM orphan o JOIN import i ON i.id = o.import_id
GROUP BY i.id, i.tracking_id, i.submitted_at ORDER BY i.submitted_at, i.id`;

/** @param feedId the import's feed: only feeds of its key scope can have duplicates of it */
export async function findOrphans(
  client: Pick<pg.PoolClient, 'query'>,
  importId: number,
  feedId: number,
): Promise<Orphans> {
  const rows = await selectRows<{ tracking_id: string; count: number; places: string }>(client, ORPHANS, [
    importId,
    feedId,
  ]);
  return {
    count: rows.reduce((sum, row) => sum + row.count, 0),
    trackingIds: rows.slice(0, MAX_NAMED).map((row) => row.tracking_id),
    places: rows.flatMap((row) => toJoined(row.places)),
  };
}
