import type pg from 'pg';
import { selectRows } from '../common/index.js';
import type { ChosenRecords } from './eligible-records.js';
import { hasNoReversal } from './live-records.js';

/** An import whose usage is taken back, or about to be, and whose duplicates count. */
export interface Reverted {
  readonly id: number;
  readonly trackingId: string;
  /** Only feeds of its key scope can have duplicates of it. */
  readonly feedId: number;
}

/** The selection of what reverts of an import have orphaned, as requests name it. */
export const orphanedBy = ({ trackingId }: Pick<Reverted, 'trackingId'>) => ({
  filter: { orphanedBy: trackingId },
});

/** Records of the import (`$1`) that a revert would take back. */
const REVERTIBLE = `SELECT DISTINCT record_index FROM usage u WHERE import_id = $1 AND kind = 0 AND ${hasNoReversal('u')}`;

/** Records of the import (`$1`) that were taken back by a revert, and are not live since. */
const REVERTED = `
  SELECT DISTINCT record_index FROM usage u JOIN correction c ON c.import_id = u.produced_by
  WHERE u.import_id = $1 AND u.kind = 1 AND c.operation = 'revert' AND NOT EXISTS (
    SELECT FROM usage v WHERE v.import_id = u.import_id AND v.record_index = u.record_index AND v.kind = 0
      AND (v.generation > u.generation OR ${hasNoReversal('v')}))`;

/** Skipped for these reasons, a record has not been decided: nobody wanted it any more, or it could not be said. */
const UNDECIDED = `'{cancelled,not_open,usage_too_old,usage_in_future,period_closed,step_crashed,import_failed}'::text[]`;

/** A record (`r`) was decided by a correction after it was the duplicate. */
const DECIDED_SINCE = `EXISTS (
  SELECT FROM correction_origin later JOIN chunk h ON h.id = later.chunk_id CROSS JOIN LATERAL origin_places(h.origins) o
  WHERE later.import_id = r.import_id AND h.id > r.chunk_id AND h.state = 1
    AND o.import_id = r.import_id AND r.index BETWEEN o.first_index AND o.last_index
    AND (h.skipped = 0 OR NOT EXISTS (
      SELECT FROM jsonb_array_elements(h.details) d
      WHERE (d ->> 0)::int = h.first_index + o.starts_at + r.index - o.first_index AND d ->> 1 = ANY(${UNDECIDED})
        AND substr(h.verdicts, (d ->> 0)::int - h.first_index + 1, 1) = 's')))`;

/** Nothing has the key of the record (`r`) now. */
const KEY_IS_FREE = `
  AND NOT EXISTS (SELECT FROM key_cell k WHERE k.scope_id = r.scope_id AND k.key = r.key AND k.state <> 0)`;

/**
 * Duplicates say in the details of their chunk which record they repeat. A correction's are counted in its own import,
 * and stand for the record that it decided again. What is usage or an open exception by now is no duplicate any more.
 * @param records of the import
 */
const orphansOf = (records: string, more = ''): string => `
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
    AND NOT ${DECIDED_SINCE} ${more}
)`;

const ORPHANED = orphansOf(REVERTED, KEY_IS_FREE);

/**
 * Counts the duplicates of what a revert of the import would take back now.
 * @param feedIds whose duplicates; null: of all feeds
 */
export function countOrphans(client: Sql, of: Reverted, feedIds: readonly number[] | null): Promise<number> {
  return count(client, orphansOf(REVERTIBLE), of, feedIds);
}

/** Counts the records of `recordsOrphaned`. */
export function countOrphaned(client: Sql, of: Reverted, feedIds: readonly number[] | null): Promise<number> {
  return count(client, ORPHANED, of, feedIds);
}

/**
 * The duplicates of what reverts of the import have taken back, those that came while they ran too. They would be usage
 * if they were decided again.
 * @param feedIds whose duplicates; null: of all feeds
 */
export function recordsOrphaned({ id, feedId }: Reverted, feedIds: readonly number[] | null): ChosenRecords {
  const sql = `${ORPHANED}
  SELECT o.import_id, o.index AS first_index, o.index AS last_index, h.is_test, h.reference_version, NULL::text AS obstacle
  FROM orphan o JOIN chunk h ON h.import_id = o.import_id AND o.index >= h.first_index AND o.index < h.first_index + h.total`;
  return { sql, values: [id, feedId, feedIds], needsBody: true };
}

const NAMED = `
SELECT o.id, o.tracking_id AS "trackingId", o.feed_id AS "feedId"
FROM import i JOIN import o ON o.id = CASE WHEN i.channel = 'revert' THEN i.reprocess_of ELSE i.id END
WHERE i.tracking_id = $1`;

/** The import that a tracking id names, its own or that of a revert of it. */
export async function findReverted(client: Sql, trackingId: string): Promise<Reverted | null> {
  const { rows } = await client.query<Reverted>(NAMED, [trackingId]);
  return rows[0] ?? null;
}

type Sql = Pick<pg.Pool, 'query'>;

async function count(
  client: Sql,
  orphans: string,
  { id, feedId }: Reverted,
  feedIds: readonly number[] | null,
): Promise<number> {
  const sql = `${orphans} SELECT count(*)::int AS count FROM orphan`;
  const [row] = await selectRows<{ count: number }>(client, sql, [id, feedId, feedIds]);
  return row!.count;
}
