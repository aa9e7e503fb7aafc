import type { Client } from 'pg';
import type { Audit } from '../admin/index.js';
import { Conditions } from '../common/index.js';
import { isUnderCorrection, lockCorrections } from '../database/index.js';
import { FROM_EXCEPTIONS } from '../exceptions/index.js';
import { type ReferenceChange, findChange, isHealedBy, isUnsettled } from '../reference/index.js';
import { evaluate, recordsOfExceptions, storeReprocess } from '../reprocessing/index.js';

/** How healing signs what it does. */
export const AUTO_HEAL = 'auto-heal';

/** Feeds that have been healed as far as each other. */
export interface HealedAlike {
  readonly version: number;
  readonly feedIds: readonly number[];
}

/** Feeds that ask to be healed and for which there are changes that they have not been healed by. */
export async function findHealable(client: Pick<Client, 'query'>): Promise<HealedAlike[]> {
  const { rows } = await client.query<HealedAlike>(
    `SELECT healed_version AS version, array_agg(id ORDER BY id) AS "feedIds" FROM feed
     WHERE auto_heal AND healed_version < (SELECT current FROM reference_version) GROUP BY healed_version ORDER BY healed_version`,
  );
  return rows;
}

/**
 * Takes feeds to the next change of reference data: reprocesses what it may heal, and remembers that in the same
 * transaction. A feed stays where it is as long as a record may still become an exception for want of the change, or is
 * being decided elsewhere. Runs inside a transaction.
 * @returns the change, and the feeds that have come to it
 */
export async function healNext(
  client: Client,
  audit: Audit,
  { version, feedIds }: HealedAlike,
): Promise<HealedAlike & { readonly reprocessId: string | null }> {
  const next = await nextChange(client, version);
  const unsettled = await feedsOf(client, UNSETTLED, [next.version, feedIds]);
  const settled = feedIds.filter((id) => !unsettled.includes(id));
  let reprocessId: string | null = null;
  let ready = settled;
  const change = settled.length ? await findChange(client, next.version) : null;
  if (change && (await hasCandidates(client, change, settled))) {
    await lockCorrections(client, 'exclusive');
    const busy = await feedsOf(client, busyFeeds(change), [next.version, settled]);
    ready = settled.filter((id) => !busy.includes(id));
    reprocessId = ready.length ? await reprocess(client, audit, change, ready) : null;
  }
  await client.query('UPDATE feed SET healed_version = $1 WHERE id = ANY($2::int[]) AND auto_heal', [
    next.version,
    ready,
  ]);
  return { version: next.version, feedIds: ready, reprocessId };
}

/** Versions that changed nothing that can heal are passed over. */
async function nextChange(client: Client, version: number): Promise<{ version: number }> {
  const { rows } = await client.query<{ version: number }>(
    `SELECT coalesce((SELECT min(version) FROM reference_change WHERE version > $1), current) AS version
     FROM reference_version`,
    [version],
  );
  return rows[0]!;
}

/** Feeds with records under way that have taken reference data of before a version (`$1`). */
const UNSETTLED = `SELECT DISTINCT feed_id FROM chunk WHERE ${isUnsettled('$1')} AND feed_id = ANY($2::int[])`;

/** An open exception that has missed what the change brought, and was decided without it: what fails with it stays. */
const isCandidate = (change: ReferenceChange): string => `
coalesce(t.status, 'open') = 'open' AND e.feed_id = ANY($2::int[]) AND ${isHealedBy(change, '$1')} AND EXISTS (
  SELECT FROM chunk d WHERE d.import_id = e.produced_by AND d.reference_version < $1::bigint
    AND (e.produced_by <> e.import_id OR e.record_index >= d.first_index AND e.record_index < d.first_index + d.total))`;

async function hasCandidates(
  client: Client,
  change: ReferenceChange,
  feedIds: readonly number[],
): Promise<boolean> {
  const { rows } = await client.query<{ found: boolean }>(
    `SELECT EXISTS (SELECT ${FROM_EXCEPTIONS} WHERE ${isCandidate(change)}) AS found`,
    [change.version, feedIds],
  );
  return rows[0]!.found;
}

/** Feeds whose candidates cannot be decided again just now, and will be. */
const busyFeeds = (change: ReferenceChange): string => `
SELECT DISTINCT e.feed_id ${FROM_EXCEPTIONS}
WHERE ${isCandidate(change)} AND (i.status = 'running' OR ${isUnderCorrection('i.id')})`;

async function feedsOf(client: Client, sql: string, values: unknown[]): Promise<number[]> {
  const { rows } = await client.query<{ feed_id: number }>(sql, values);
  return rows.map((row) => row.feed_id);
}

async function reprocess(
  client: Client,
  audit: Audit,
  change: ReferenceChange,
  feedIds: readonly number[],
): Promise<string | null> {
  const where = new Conditions([change.version, feedIds]).add(isCandidate(change));
  const records = recordsOfExceptions(where, 'exceptions');
  const evaluation = await evaluate(client, records, {
    profileVersion: 'published',
    referenceData: 'current',
  });
  if (evaluation.eligible === 0) return null;
  const healedBy = String(change.version);
  const request = {
    selection: { healedBy },
    mode: 'exceptions',
    profileVersion: 'published',
    referenceData: 'current',
  };
  const reason = `change ${healedBy} of ${change.kind} may heal them`;
  const requester = { keyId: null, name: AUTO_HEAL };
  const stored = await storeReprocess(
    client,
    { operation: 'exceptions', requester, reason, request },
    evaluation,
  );
  const by = { actor: AUTO_HEAL, requestId: null } as const;
  await audit.record(client, by, {
    action: 'reprocess.started',
    subject: `reprocess/${stored.reprocessId}`,
    before: null,
    after: { ...request, feeds: feedIds, reason, eligible: stored.eligible, imports: stored.imports },
  });
  return stored.reprocessId;
}
