import { type StatusChangeRow, joinSettledBy, statusChangeColumns } from '../history/index.js';

/**
 * The exceptions of a CTE `page` (rows of `exception` with their state), with all they name; newest first. The raw record
 * is that of the first attempt: later ones may have been made of a correction, which is what was `decided` then.
 */
export const selectExceptions = (page: string): string => `
WITH page AS MATERIALIZED (${page})
SELECT e.import_id, e.record_index, e.feed_id, e.created_at, e.stage, e.step, e.code, e.field, e.message, e.details,
  e.missing_value, e.fingerprint, e.usage_key, e.record, e.status, o.tracking_id, o.key_id, o.source,
  w.tracking_id AS resolved_by_tracking_id, f.name AS feed_name, f.api_name AS feed_api_name, ${statusChangeColumns('e')},
  coalesce(v.revision, 0) AS revision, v.raw AS corrected, CASE WHEN e.attempt > 0 THEN e.raw END AS decided,
  CASE WHEN e.attempt = 0 THEN e.raw ELSE (
    SELECT raw FROM exception WHERE import_id = e.import_id AND record_index = e.record_index ORDER BY attempt LIMIT 1
  ) END AS raw
FROM page e
JOIN import o ON o.id = e.import_id
JOIN feed f ON f.id = e.feed_id${joinSettledBy('e')}
LEFT JOIN LATERAL (
  SELECT revision, raw FROM record_revision
  WHERE import_id = e.import_id AND record_index = e.record_index ORDER BY revision DESC LIMIT 1
) v ON true
ORDER BY e.created_at DESC, e.import_id DESC, e.record_index DESC`;

/** Columns of a page. Without a state an exception is open. */
export const EXCEPTION_COLUMNS = `e.import_id, e.record_index, e.attempt, e.feed_id, e.created_at, e.stage, e.step, e.code,
  e.field, e.message, e.details, e.missing_value, encode(e.fingerprint, 'hex') AS fingerprint, e.usage_key, e.raw, e.record,
  coalesce(t.status, 'open') AS status, t.resolved_by, t.reason, t.changed_by, t.changed_at`;

/** The table with its states, the present attempt of each record alone, and its imports as `i`. */
export const FROM_EXCEPTIONS = `FROM exception e LEFT JOIN exception_state t USING (import_id, record_index)
  JOIN import i ON i.id = e.import_id AND e.attempt = coalesce(t.attempt, 0)`;

/** When an attempt was made: its record was rejected once more, or for the first time. */
export const REJECTED_AT = 'coalesce(e.rejected_at, e.created_at)';

/** The place of an exception in the order of groups: microseconds, import, index. */
export const PLACE = `ARRAY[(extract(epoch FROM ${REJECTED_AT}) * 1000000)::bigint, e.import_id, e.record_index]`;

/** Groups of equal fingerprints in the order of what was rejected last, which is also their sample. */
export const selectGroups = (where: string, having: string, limit: number): string => `
WITH grouped AS MATERIALIZED (
  SELECT e.fingerprint, count(*)::int AS count, min(e.created_at) AS first_seen_at, max(${REJECTED_AT}) AS last_seen_at,
    max(${PLACE}) AS newest
  ${FROM_EXCEPTIONS} ${where}
  GROUP BY e.fingerprint ${having} ORDER BY newest DESC LIMIT ${limit}
)
SELECT encode(g.fingerprint, 'hex') AS fingerprint, g.count, g.first_seen_at, g.last_seen_at,
  e.import_id, e.record_index, e.stage, e.step, e.code, e.field, e.message, e.missing_value, e.usage_key, e.raw, e.record,
  g.newest[1] AS newest
FROM grouped g JOIN exception e ON e.import_id = g.newest[2] AND e.record_index = g.newest[3]
LEFT JOIN exception_state t USING (import_id, record_index)
WHERE e.attempt = coalesce(t.attempt, 0)
ORDER BY g.newest DESC`;

/** Values of one group that are shown. */
const SHOWN_VALUES = 10;

/** What look-ups of the groups with these fingerprints missed, the most frequent first. */
export const selectMissing = (where: string): string => `
SELECT encode(fingerprint, 'hex') AS fingerprint, missing_kind AS kind, max(values)::int AS "distinctValues",
  json_agg(json_build_object('type', missing_type, 'value', missing_value, 'count', records) ORDER BY place) AS values
FROM (
  SELECT *, row_number() OVER (PARTITION BY fingerprint, missing_kind ORDER BY records DESC, missing_type, missing_value) AS place,
    count(*) OVER (PARTITION BY fingerprint, missing_kind) AS values
  FROM (
    SELECT e.fingerprint, e.missing_kind, e.missing_type, e.missing_value, count(*)::int AS records
    ${FROM_EXCEPTIONS} ${where} GROUP BY 1, 2, 3, 4
  ) by_value
) ranked WHERE place <= ${SHOWN_VALUES} GROUP BY 1, 2`;

type Stage = 'decode' | 'mediate' | 'resolve' | 'rate' | 'store';

interface Cause {
  readonly import_id: number;
  readonly record_index: number;
  readonly stage: Stage;
  readonly step: string | null;
  readonly code: string;
  readonly field: string | null;
  readonly message: string;
  readonly missing_value: string | null;
  readonly usage_key: string | null;
  readonly fingerprint: string;
  /** JSON texts. */
  readonly raw: string;
  readonly record: string | null;
}

export interface ExceptionRow extends Cause, StatusChangeRow {
  readonly feed_id: number;
  readonly created_at: string;
  /** JSON text, as are `decided` and `corrected`. */
  readonly details: string | null;
  readonly status: 'open' | 'reprocessed' | 'superseded' | 'discarded';
  readonly revision: number;
  /** The last revision; null where there is none. */
  readonly corrected: string | null;
  /** What was rejected last; null where that was what was sent. */
  readonly decided: string | null;
  readonly tracking_id: string;
  /** The key that it was sent with. */
  readonly key_id: number | null;
  readonly source: string | null;
  readonly resolved_by_tracking_id: string | null;
  readonly feed_name: string;
  readonly feed_api_name: string;
}

export interface MissingRow {
  readonly fingerprint: string;
  readonly kind: 'identifier' | 'rate' | 'table';
  readonly distinctValues: number;
  readonly values: readonly {
    readonly type: string | null;
    readonly value: string;
    readonly count: number;
  }[];
}

export interface GroupRow extends Cause {
  readonly count: number;
  readonly first_seen_at: string;
  readonly last_seen_at: string;
  /** Microseconds since 1970. */
  readonly newest: number;
}
