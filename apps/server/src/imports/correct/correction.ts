import type { Client } from 'pg';
import { completeImports } from '../run/store.js';
import type { Operation } from './standing.js';

/** What an import of channel `reprocess` or `revert` is about. */
export interface Correction {
  readonly operation: Operation;
  /** The mode in which its records were accepted. */
  readonly isTest: boolean;
  /** Of `void`: other usage may take the key. */
  readonly releaseKey: boolean;
  readonly isCancelled: boolean;
}

export async function loadCorrection(client: Client, importId: number): Promise<Correction> {
  const { rows } = await client.query<Correction>({
    name: 'load-correction',
    text: `SELECT c.operation, c.is_test AS "isTest", c.release_key AS "releaseKey",
        r.cancelled_at IS NOT NULL AS "isCancelled"
      FROM correction c LEFT JOIN reprocess r ON r.id = c.reprocess_id WHERE c.import_id = $1`,
    values: [importId],
  });
  return rows[0]!;
}

/**
 * Ends imports whose last chunk has committed, corrections among them, with what their end sets free: what a revert took
 * back may be sent again under its idempotency key, and chunks that wait for an import are due. In the caller's transaction.
 */
export async function completeCorrections(
  client: Pick<Client, 'query'>,
  importIds: readonly number[],
): Promise<void> {
  await completeImports(client, importIds);
  await client.query({ name: 'free-idempotency-keys', text: FREE_IDEMPOTENCY_KEYS, values: [importIds] });
  await client.query({ name: 'release-waiting', text: RELEASE_WAITING, values: [importIds] });
}

const FREE_IDEMPOTENCY_KEYS = `
DELETE FROM idempotency WHERE import_id IN (
  SELECT i.reprocess_of FROM import i JOIN correction c ON c.import_id = i.id
  WHERE i.id = ANY($1) AND c.operation = 'revert' AND i.status <> 'running'
)`;

const RELEASE_WAITING = `
UPDATE chunk SET next_at = '-infinity' WHERE state = 0 AND next_at = 'infinity' AND import_id IN (
  SELECT c.import_id FROM correction c JOIN import i ON i.id = c.after_import_id
  WHERE c.after_import_id = ANY($1) AND i.status <> 'running'
)`;
