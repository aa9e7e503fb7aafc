import type pg from 'pg';
import { type UsageRef, toRfc3339, toUsageId } from '../common/index.js';
import type { ReversalView } from './explain-view.js';

interface Row {
  tracking_id: string;
  posted_at: string;
  operation: string | null;
  reason: string | null;
  by_index: number | null;
}

/** The reversal of an entry, and the record of the same import that replaced or cancelled it, which is no duplicate of it. */
const REVERSAL = `
SELECT w.tracking_id, t.posted_at, x.operation, x.reason, b.index AS by_index
FROM usage r JOIN import w ON w.id = r.produced_by JOIN posting t ON t.id = r.posting_id
LEFT JOIN correction x ON x.import_id = r.produced_by
LEFT JOIN LATERAL (
  SELECT (d ->> 0)::int AS index FROM chunk h CROSS JOIN LATERAL jsonb_array_elements(h.details) d
  WHERE h.import_id = r.produced_by AND h.origins IS NULL
    AND (d ->> 3)::bigint = r.import_id AND (d ->> 4)::int = r.record_index
    AND substr(h.verdicts, (d ->> 0)::int - h.first_index + 1, 1) <> 'd'
  LIMIT 1
) b ON true
WHERE (r.import_id, r.record_index, r.part, r.generation, r.kind) = ($1, $2, $3, $4, 1)`;

/** What has reversed an entry; null where it is live. */
export async function readReversal(pool: pg.Pool, ref: UsageRef): Promise<ReversalView | null> {
  const { rows } = await pool.query<Row>(REVERSAL, [ref.importId, ref.index, ref.part, ref.generation]);
  const [row] = rows;
  if (!row) return null;
  const { tracking_id: trackingId, operation, reason, by_index: index } = row;
  return {
    id: toUsageId({ ...ref, kind: 'reversal' }),
    trackingId,
    postedAt: toRfc3339(row.posted_at),
    operation,
    reason,
    by: index === null ? null : { trackingId, index },
  };
}
