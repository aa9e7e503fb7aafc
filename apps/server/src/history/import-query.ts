import type { CorrectionOperation } from './correction-view.js';

/** Corrections of more records do not say in lists where those stand, nor of more alone: each would be looked up. */
const MAX_COUNTED = { list: 1000, single: 100_000 } as const;

/**
 * Of records of an import, by its id or more: with live usage, and with usage that has all been reversed where they are no
 * exception since. Each record is counted once.
 */
const countUsage = (where: string): string => `
  SELECT count(*) FILTER (WHERE r.standing > 0)::int AS live,
    count(*) FILTER (WHERE r.standing = 0 AND coalesce(t.status, 'reprocessed') = 'reprocessed')::int AS reverted
  FROM (
    SELECT import_id, record_index, sum(CASE kind WHEN 0 THEN 1 ELSE -1 END) AS standing
    FROM usage WHERE ${where} GROUP BY import_id, record_index
  ) r LEFT JOIN exception_state t USING (import_id, record_index)`;

/** Whether an exception `x` with its state `t` is the present one of its record, and where it stands. */
const stands = (status: 'open' | 'superseded' | 'discarded'): string =>
  `x.attempt = coalesce(t.attempt, 0) AND coalesce(t.status, 'open') = '${status}'`;

const OF_PLACE = 'import_id = p.import_id AND record_index >= p.first_index AND record_index <= p.last_index';

/** The same counts over the records that a correction `i` decided again. */
const COUNT_ORIGINS = `
  SELECT sum(u.live)::int AS live, sum(u.reverted)::int AS reverted, sum(e.open)::int AS open,
    sum(e.superseded)::int AS superseded, sum(e.discarded)::int AS discarded
  FROM chunk h CROSS JOIN LATERAL origin_places(h.origins) p
  CROSS JOIN LATERAL (${countUsage(OF_PLACE)}) u
  CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE ${stands('open')}) AS open, count(*) FILTER (WHERE ${stands('superseded')}) AS superseded,
      count(*) FILTER (WHERE ${stands('discarded')}) AS discarded
    FROM exception x LEFT JOIN exception_state t USING (import_id, record_index) WHERE ${OF_PLACE}
  ) e
  WHERE h.import_id = i.id`;

/**
 * The imports of a CTE `page`, each with its counts, its reasons and where its records stand: one
 * statement, so one snapshot, in which the counts add up. Every lateral part reads by an index that
 * begins with the import. Where nothing was corrected, what was imported is what is live, and the
 * ledger is not read. Where facts have left, what would count them is null.
 */
export const selectImports = (page: string, of: 'list' | 'single'): string => `
WITH page AS MATERIALIZED (${page})
SELECT i.id, i.key_id, i.tracking_id, i.channel, i.status, i.source, i.total, i.submitted_at, i.ended_at,
  coalesce(i.started_at, c.started_at) AS started_at,
  coalesce(i.imported, c.imported, 0) AS imported, coalesce(i.exception, c.exception, 0) AS exception,
  coalesce(i.skipped, c.skipped, 0) AS skipped, coalesce(i.duplicate, c.duplicate, 0) AS duplicate,
  coalesce(i.usage_count, c.usage_count, 0) AS usage_count, i.error_code, i.error_message,
  f.id AS feed_id, f.name AS feed_name, f.api_name AS feed_api_name,
  p.id AS profile_id, p.name AS profile_name, v.version AS profile_version, coalesce(k.name, q.actor) AS submitted_by,
  q.operation, q.reason,
  o.tracking_id AS reprocess_of, r.tracking_id AS reverted_by,
  s.reasons AS skip_reasons, coalesce(again.reasons, i.exception_reasons, to_jsonb(e.reasons)) AS exception_reasons,
  coalesce(z.open, e.open) AS open, coalesce(z.superseded, e.superseded) AS superseded,
  coalesce(z.discarded, e.discarded) AS discarded, coalesce(again.unrated, i.exceptions_unrated, e.unrated) AS unrated,
  gone.bodies AS bodies_expired_at, gone.exceptions AS exceptions_expired_at, gone.usage AS usage_expired_at,
  left_by.usage AS has_lost_usage, left_by.exceptions AS has_lost_exceptions,
  CASE WHEN q.import_id IS NOT NULL THEN z.live WHEN a.corrected THEN u.live
    ELSE coalesce(i.imported, c.imported, 0) - n.cancels END AS live,
  CASE WHEN q.import_id IS NOT NULL THEN z.reverted ELSE u.reverted END AS reverted
FROM page i
JOIN feed f ON f.id = i.feed_id
JOIN profile_version v ON v.id = i.profile_version_id
JOIN profile p ON p.id = v.profile_id
LEFT JOIN api_key k ON k.id = i.key_id
LEFT JOIN correction q ON q.import_id = i.id
LEFT JOIN import o ON o.id = i.reprocess_of
LEFT JOIN import r ON r.id = i.reverted_by
LEFT JOIN LATERAL (
  SELECT min(started_at) AS started_at, sum(imported)::int AS imported, sum(exception)::int AS exception,
    sum(skipped)::int AS skipped, sum(duplicate)::int AS duplicate, sum(usage_count)::int AS usage_count
  FROM chunk WHERE import_id = i.id
) c ON i.status = 'running'
LEFT JOIN LATERAL (
  SELECT json_object_agg(reason, records) AS reasons FROM (
    SELECT d ->> 1 AS reason, count(*) AS records
    FROM chunk h CROSS JOIN LATERAL jsonb_array_elements(h.details) d
    WHERE h.import_id = i.id AND h.skipped > 0 AND substr(h.verdicts, (d ->> 0)::int - h.first_index + 1, 1) = 's'
    GROUP BY 1
  ) by_reason
) s ON true
LEFT JOIN LATERAL (
  SELECT json_object_agg(code, decided) FILTER (WHERE decided > 0) AS reasons, sum(open)::int AS open,
    sum(superseded)::int AS superseded, sum(discarded)::int AS discarded,
    sum(unrated)::int AS unrated
  FROM (
    SELECT x.code, count(*) FILTER (WHERE x.produced_by = i.id) AS decided,
      count(*) FILTER (WHERE x.produced_by = i.id AND x.stage IN ('resolve', 'rate')) AS unrated,
      count(*) FILTER (WHERE ${stands('open')}) AS open,
      count(*) FILTER (WHERE ${stands('superseded')}) AS superseded,
      count(*) FILTER (WHERE ${stands('discarded')}) AS discarded
    FROM exception x LEFT JOIN exception_state t USING (import_id, record_index)
    WHERE x.import_id = i.id GROUP BY x.code
  ) by_code
) e ON true
LEFT JOIN LATERAL (
  SELECT jsonb_object_agg(code, decided) AS reasons, sum(unrated)::int + coalesce(i.exceptions_unrated, 0) AS unrated
  FROM (
    SELECT code, sum(decided) AS decided, sum(unrated) AS unrated FROM (
      SELECT code, count(*) AS decided, count(*) FILTER (WHERE stage IN ('resolve', 'rate')) AS unrated
      FROM exception WHERE produced_by = i.id AND produced_by <> import_id
        AND import_id >> 32 NOT IN (SELECT block_id FROM expired_facts WHERE fact = 'exceptions')
      GROUP BY code
      UNION ALL SELECT key, value::bigint, 0 FROM jsonb_each_text(i.exception_reasons)
    ) here_and_gone GROUP BY code
  ) by_code
) again ON i.channel IN ('reprocess', 'revert')
CROSS JOIN LATERAL (
  SELECT count(*)::int AS cancels FROM chunk h CROSS JOIN LATERAL jsonb_array_elements(h.details) d
  WHERE h.import_id = i.id AND h.imported > 0 AND d ->> 1 = 'cancels'
    AND substr(h.verdicts, (d ->> 0)::int - h.first_index + 1, 1) = 'i'
) n
CROSS JOIN LATERAL (
  SELECT EXISTS (SELECT FROM usage WHERE import_id = i.id AND (kind = 1 OR produced_by <> import_id)) AS corrected
) a
CROSS JOIN LATERAL (${countUsage('import_id = i.id AND a.corrected')}) u
LEFT JOIN LATERAL (${COUNT_ORIGINS}) z ON q.import_id IS NOT NULL AND i.total <= ${MAX_COUNTED[of]}
CROSS JOIN LATERAL (
  SELECT min(expired_at) FILTER (WHERE fact = 'bodies') AS bodies, min(expired_at) FILTER (WHERE fact = 'usage') AS usage,
    min(expired_at) FILTER (WHERE fact = 'exceptions') AS exceptions
  FROM expired_facts WHERE block_id = i.id >> 32
) gone
CROSS JOIN LATERAL (
  SELECT coalesce(bool_or(fact = 'usage'), false) AS usage, coalesce(bool_or(fact = 'exceptions'), false) AS exceptions
  FROM expired_facts
  WHERE CASE WHEN q.import_id IS NULL THEN block_id = i.id >> 32
    ELSE i.total <= ${MAX_COUNTED[of]} AND block_id IN (
      SELECT p.import_id >> 32 FROM chunk h CROSS JOIN LATERAL origin_places(h.origins) p WHERE h.import_id = i.id) END
) left_by
ORDER BY i.submitted_at DESC, i.id DESC`;

export interface ImportRow {
  readonly id: number;
  readonly key_id: number | null;
  readonly tracking_id: string;
  readonly channel: 'api' | 'file' | 'reprocess' | 'revert';
  readonly status: 'running' | 'completed' | 'failed';
  readonly source: string | null;
  readonly total: number;
  readonly submitted_at: string;
  readonly started_at: string | null;
  readonly ended_at: string | null;
  readonly imported: number;
  readonly exception: number;
  readonly skipped: number;
  readonly duplicate: number;
  readonly usage_count: number;
  readonly error_code: string | null;
  readonly error_message: string | null;
  readonly feed_id: number;
  readonly feed_name: string;
  readonly feed_api_name: string;
  readonly profile_id: number;
  readonly profile_name: string;
  readonly profile_version: number;
  readonly submitted_by: string | null;
  /** Of a correction: what it does with its records, and why. */
  readonly operation: CorrectionOperation | null;
  readonly reason: string | null;
  readonly reprocess_of: string | null;
  readonly reverted_by: string | null;
  readonly skip_reasons: Record<string, number> | null;
  readonly exception_reasons: Record<string, number> | null;
  readonly open: number | null;
  readonly superseded: number | null;
  readonly discarded: number | null;
  /** Exceptions of this run that were usage already, and found no owner or no rate. */
  readonly unrated: number | null;
  /** Null of a large correction, as those above are. */
  readonly live: number | null;
  readonly reverted: number | null;
  readonly bodies_expired_at: string | null;
  readonly exceptions_expired_at: string | null;
  readonly usage_expired_at: string | null;
  /** Of its records, which came with other imports where it is a correction. */
  readonly has_lost_usage: boolean;
  readonly has_lost_exceptions: boolean;
}
