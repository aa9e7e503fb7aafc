import type pg from 'pg';
import type { TimedQuery } from './timed-query.js';

const ANSWER_MS = 3000;

export type RunStatus = 'queued' | 'processing' | 'completed' | 'failed';

export interface Counts {
  readonly total: number;
  readonly imported: number;
  readonly exception: number;
  readonly skipped: number;
  readonly duplicate: number;
  readonly pending: number;
}

/** What stands in the way of an import that was not stored. */
export interface Standing {
  readonly enabled: boolean;
  readonly published: boolean;
  /** What the idempotency key holds. */
  readonly earlier: EarlierImport | null;
}

/** The import that an idempotency key was first sent with, as it is now. */
export interface EarlierImport {
  readonly sha256: Buffer;
  readonly trackingId: string;
  readonly status: RunStatus;
  readonly counts: Counts;
}

interface Row extends Omit<Counts, 'pending'> {
  enabled: boolean;
  published: boolean;
  sha256: Buffer | null;
  tracking_id: string;
  status: 'running' | 'completed' | 'failed';
  has_started: boolean | null;
}

const TEXT = `
SELECT f.enabled, p.published_version_id IS NOT NULL AS published, x.sha256, i.tracking_id, i.status, i.total,
  coalesce(i.imported, c.imported, 0) AS imported, coalesce(i.exception, c.exception, 0) AS exception,
  coalesce(i.skipped, c.skipped, 0) AS skipped, coalesce(i.duplicate, c.duplicate, 0) AS duplicate, c.has_started
FROM feed f
JOIN profile p ON p.id = f.profile_id
LEFT JOIN idempotency x ON x.feed_id = f.id AND x.key = $2 AND x.expires_at >= now()
LEFT JOIN import i ON i.id = x.import_id
LEFT JOIN LATERAL (
  SELECT bool_or(started_at IS NOT NULL) AS has_started, sum(imported)::integer AS imported,
    sum(exception)::integer AS exception, sum(skipped)::integer AS skipped, sum(duplicate)::integer AS duplicate
  FROM chunk WHERE import_id = i.id
) c ON i.status = 'running'
WHERE f.id = $1`;

/** Why an import of this feed and idempotency key was not stored; null where the feed is gone. */
export async function findStanding(
  pool: pg.Pool,
  feedId: number,
  idempotencyKey: string | null,
): Promise<Standing | null> {
  const query: TimedQuery = {
    name: 'accept-standing',
    text: TEXT,
    values: [feedId, idempotencyKey],
    query_timeout: ANSWER_MS,
  };
  const { rows } = await pool.query<Row>(query);
  const [row] = rows;
  if (!row) return null;
  const { enabled, published, sha256 } = row;
  return { enabled, published, earlier: sha256 && toEarlier(row, sha256) };
}

function toEarlier(row: Row, sha256: Buffer): EarlierImport {
  const { total, imported, exception, skipped, duplicate } = row;
  return {
    sha256,
    trackingId: row.tracking_id,
    status: row.status === 'running' ? (row.has_started ? 'processing' : 'queued') : row.status,
    counts: {
      total,
      imported,
      exception,
      skipped,
      duplicate,
      pending: total - imported - exception - skipped - duplicate,
    },
  };
}
