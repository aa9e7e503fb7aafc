import type { Client } from 'pg';
import type { Audit } from '../admin/index.js';
import { isUnderCorrection, lockCorrections } from '../database/index.js';
import { type Evaluation, evaluate } from './eligible-records.js';
import { type Reverted, recordsOrphaned } from './orphans.js';
import { storeGroups } from './store-reprocess.js';

/** As whoever asks for the revert would have them decided. */
export const ORPHAN_VERSIONS = { profileVersion: 'published', referenceData: 'current' } as const;

/** Records that cannot be decided again now are looked for again after so long. */
const LOOK_AGAIN_SECONDS = 10;
const PASSING = new Set(['not_terminal', 'correction_in_progress']);

type Sql = Pick<Client, 'query'>;

const IS_DUE = `due_at <= clock_timestamp() AND NOT ${isUnderCorrection('orphans_of')}`;

/** Reprocessings whose reverts have ended, the longest due first: their row ids. */
export async function findDue(client: Sql): Promise<number[]> {
  const { rows } = await client.query<{ id: number }>(
    `SELECT id FROM reprocess WHERE ${IS_DUE} ORDER BY due_at`,
  );
  return rows.map(({ id }) => id);
}

interface DueRow extends Reverted {
  public_id: string;
  key_id: number;
  actor: string;
  reason: string;
  request: object;
  feed_ids: number[] | null;
}

const DUE = `
SELECT r.public_id, r.key_id, r.actor, r.reason, r.request, r.orphan_feeds AS feed_ids, o.id, o.tracking_id AS "trackingId",
  o.feed_id AS "feedId"
FROM reprocess r JOIN import o ON o.id = r.orphans_of WHERE r.id = $1 AND ${IS_DUE} FOR UPDATE OF r`;

/**
 * Has what a revert has orphaned decided again, all but what a reprocessing has decided before. Where some of it is
 * busy elsewhere, that is looked for again later. Runs inside a transaction.
 * @returns what was found; null where the reprocessing is not due any more
 */
export async function reprocessOrphans(
  client: Sql,
  audit: Audit,
  reprocessId: number,
): Promise<Evaluation | null> {
  await lockCorrections(client, 'exclusive');
  const { rows } = await client.query<DueRow>(DUE, [reprocessId]);
  const [due] = rows;
  if (!due) return null;
  const evaluation = await evaluate(client, undecided(due, reprocessId), ORPHAN_VERSIONS);
  const { eligible, ineligible } = evaluation;
  const requester = { keyId: due.key_id, name: due.actor };
  const how = { operation: 'all', requester, reason: due.reason } as const;
  const imports = await storeGroups(client, reprocessId, how, evaluation);
  const isLeft = ineligible.some(({ reason }) => PASSING.has(reason));
  await client.query(
    `UPDATE reprocess SET eligible = eligible + $2, ineligible = $3,
       due_at = CASE WHEN $4 THEN clock_timestamp() + interval '${LOOK_AGAIN_SECONDS} seconds' END WHERE id = $1`,
    [reprocessId, eligible, JSON.stringify(ineligible), isLeft],
  );
  if (eligible > 0) {
    await audit.record(
      client,
      { actor: requester, requestId: null },
      {
        action: 'reprocess.started',
        subject: `reprocess/${due.public_id}`,
        before: null,
        after: { ...due.request, reason: due.reason, eligible, imports },
      },
    );
  }
  return evaluation;
}

/** Trouble with one reprocessing is not in the way of others: it rests. */
export async function postpone(client: Sql, reprocessId: number): Promise<void> {
  await client.query(
    `UPDATE reprocess SET due_at = clock_timestamp() + interval '${LOOK_AGAIN_SECONDS} seconds'
     WHERE id = $1 AND due_at IS NOT NULL`,
    [reprocessId],
  );
}

/** A record that stays a duplicate, or is skipped, is decided once. */
function undecided(due: DueRow, reprocessId: number) {
  const { sql, values, needsBody } = recordsOrphaned(due, due.feed_ids);
  return {
    sql: `SELECT * FROM (${sql}) w WHERE NOT EXISTS (
      SELECT FROM correction k JOIN chunk y ON y.import_id = k.import_id AND y.state = 1
      JOIN correction_origin g ON g.chunk_id = y.id AND g.import_id = w.import_id
      CROSS JOIN LATERAL origin_places(y.origins) p
      WHERE k.reprocess_id = $${values.length + 1} AND p.import_id = w.import_id
        AND w.first_index BETWEEN p.first_index AND p.last_index)`,
    values: [...values, reprocessId],
    needsBody,
  };
}
