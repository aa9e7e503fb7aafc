import type pg from 'pg';
import { type RecordPlace, toExceptionId, toUsageId } from '../common/index.js';
import type { RecordNow } from './record-view.js';
import { type StatusChangeRow, joinSettledBy, statusChangeColumns, toStatusChange } from './status-change.js';

interface StandingRow extends StatusChangeRow {
  live: [part: number, generation: number][] | null;
  exception: boolean;
  status: 'open' | 'reprocessed' | 'superseded' | 'discarded';
  resolved_by: string | null;
}

/** Of records, in the order given, by the primary keys of what they became. */
const STANDING = `
SELECT x.import_id IS NOT NULL AS exception, coalesce(t.status, 'open') AS status, w.tracking_id AS resolved_by,
  ${statusChangeColumns('t')}, (
  SELECT json_agg(json_build_array(u.part, u.generation) ORDER BY u.part, u.generation) FROM usage u
  WHERE u.import_id = p.import_id AND u.record_index = p.record_index AND u.kind = 0 AND NOT EXISTS (
    SELECT FROM usage r WHERE r.kind = 1
      AND (r.import_id, r.record_index, r.part, r.generation) = (u.import_id, u.record_index, u.part, u.generation)
  )
) AS live
FROM unnest($1::bigint[], $2::int[]) WITH ORDINALITY AS p (import_id, record_index, n)
LEFT JOIN exception_state t ON t.import_id = p.import_id AND t.record_index = p.record_index
LEFT JOIN exception x ON x.import_id = p.import_id AND x.record_index = p.record_index
  AND x.attempt = coalesce(t.attempt, 0)
${joinSettledBy('t')}
ORDER BY p.n`;

/** Where records stand today, whoever moved them; in the order given. */
export async function standingsOf(pool: pg.Pool, records: readonly RecordPlace[]): Promise<RecordNow[]> {
  const places = [records.map(({ importId }) => importId), records.map(({ index }) => index)];
  const { rows } = await pool.query<StandingRow>(STANDING, places);
  return rows.map((row, n) => toNow(records[n]!, row));
}

function toNow({ importId, index }: RecordPlace, row: StandingRow): RecordNow {
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
