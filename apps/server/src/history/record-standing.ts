import type pg from 'pg';
import { toExceptionId, toUsageId } from '../common/index.js';
import type { RecordNow } from './record-view.js';
import { type StatusChangeRow, joinSettledBy, statusChangeColumns, toStatusChange } from './status-change.js';

interface StandingRow extends StatusChangeRow {
  live: [part: number, generation: number][] | null;
  exception: boolean;
  status: 'open' | 'reprocessed' | 'superseded' | 'discarded';
  resolved_by: string | null;
}

/** Of one record, by the primary keys of what it became. */
const STANDING = `
SELECT x.import_id IS NOT NULL AS exception, coalesce(t.status, 'open') AS status, w.tracking_id AS resolved_by,
  ${statusChangeColumns('t')}, (
  SELECT json_agg(json_build_array(u.part, u.generation) ORDER BY u.part, u.generation) FROM usage u
  WHERE u.import_id = p.import_id AND u.record_index = p.record_index AND u.kind = 0 AND NOT EXISTS (
    SELECT FROM usage r WHERE r.kind = 1
      AND (r.import_id, r.record_index, r.part, r.generation) = (u.import_id, u.record_index, u.part, u.generation)
  )
) AS live
FROM (VALUES ($1::bigint, $2::int)) AS p (import_id, record_index)
LEFT JOIN exception_state t ON t.import_id = p.import_id AND t.record_index = p.record_index
LEFT JOIN exception x ON x.import_id = p.import_id AND x.record_index = p.record_index
  AND x.attempt = coalesce(t.attempt, 0)
${joinSettledBy('t')}`;

/** Where a record stands today, whoever moved it. */
export async function standingOf(pool: pg.Pool, importId: number, index: number): Promise<RecordNow> {
  const { rows } = await pool.query<StandingRow>(STANDING, [importId, index]);
  const [row] = rows as [StandingRow];
  const { live, exception, status, resolved_by: resolvedBy } = row;
  return {
    liveUsageIds: (live ?? []).map(([part, generation]) =>
      toUsageId({ kind: 'usage', importId, index, part, generation }),
    ),
    exception: exception
      ? { id: toExceptionId({ importId, index }), status, resolvedBy, changed: toStatusChange(row) }
      : null,
  };
}
