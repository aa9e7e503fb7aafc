import type { Client } from 'pg';
import { completeImports } from '../run/store.js';
import type { RecordRef } from '../run/verdict.js';
import type { Operation } from './standing.js';

/** What an import of channel `reprocess` or `revert` is about. */
export interface Correction {
  readonly operation: Operation;
  /** Of `void`: other usage may take the key. */
  readonly releaseKey: boolean;
  readonly isCancelled: boolean;
  /** Of `amend`: what the record is changed to, as JSON text. */
  readonly amended: string | null;
}

export async function loadCorrection(client: Client, importId: number): Promise<Correction> {
  const { rows } = await client.query<Correction>({
    name: 'load-correction',
    text: `SELECT c.operation, c.release_key AS "releaseKey",
        r.cancelled_at IS NOT NULL AS "isCancelled", c.amended
      FROM correction c LEFT JOIN reprocess r ON r.id = c.reprocess_id WHERE c.import_id = $1`,
    values: [importId],
  });
  return rows[0]!;
}

/** Writes what a record was amended to as its revision, in the transaction that writes its usage. */
export async function reviseAmended(client: Client, importId: number, ref: RecordRef): Promise<void> {
  await client.query({
    name: 'revise-amended',
    text: `INSERT INTO record_revision (import_id, record_index, revision, feed_id, key_id, author, note, raw)
      SELECT $2::bigint, $3::int, coalesce((SELECT max(revision) FROM record_revision WHERE import_id = $2 AND record_index = $3), 0) + 1,
        i.feed_id, i.key_id, c.actor, c.reason, c.amended
      FROM correction c JOIN import i ON i.id = c.import_id
      WHERE c.import_id = $1
        AND NOT EXISTS (SELECT FROM expired_facts WHERE fact = 'exceptions' AND block_id = $2::bigint >> 32)`,
    values: [importId, ref.importId, ref.index],
  });
}

/**
 * Ends imports whose last chunk has committed, corrections among them: what a revert took back may be sent again under its
 * idempotency key. In the caller's transaction.
 */
export async function completeCorrections(
  client: Pick<Client, 'query'>,
  importIds: readonly number[],
): Promise<void> {
  await completeImports(client, importIds);
  await client.query({ name: 'free-idempotency-keys', text: FREE_IDEMPOTENCY_KEYS, values: [importIds] });
}

const FREE_IDEMPOTENCY_KEYS = `
DELETE FROM idempotency WHERE import_id IN (
  SELECT i.reprocess_of FROM import i JOIN correction c ON c.import_id = i.id
  WHERE i.id = ANY($1) AND c.operation = 'revert' AND i.status <> 'running'
)`;
