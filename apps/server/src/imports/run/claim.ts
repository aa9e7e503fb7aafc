import type { Client } from 'pg';

/** Chunks of one feed and profile version that go together into one transaction. */
const MAX_CHUNKS = 64;
const MAX_RECORDS = 2000;

export interface ClaimedChunk {
  readonly id: number;
  readonly importId: number;
  readonly firstIndex: number;
  readonly total: number;
  /** Counted from 1. */
  readonly attempts: number;
  /** How often the process died over this chunk. */
  readonly crashes: number;
  /** Indexes of records that are known to end the process. */
  readonly crashed: readonly number[];
  /** Of a correction: the mode in which its records were accepted. */
  readonly isTest: boolean;
  /** Of a correction: `[import id, first index, last index, ...]` of the records that it decides again. */
  readonly origins: readonly number[] | null;
}

export interface Claim {
  readonly token: string;
  readonly feedId: number;
  readonly profileVersionId: number;
  readonly referenceVersion: number;
  readonly chunks: readonly ClaimedChunk[];
}

interface ClaimRow {
  id: number;
  import_id: number;
  feed_id: number;
  profile_version_id: number;
  first_index: number;
  total: number;
  attempts: number;
  crashes: number;
  crashed: number[] | null;
  is_test: boolean;
  /** Arrays of bigints come as texts. */
  origins: string[] | null;
  reference_version: number;
  previous_backend: number | null;
  previous_lease: string | null;
}

/**
 * Takes a chunk, and small fresh ones of the same feed and profile version with it, under a fencing
 * token. A chunk that was tried before, or belongs to a correction, goes alone. Null where there is nothing to take: done, taken
 * by another, not due yet, or its feed is paused.
 */
export async function claim(
  client: Client,
  chunkId: number,
  token: string,
  leaseSeconds: number,
): Promise<Claim | null> {
  const { rows } = await client.query<ClaimRow>({
    name: 'claim',
    text: CLAIM,
    values: [chunkId, token, leaseSeconds],
  });
  const first = rows[0];
  if (!first) return null;
  if (first.previous_backend) await endBackend(client, first.previous_backend, first.previous_lease!);
  return {
    token,
    feedId: first.feed_id,
    profileVersionId: first.profile_version_id,
    referenceVersion: first.reference_version,
    chunks: rows
      .map((r) => ({
        id: r.id,
        importId: r.import_id,
        firstIndex: r.first_index,
        total: r.total,
        attempts: r.attempts,
        crashes: r.crashes,
        crashed: r.crashed ?? [],
        isTest: r.is_test,
        origins: r.origins?.map(Number) ?? null,
      }))
      .sort((a, b) => a.id - b.id),
  };
}

const IS_FREE = `state = 0 AND (lease_until IS NULL OR lease_until < clock_timestamp()) AND next_at <= clock_timestamp()`;

const CLAIM = `
WITH lead AS MATERIALIZED (
  SELECT c.id, c.feed_id, c.profile_version_id, c.kind, c.attempts, c.total, c.backend_pid, c.leased_at
  FROM chunk c
  WHERE c.id = $1 AND ${IS_FREE} AND (c.kind = 2 OR NOT EXISTS (SELECT FROM feed f WHERE f.id = c.feed_id AND f.paused))
  FOR UPDATE OF c SKIP LOCKED
), companion AS MATERIALIZED (
  SELECT c.id, c.total
  FROM lead, LATERAL (
    SELECT id, total FROM chunk
    WHERE feed_id = lead.feed_id AND kind = lead.kind AND state = 0 AND id <> lead.id AND attempts = 0
      AND profile_version_id = lead.profile_version_id AND next_at <= clock_timestamp()
    ORDER BY id LIMIT ${MAX_CHUNKS - 1} FOR UPDATE SKIP LOCKED
  ) c
  WHERE lead.attempts = 0 AND lead.kind = 0
), batch AS (
  SELECT id FROM lead
  UNION ALL
  SELECT id FROM (SELECT id, sum(total) OVER (ORDER BY id) AS records FROM companion) s, (SELECT total FROM lead) l
  WHERE s.records + l.total <= ${MAX_RECORDS}
)
UPDATE chunk c
SET lease_owner = $2, leased_at = clock_timestamp(), lease_until = clock_timestamp() + make_interval(secs => $3),
    backend_pid = pg_backend_pid(), attempts = c.attempts + 1, started_at = coalesce(c.started_at, clock_timestamp()),
    reference_version = coalesce(c.reference_version, (SELECT current FROM reference_version))
FROM batch b LEFT JOIN lead l ON l.id = b.id
WHERE c.id = b.id
RETURNING c.id, c.import_id, c.feed_id, c.profile_version_id, c.first_index, c.total, c.attempts, c.crashes, c.crashed,
  c.is_test, c.origins, c.reference_version, l.backend_pid AS previous_backend, l.leased_at AS previous_lease`;

/** Ends the connection of the claimer before us, if it is still that connection: its lease ran out. */
async function endBackend(client: Client, pid: number, leasedAt: string): Promise<void> {
  await client.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE pid = $1 AND pid <> pg_backend_pid() AND backend_start < $2 AND application_name = $3`,
    [pid, leasedAt, CHILD_APPLICATION],
  );
}

export const CHILD_APPLICATION = 'feedmill-child';

/**
 * Gives chunks back after trouble of the system, with a pause that grows by attempts to one minute.
 * @returns whether they were still ours
 */
export async function release(
  client: Pick<Client, 'query'>,
  token: string,
  chunkIds: readonly number[],
): Promise<boolean> {
  const { rowCount } = await client.query(
    // Its connection goes on to other chunks: whoever claims this one next must not end it.
    `UPDATE chunk SET lease_owner = NULL, lease_until = NULL, backend_pid = NULL,
       next_at = clock_timestamp() + make_interval(secs => least(60, 0.25 * 2 ^ least(attempts, 10)))
     WHERE id = ANY($1) AND lease_owner = $2 AND state = 0`,
    [chunkIds, token],
  );
  return (rowCount ?? 0) > 0;
}
