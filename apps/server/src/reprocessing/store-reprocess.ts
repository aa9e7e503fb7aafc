import { v7 as uuidv7 } from 'uuid';
import type pg from 'pg';
import { type Operation, type Requester, createCorrection } from './create-correction.js';
import type { Evaluation } from './eligible-records.js';
import { onlyImportOf } from './places.js';
import type { ReprocessAnswer } from './reprocess-view.js';

/** A reprocessing as it was asked for. */
export interface NewReprocess {
  readonly operation: Operation;
  readonly requester: Requester;
  readonly reason: string;
  /** The request, to be read later. */
  readonly request: object;
  /** Nothing of it begins before that import has ended. */
  readonly afterImportId?: number;
}

/**
 * Writes a reprocessing of records that were found eligible, one import for each group of them. Under the lock of
 * corrections.
 */
export async function storeReprocess(
  client: Pick<pg.PoolClient, 'query'>,
  { operation, requester, reason, request, afterImportId }: NewReprocess,
  { groups, eligible, ineligible }: Evaluation,
): Promise<ReprocessAnswer> {
  const reprocessId = uuidv7();
  const { rows } = await client.query<{ id: number }>(
    `INSERT INTO reprocess (public_id, key_id, actor, reason, request, eligible, ineligible)
     VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id`,
    [
      reprocessId,
      requester.keyId,
      requester.name,
      reason,
      JSON.stringify(request),
      eligible,
      JSON.stringify(ineligible),
    ],
  );
  const imports: string[] = [];
  for (const { places, ...group } of groups) {
    const { trackingId } = await createCorrection(client, {
      ...group,
      operation,
      channel: 'reprocess',
      origins: places,
      reason,
      requester,
      reprocessId: rows[0]!.id,
      afterImportId,
      reprocessOf: onlyImportOf(places),
    });
    imports.push(trackingId);
  }
  return { reprocessId, eligible, ineligible, imports };
}
