import type pg from 'pg';
import { inTransaction } from '../database/index.js';

/** Open exceptions that a change may heal, as its answer names them. */
export interface Candidates {
  /** Null where there are too many to count in time. */
  readonly count: number | null;
  /** For a reprocessing; null where nothing was changed. */
  readonly selection: { readonly healedBy: string } | null;
}

export const NO_CANDIDATES: Candidates = { count: 0, selection: null };

/** A change of reference data that has been made. */
export interface ReferenceChange {
  readonly version: number;
  readonly kind: 'identifiers' | 'rates' | 'tables';
}

/** The change of a reference version; null where there is none. */
export async function findChange(
  client: Pick<pg.Pool, 'query'>,
  version: number,
): Promise<ReferenceChange | null> {
  const { rows } = await client.query<ReferenceChange>(
    'SELECT version, kind FROM reference_change WHERE version = $1',
    [version],
  );
  return rows[0] ?? null;
}

/** Lookups of an identifier tell of its type only where they asked for one. */
const BY_IDENTIFIERS = `
  SELECT x.import_id, x.record_index, x.attempt
  FROM identifier i JOIN exception x ON x.missing_kind = 'identifier' AND x.missing_value = i.value COLLATE "default"
  WHERE i.created_version = $version AND i.closed_version IS NULL
    AND (x.missing_type IS NULL OR x.missing_type = 'Unknown' OR x.missing_type = i.type)`;

/** What is missing is `plan/class` or `plan/class/type`; a rate without a type is for all types. */
const BY_RATES = `
  SELECT x.import_id, x.record_index, x.attempt
  FROM (
    SELECT concat_ws('/', p.name, r.usage_class, r.usage_class_type) AS value, r.usage_class_type IS NULL AS is_for_all
    FROM rate r JOIN rate_plan p ON p.id = r.plan_id WHERE r.created_version = $version AND r.closed_version IS NULL
  ) made
  JOIN (exception x CROSS JOIN LATERAL generate_series(1, length(x.missing_value)) n)
    ON x.missing_kind = 'rate' AND made.value = left(x.missing_value, n)
  WHERE n = length(x.missing_value) OR (made.is_for_all AND substr(x.missing_value, n + 1, 1) = '/')`;

/**
 * What is missing are the values that were looked up, with slashes between them: one of them must begin with a cell of
 * the row's key. That is true of exact columns and of prefixes; ranges alone are not seen.
 */
const BY_TABLES = `
  SELECT x.import_id, x.record_index, x.attempt
  FROM (
    SELECT DISTINCT t.name, cell FROM lookup_row r JOIN lookup_table t ON t.id = r.table_id,
      jsonb_array_elements_text(r.key::jsonb) cell
    WHERE t.name = (SELECT summary ->> 'table' FROM reference_change WHERE version = $version)
      AND r.created_version = $version AND r.closed_version IS NULL
  ) made
  JOIN (exception x CROSS JOIN LATERAL unnest(string_to_array(x.missing_value, '/') || x.missing_value) value
    CROSS JOIN LATERAL generate_series(1, length(value)) n)
    ON x.missing_kind = 'table' AND x.missing_type = made.name AND made.cell = left(value, n)`;

const BY: Readonly<Record<ReferenceChange['kind'], string>> = {
  identifiers: BY_IDENTIFIERS,
  rates: BY_RATES,
  tables: BY_TABLES,
};

/**
 * Whether an exception `e` missed what a row of the change could be. It may still miss it: by date, by attributes, or
 * because the row has left again.
 * @param version placeholder of the change's version in the query
 */
export function isHealedBy({ kind }: ReferenceChange, version: string): string {
  return `(e.import_id, e.record_index, e.attempt) IN (${BY[kind].replaceAll('$version', `${version}::bigint`)})`;
}

/** A change is committed by then: no statement of ours takes so long. */
const COMMITTED_AFTER = '1 minute';

/**
 * Whether a chunk is under way that took reference data of before a version. A correction may have been given older data
 * on purpose (`referenceData: original`): one that began long after the change has, and nothing waits for it.
 * @param version placeholder of the version in the query
 */
export const isUnsettled = (version: string): string =>
  `state = 0 AND reference_version < ${version}::bigint AND (kind = 0 OR started_at <
    (SELECT at FROM reference_change WHERE version = ${version}::bigint) + interval '${COMMITTED_AFTER}')`;

/**
 * Whether every chunk that took reference data of before a version has ended: only then is it known which exceptions
 * the change to that version can heal.
 */
export async function isSettled(client: Pick<pg.Pool, 'query'>, version: number): Promise<boolean> {
  const { rows } = await client.query<{ settled: boolean }>(
    `SELECT NOT EXISTS (SELECT FROM chunk WHERE ${isUnsettled('$1')}) AS settled`,
    [version],
  );
  return rows[0]!.settled;
}

/** Whoever has changed reference data waits for the count. */
const COUNT_MS = 5000;
const STATEMENT_TIMEOUT = '57014';

/**
 * The exceptions that were there when the change was: a chunk that began before it may still add some.
 * @param feedIds of the exceptions that are counted; null: of all feeds
 */
export async function candidatesOf(
  pool: pg.Pool,
  change: ReferenceChange,
  feedIds: readonly number[] | null,
): Promise<Candidates> {
  const selection = { healedBy: String(change.version) };
  try {
    return await inTransaction(pool, async (client) => {
      await client.query(`SET LOCAL statement_timeout = ${COUNT_MS}`);
      const { rows } = await client.query<{ count: number }>(
        `SELECT count(*) AS count FROM exception e LEFT JOIN exception_state t USING (import_id, record_index)
         WHERE e.attempt = coalesce(t.attempt, 0) AND coalesce(t.status, 'open') = 'open'
           AND ($2::int[] IS NULL OR e.feed_id = ANY($2)) AND ${isHealedBy(change, '$1')}`,
        [change.version, feedIds],
      );
      return { count: rows[0]!.count, selection };
    });
  } catch (error) {
    if ((error as { code?: string }).code !== STATEMENT_TIMEOUT) throw error;
    return { count: null, selection };
  }
}
