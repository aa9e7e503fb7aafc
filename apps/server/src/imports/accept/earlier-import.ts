import type pg from 'pg';
import {
  JOIN_CHUNKS,
  PROGRESS_COLUMNS,
  type Progress,
  type ProgressRow,
  toProgress,
} from './import-progress.js';
import type { TimedQuery } from '../timed-query.js';

const ANSWER_MS = 3000;

/** What stands in the way of an import that was not stored. */
export interface Standing {
  readonly enabled: boolean;
  readonly published: boolean;
  /** What the idempotency key holds. */
  readonly earlier: EarlierImport | null;
}

/** The import that an idempotency key was first sent with, as it is now. */
export interface EarlierImport extends Progress {
  readonly sha256: Buffer;
}

interface Row extends ProgressRow {
  enabled: boolean;
  published: boolean;
  sha256: Buffer | null;
}

const TEXT = `
SELECT f.enabled, p.published_version_id IS NOT NULL AS published, x.sha256, ${PROGRESS_COLUMNS}
FROM feed f
JOIN profile p ON p.id = f.profile_id
LEFT JOIN idempotency x ON x.feed_id = f.id AND x.key = $2 AND x.expires_at >= now()
LEFT JOIN import i ON i.id = x.import_id
${JOIN_CHUNKS}
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
  return { enabled, published, earlier: sha256 && { sha256, ...toProgress(row) } };
}
