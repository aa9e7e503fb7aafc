import type { Conditions } from '../common/index.js';
import { FROM_EXCEPTIONS } from '../exceptions/index.js';
import type { ChosenRecords } from './eligible-records.js';

const NOT_OPEN = `WHEN coalesce(t.status, 'open') <> 'open' THEN 'not_open'`;

/**
 * The records of exceptions.
 * @param where over `FROM_EXCEPTIONS`
 * @param mode `exceptions`: only those that are open
 */
export function recordsOfExceptions(where: Conditions, mode: 'exceptions' | 'all'): ChosenRecords {
  const isAll = mode === 'all';
  return ofExceptions(where, isAll ? 'NULL::text' : `CASE ${NOT_OPEN} END`, isAll);
}

/**
 * The records of open conflicts.
 * @param where over `FROM_EXCEPTIONS`
 */
export function conflicts(where: Conditions): ChosenRecords {
  const obstacle = `CASE ${NOT_OPEN} WHEN e.code <> 'usage_key_conflict' THEN 'not_a_conflict' END`;
  return ofExceptions(where, obstacle, false);
}

/** Runs of records that follow each other are one. */
function ofExceptions(where: Conditions, obstacle: string, needsBody: boolean): ChosenRecords {
  const sql = `
  SELECT import_id, min(record_index) AS first_index, max(record_index) AS last_index, is_test, reference_version, obstacle
  FROM (
    SELECT *, record_index - row_number() OVER (PARTITION BY import_id, is_test, reference_version, obstacle
      ORDER BY record_index) AS run
    FROM (
      SELECT e.import_id, e.record_index, h.is_test, h.reference_version, ${obstacle} AS obstacle ${FROM_EXCEPTIONS}
      JOIN chunk h ON h.import_id = e.import_id AND e.record_index >= h.first_index
        AND e.record_index < h.first_index + h.total ${where}
    ) x
  ) y GROUP BY import_id, is_test, reference_version, obstacle, run`;
  return { sql, values: where.values, needsBody };
}

/**
 * All records of imports that were accepted, none of corrections.
 * @param where over imports `i`
 */
export function recordsOfImports(where: Conditions): ChosenRecords {
  const sql = `
  SELECT h.import_id, h.first_index, h.first_index + h.total - 1 AS last_index, h.is_test, h.reference_version,
    NULL::text AS obstacle
  FROM import i JOIN chunk h ON h.import_id = i.id ${where}`;
  return { sql, values: where.values, needsBody: true };
}

/** Records by their places. */
export function recordsAt(places: readonly number[]): ChosenRecords {
  const sql = `
  SELECT h.import_id, greatest(w.first_index, h.first_index) AS first_index,
    least(w.last_index, h.first_index + h.total - 1) AS last_index, h.is_test, h.reference_version, NULL::text AS obstacle
  FROM unnest($1::bigint[], $2::int[], $3::int[]) AS w (import_id, first_index, last_index)
  JOIN chunk h ON h.import_id = w.import_id AND h.first_index <= w.last_index AND h.first_index + h.total > w.first_index`;
  const column = (n: number) => places.filter((_, at) => at % 3 === n);
  return { sql, values: [column(0), column(1), column(2)], needsBody: true };
}
