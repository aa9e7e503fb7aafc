import type pg from 'pg';
import { selectRows } from '../common/index.js';
import { isUnderCorrection } from '../database/index.js';
import { type Places, placeText, readPlaces } from './places.js';
import { selectionTooLarge } from './refusals.js';
import type { ReferenceChoice, VersionChoice } from './reprocess-request.js';

/** Records of one reprocessing. */
const MAX_RECORDS = 2_000_000;

/**
 * A subquery of the records that are chosen: import_id, first_index, last_index, is_test, reference_version and
 * obstacle (why they are not eligible by themselves, or null).
 */
export interface ChosenRecords {
  readonly sql: string;
  readonly values: readonly unknown[];
  /** Whether a record is read from the body of its import. */
  readonly needsBody: boolean;
}

/** How the records are to be decided. */
export interface Versions {
  readonly profileVersion: VersionChoice;
  readonly referenceData: ReferenceChoice;
}

/** Eligible records that go into one import. */
export interface RecordGroup {
  readonly feedId: number;
  readonly profileVersionId: number;
  /** Null: the current one. */
  readonly referenceVersion: number | null;
  readonly isTest: boolean;
  /** In the order of acceptance. */
  readonly places: Places;
}

export interface Ineligible {
  readonly reason: string;
  readonly count: number;
}

export interface Evaluation {
  readonly groups: readonly RecordGroup[];
  readonly eligible: number;
  readonly ineligible: readonly Ineligible[];
}

interface GroupRow {
  feed_id: number;
  version_id: number;
  reference_version: number | null;
  is_test: boolean;
  obstacle: string | null;
  records: number;
  /** In the order of acceptance; null beyond the limit. */
  places: string | null;
}

const isGone = (fact: string) =>
  `EXISTS (SELECT FROM expired_facts x WHERE x.block_id = i.id >> 32 AND x.fact = '${fact}')`;

/** Of an import `i`, its feed's profile `p`. */
function versionId(choice: VersionChoice, value: (value: unknown) => string): string {
  if (choice === 'published') return 'p.published_version_id';
  if (choice === 'original') return 'i.profile_version_id';
  return `(SELECT id FROM profile_version WHERE profile_id = p.id AND version = ${value(choice)} AND status <> 'draft')`;
}

/**
 * Which of the chosen records can be decided again now, by the imports that they would go into. To hold, under the lock
 * of corrections.
 * @throws Problem 422 `selection_too_large`, `query_too_broad`
 */
export async function evaluate(
  client: Pick<pg.Pool, 'query'>,
  chosen: ChosenRecords,
  { profileVersion, referenceData }: Versions,
): Promise<Evaluation> {
  const values = [...chosen.values];
  const version = versionId(profileVersion, (value) => `$${values.push(value)}`);
  const reference = referenceData === 'original' ? 'c.reference_version' : 'NULL::bigint';
  const sql = `
WITH c AS MATERIALIZED (${chosen.sql}),
o AS MATERIALIZED (
  SELECT i.id, i.feed_id, i.submitted_at, ${version} AS version_id,
    CASE WHEN i.status = 'running' THEN 'not_terminal' WHEN ${isUnderCorrection('i.id')} THEN 'correction_in_progress'
      ${chosen.needsBody ? `WHEN ${isGone('bodies')} THEN 'body_expired'` : ''}
      WHEN ${isGone('usage')} THEN 'usage_expired' WHEN ${isGone('exceptions')} THEN 'exception_expired'
      WHEN ${version} IS NULL THEN 'profile_version_missing' END AS obstacle
  FROM (SELECT DISTINCT import_id FROM c) s JOIN import i ON i.id = s.import_id
  JOIN feed f ON f.id = i.feed_id JOIN profile p ON p.id = f.profile_id
), r AS MATERIALIZED (
  SELECT c.*, o.feed_id, o.version_id, o.submitted_at, coalesce(o.obstacle, c.obstacle) AS reason
  FROM c JOIN o ON o.id = c.import_id
)
SELECT c.feed_id, c.version_id, ${reference} AS reference_version, c.is_test, c.reason AS obstacle,
  sum(c.last_index - c.first_index + 1)::bigint AS records,
  string_agg(${placeText('c.import_id', 'c.first_index', 'c.last_index')}, ' ' ORDER BY c.submitted_at, c.import_id, c.first_index)
    FILTER (WHERE c.reason IS NULL AND
      (SELECT sum(last_index - first_index + 1) FROM r WHERE reason IS NULL) <= ${MAX_RECORDS}) AS places
FROM r c
GROUP BY c.feed_id, c.version_id, ${reference}, c.is_test, c.reason
ORDER BY min(c.submitted_at), c.feed_id, c.version_id`;
  return toEvaluation(await selectRows<GroupRow>(client, sql, values));
}

async function toEvaluation(rows: readonly GroupRow[]): Promise<Evaluation> {
  const eligible = rows.filter((row) => row.obstacle === null);
  const count = eligible.reduce((sum, row) => sum + row.records, 0);
  if (count > MAX_RECORDS) throw selectionTooLarge(count, MAX_RECORDS);
  const obstacles = new Map<string, number>();
  for (const { obstacle, records } of rows) {
    if (obstacle !== null) obstacles.set(obstacle, (obstacles.get(obstacle) ?? 0) + records);
  }
  const groups: RecordGroup[] = [];
  for (const row of eligible) {
    groups.push({
      feedId: row.feed_id,
      profileVersionId: row.version_id,
      referenceVersion: row.reference_version,
      isTest: row.is_test,
      places: await readPlaces(row.places!),
    });
  }
  return {
    groups,
    eligible: count,
    ineligible: [...obstacles].map(([reason, n]) => ({ reason, count: n })),
  };
}
