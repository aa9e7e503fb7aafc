import type pg from 'pg';
import { byIndexOnly } from '../../database/index.js';
import type { DueChunk } from './doorbell.js';

/** Dispatchers of all processes take turns. */
const DISPATCH_LOCK = 7_301_994_222;
/** A chunk that was rung for and has no lease after so long is rung for again. */
const RING_AGAIN_SECONDS = 5;
const MIN_WINDOW = 8;
/** Chunks in the window per worker slot. */
const PER_SLOT = 4;
/** Of the window, at most: however many feeds are corrected, fresh usage has the rest to itself. */
const CORRECTIONS_SHARE = 0.5;

export interface WindowState {
  /** Chunks to ring for now. */
  readonly due: readonly DueChunk[];
  /** Chunks in the window, these included. */
  readonly size: number;
}

/**
 * Fills the window: takes out what is done, rings again where a bell was lost, and adds pending chunks
 * round robin over feeds and kinds, the lane that has waited longest for its turn first. Corrections have a share.
 * Runs inside a transaction.
 */
export async function fillWindow(client: pg.PoolClient): Promise<WindowState> {
  await client.query(`SELECT pg_advisory_xact_lock(${DISPATCH_LOCK}); ${byIndexOnly('SET LOCAL')}`);
  const { rows } = await client.query<{ size: number; corrections: number; slots: number }>(SWEEP);
  const { size, corrections, slots } = rows[0]!;
  const again = await client.query<DueChunk>(RING_AGAIN);
  const room = Math.max(MIN_WINDOW, PER_SLOT * slots);
  const free = room - size;
  const freeForCorrections = Math.min(free, Math.max(0, CORRECTIONS_SHARE * room - corrections));
  const added = free > 0 ? await client.query<DueChunk>(FILL, [free, freeForCorrections]) : { rows: [] };
  return { due: [...again.rows, ...added.rows], size: size + added.rows.length };
}

/** Chunks that are done, or wait because their feed is paused (those of kind 2 do not), leave the window. */
const SWEEP = `
WITH swept AS (
  DELETE FROM ring r USING chunk c, feed f
  WHERE c.id = r.chunk_id AND f.id = c.feed_id
    AND (c.state = 1 OR (f.paused AND c.kind < 2 OR c.next_at > clock_timestamp()) AND (c.lease_until IS NULL OR c.lease_until < clock_timestamp()))
  RETURNING r.kind
)
SELECT (SELECT count(*) FROM ring) - (SELECT count(*) FROM swept) AS size,
  (SELECT count(*) FROM ring WHERE kind > 0) - (SELECT count(*) FROM swept WHERE kind > 0) AS corrections,
  (SELECT coalesce(sum(slots), 0) FROM worker WHERE seen_at > clock_timestamp() - interval '20 seconds')::int AS slots`;

const RING_AGAIN = `
UPDATE ring r SET rung_at = clock_timestamp()
FROM chunk c
WHERE c.id = r.chunk_id AND r.rung_at < clock_timestamp() - interval '${RING_AGAIN_SECONDS} seconds'
  AND (c.lease_until IS NULL OR c.lease_until < clock_timestamp())
RETURNING c.id, c.attempts`;

/**
 * Lanes (feed and kind) with pending chunks are found by skipping along the index; of each lane the
 * oldest due chunks are taken, one a round, lanes in the order of their last turn. At most `$1`, of them `$2` of
 * corrections.
 */
const FILL = `
WITH RECURSIVE lane AS (
  (SELECT feed_id, kind FROM chunk WHERE state = 0 ORDER BY feed_id, kind LIMIT 1)
  UNION ALL
  SELECT n.feed_id, n.kind FROM lane l CROSS JOIN LATERAL (
    SELECT feed_id, kind FROM chunk WHERE state = 0 AND (feed_id, kind) > (l.feed_id, l.kind)
    ORDER BY feed_id, kind LIMIT 1
  ) n
), candidate AS (
  SELECT l.feed_id, l.kind, c.id, c.attempts, row_number() OVER (PARTITION BY l.feed_id, l.kind ORDER BY c.id) AS round,
    coalesce(t.turn, 0) AS turn
  FROM lane l
  JOIN feed f ON f.id = l.feed_id AND (l.kind = 2 OR NOT f.paused)
  LEFT JOIN dispatch_turn t ON t.feed_id = l.feed_id AND t.kind = l.kind
  CROSS JOIN LATERAL (
    SELECT id, attempts FROM chunk
    WHERE feed_id = l.feed_id AND kind = l.kind AND state = 0 AND next_at <= clock_timestamp()
      AND (lease_until IS NULL OR lease_until < clock_timestamp())
      AND NOT EXISTS (SELECT FROM ring r WHERE r.chunk_id = chunk.id)
    ORDER BY id LIMIT CASE l.kind WHEN 0 THEN $1::int ELSE $2::int END
  ) c
), within_share AS (
  SELECT *, row_number() OVER (PARTITION BY kind > 0 ORDER BY round, turn, feed_id, kind) AS place FROM candidate
), chosen AS MATERIALIZED (
  SELECT * FROM within_share WHERE kind = 0 OR place <= $2::int ORDER BY round, turn, feed_id, kind LIMIT $1
), turned AS (
  INSERT INTO dispatch_turn (feed_id, kind, turn)
  SELECT feed_id, kind, nextval('dispatch_turn_number')
  FROM (SELECT feed_id, kind, max(round) AS round, min(turn) AS turn FROM chosen GROUP BY feed_id, kind ORDER BY 3, 4) s
  ON CONFLICT (feed_id, kind) DO UPDATE SET turn = EXCLUDED.turn
), rung AS (
  INSERT INTO ring (chunk_id, feed_id, kind) SELECT id, feed_id, kind FROM chosen ON CONFLICT DO NOTHING
)
SELECT id, attempts FROM chosen`;
