import type pg from 'pg';
import type { TimedQuery } from '../timed-query.js';

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

/** Where an import stands. */
export interface Progress {
  readonly trackingId: string;
  readonly status: RunStatus;
  readonly counts: Counts;
}

/** The columns of an import `i` and of its chunks `c`. */
export interface ProgressRow extends Omit<Counts, 'pending'> {
  readonly tracking_id: string;
  readonly status: 'running' | 'completed' | 'failed';
  readonly has_started: boolean | null;
}

export const PROGRESS_COLUMNS = `i.tracking_id, i.status, i.total,
  coalesce(i.imported, c.imported, 0) AS imported, coalesce(i.exception, c.exception, 0) AS exception,
  coalesce(i.skipped, c.skipped, 0) AS skipped, coalesce(i.duplicate, c.duplicate, 0) AS duplicate, c.has_started`;

/** Joins the sums of the chunks of an import `i` that is running. */
export const JOIN_CHUNKS = `LEFT JOIN LATERAL (
  SELECT bool_or(started_at IS NOT NULL) AS has_started, sum(imported)::integer AS imported,
    sum(exception)::integer AS exception, sum(skipped)::integer AS skipped, sum(duplicate)::integer AS duplicate
  FROM chunk WHERE import_id = i.id
) c ON i.status = 'running'`;

export function toProgress(row: ProgressRow): Progress {
  const { total, imported, exception, skipped, duplicate } = row;
  const pending = total - imported - exception - skipped - duplicate;
  return {
    trackingId: row.tracking_id,
    status: row.status === 'running' ? (row.has_started ? 'processing' : 'queued') : row.status,
    counts: { total, imported, exception, skipped, duplicate, pending },
  };
}

/** Where an import stands now; null where there is none. */
export async function readProgress(pool: pg.Pool, trackingId: string): Promise<Progress | null> {
  const query: TimedQuery = {
    name: 'accept-progress',
    text: `SELECT ${PROGRESS_COLUMNS} FROM import i ${JOIN_CHUNKS} WHERE i.tracking_id = $1`,
    values: [trackingId],
    query_timeout: ANSWER_MS,
  };
  const { rows } = await pool.query<ProgressRow>(query);
  return rows[0] ? toProgress(rows[0]) : null;
}
