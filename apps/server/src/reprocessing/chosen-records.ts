import type { Conditions } from '../common/index.js';
import { FROM_EXCEPTIONS } from '../exceptions/index.js';
import type { ChosenRecords } from './eligible-records.js';

/**
 * Of an import `i`: all of its usage was taken back by a revert, and nobody has asked for it again since. A
 * correction that skipped everything has not brought anything back.
 */
const IS_REVERTED = `i.reverted_by IS NOT NULL AND NOT EXISTS (
  SELECT FROM correction_origin g JOIN chunk y ON y.id = g.chunk_id JOIN correction k ON k.import_id = y.import_id
  WHERE g.import_id = i.id AND k.operation = 'all' AND y.skipped < y.total
    AND y.id > (SELECT max(id) FROM chunk WHERE import_id = i.reverted_by))`;

/** Why a record is left out that was not named but found. */
const LEFT_OUT = `CASE WHEN ${IS_REVERTED} THEN 'reverted' END`;
const NONE = 'NULL::text';

const NOT_OPEN = `WHEN coalesce(t.status, 'open') <> 'open' THEN 'not_open'`;

/**
 * The records of exceptions.
 * @param where over `FROM_EXCEPTIONS`
 * @param mode `exceptions`: only those that are open
 * @param isNamed whoever asked has named them: with `all`, those of reverted imports too
 */
export function recordsOfExceptions(
  where: Conditions,
  mode: 'exceptions' | 'all',
  isNamed = false,
): ChosenRecords {
  if (mode === 'exceptions') return ofExceptions(where, `CASE ${NOT_OPEN} END`, false);
  return ofExceptions(where, isNamed ? NONE : LEFT_OUT, true);
}

/**
 * Chosen exceptions, and of the imports that were named those that have left by retention: only their verdicts are known,
 * and that they cannot be decided again.
 */
export function withExpired(
  { sql, values, needsBody }: ChosenRecords,
  importIds: readonly number[],
): ChosenRecords {
  const expired = `
  SELECT h.import_id, h.first_index + n - 1, h.first_index + n - 1, h.is_test, h.reference_version, NULL
  FROM expired_facts x JOIN import i ON i.id >> 32 = x.block_id JOIN chunk h ON h.import_id = i.id
  CROSS JOIN LATERAL generate_series(1, h.total) n
  WHERE x.fact = 'exceptions' AND i.id = ANY($${values.length + 1}::bigint[]) AND substr(h.verdicts, n, 1) = 'e'`;
  return { sql: `${sql} UNION ALL ${expired}`, values: [...values, importIds], needsBody };
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
 * @param isNamed whoever asked has named them: those that are reverted too
 */
export function recordsOfImports(where: Conditions, isNamed = false): ChosenRecords {
  const sql = `
  SELECT h.import_id, h.first_index, h.first_index + h.total - 1 AS last_index, h.is_test, h.reference_version,
    ${isNamed ? NONE : LEFT_OUT} AS obstacle
  FROM import i JOIN chunk h ON h.import_id = i.id ${where}`;
  return { sql, values: where.values, needsBody: true };
}
