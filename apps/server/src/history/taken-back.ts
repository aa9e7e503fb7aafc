import type pg from 'pg';
import { toRfc3339 } from '../common/index.js';
import type { CorrectionOperation, TakenBackView } from './correction-view.js';
import { joinDecidedAgain } from './detail-place.js';

interface TakenBackRow extends CorrectionColumns {
  tracking_id: string;
  index: number;
  reason: string | null;
  ended_at: string;
}

/** What is known of a correction `c`; null where an import is none. */
export interface CorrectionColumns {
  readonly operation: CorrectionOperation | null;
  readonly correction_reason: string | null;
  readonly actor: string | null;
}

export const CORRECTION_COLUMNS = 'c.operation, c.reason AS correction_reason, c.actor';

export const toCorrection = ({ operation, correction_reason: reason, actor: by }: CorrectionColumns) =>
  operation === null ? null : { operation, reason: reason!, by: by! };

/**
 * Other records that took the usage of one back: the details of the chunk that decided say whose it was. Containment
 * picks the chunks.
 */
const TAKEN_BACK = `
SELECT coalesce(s.tracking_id, i.tracking_id) AS tracking_id, coalesce(o.index, (d ->> 0)::int) AS index, d ->> 1 AS reason,
  h.ended_at, ${CORRECTION_COLUMNS}
FROM (SELECT DISTINCT produced_by FROM usage WHERE import_id = $1 AND record_index = $2 AND kind = 1) r
JOIN import i ON i.id = r.produced_by
JOIN chunk h ON h.import_id = i.id AND h.details @> jsonb_build_array(jsonb_build_array($1::bigint, $2::int))
CROSS JOIN LATERAL jsonb_array_elements(h.details) d
${joinDecidedAgain('h')}
LEFT JOIN import s ON s.id = o.import_id
LEFT JOIN correction c ON c.import_id = i.id
WHERE (d ->> 3)::bigint = $1 AND (d ->> 4)::int = $2
  AND substr(h.verdicts, (d ->> 0)::int - h.first_index + 1, 1) <> 'd'
  AND (coalesce(o.import_id, i.id), coalesce(o.index, (d ->> 0)::int)) <> ($1, $2)
ORDER BY h.ended_at, h.id`;

/** The records in whose favour the usage of a record was reversed, oldest first. */
export async function takenBackBy(pool: pg.Pool, importId: number, index: number): Promise<TakenBackView[]> {
  const { rows } = await pool.query<TakenBackRow>(TAKEN_BACK, [importId, index]);
  return rows.map((row) => ({
    trackingId: row.tracking_id,
    index: row.index,
    reason: row.reason,
    at: toRfc3339(row.ended_at),
    correction: toCorrection(row),
  }));
}
