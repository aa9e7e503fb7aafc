import type pg from 'pg';
import type { RecordPlace, UsageRef } from '../common/index.js';

/** How a record was decided: by which profile version and reference data, and on what. */
export interface DecidedRecord {
  readonly feedId: number;
  readonly profileVersionId: number;
  readonly profile: { readonly name: string; readonly version: number };
  readonly referenceVersion: number;
  /** Counted from 1; 0 is what was sent. */
  readonly revision: number;
  /** JSON text of the revision; null for what was sent. */
  readonly revised: string | null;
  /** Of an exception: it was corrected after it was decided. */
  readonly isCorrectedSince: boolean;
}

const COLUMNS = `d.feed_id AS "feedId", v.id AS "profileVersionId", json_build_object('name', p.name, 'version', v.version) AS profile,
  coalesce(c.reference_version, (SELECT current FROM reference_version)) AS "referenceVersion"`;

/** The profile version and the chunk that decided a row `d` of a record. */
const JOINS = `
JOIN profile_version v ON v.id = d.profile_version_id JOIN profile p ON p.id = v.profile_id
LEFT JOIN LATERAL (
  SELECT h.reference_version FROM chunk h
  WHERE h.import_id = d.produced_by AND CASE WHEN h.origins IS NULL
    THEN d.record_index >= h.first_index AND d.record_index < h.first_index + h.total
    ELSE h.id IN (SELECT chunk_id FROM correction_origin WHERE import_id = d.import_id) AND EXISTS (
      SELECT FROM origin_places(h.origins) o
      WHERE o.import_id = d.import_id AND o.first_index <= d.record_index AND o.last_index >= d.record_index) END
  LIMIT 1
) c ON true`;

/** What an amendment makes of a record becomes its revision behind the entry that it writes. */
const OF_USAGE = `
SELECT ${COLUMNS}, coalesce(r.revision, 0) + coalesce(x.operation = 'amend', false)::int AS revision,
  coalesce(x.amended, r.raw) AS revised, false AS "isCorrectedSince"
FROM usage d JOIN posting t ON t.id = d.posting_id ${JOINS}
LEFT JOIN correction x ON x.import_id = d.produced_by
LEFT JOIN LATERAL (
  SELECT revision, raw FROM record_revision
  WHERE import_id = d.import_id AND record_index = d.record_index AND created_at <= t.posted_at
  ORDER BY revision DESC LIMIT 1
) r ON true
WHERE (d.import_id, d.record_index, d.part, d.generation, d.kind) = ($1, $2, $3, $4, 0)`;

const OF_EXCEPTION = `
SELECT ${COLUMNS}, coalesce(r.revision, 0) AS revision, r.raw AS revised,
  coalesce(r.created_at > d.created_at, false) AS "isCorrectedSince"
FROM (
  SELECT e.*, w.profile_version_id FROM exception e JOIN import w ON w.id = e.produced_by
  LEFT JOIN exception_state s USING (import_id, record_index)
  WHERE e.import_id = $1 AND e.record_index = $2 AND e.attempt = coalesce(s.attempt, 0)
) d ${JOINS}
LEFT JOIN LATERAL (
  SELECT revision, raw, created_at FROM record_revision
  WHERE import_id = d.import_id AND record_index = d.record_index ORDER BY revision DESC LIMIT 1
) r ON true`;

/** How an entry of the ledger came to be; of a reversal what it reverses. */
export async function decidedUsage(pool: pg.Pool, ref: UsageRef): Promise<DecidedRecord> {
  const values = [ref.importId, ref.index, ref.part, ref.generation];
  const { rows } = await pool.query<DecidedRecord>(OF_USAGE, values);
  return rows[0]!;
}

/** How an exception was decided the last time, and its last revision. */
export async function decidedException(pool: pg.Pool, place: RecordPlace): Promise<DecidedRecord> {
  const { rows } = await pool.query<DecidedRecord>(OF_EXCEPTION, [place.importId, place.index]);
  return rows[0]!;
}
