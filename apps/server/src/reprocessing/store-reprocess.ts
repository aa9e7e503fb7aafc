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
}

/** A reprocessing whose records are found once a revert has ended. */
export interface AwaitingRevert extends Omit<NewReprocess, 'operation'> {
  /** The import that is reverted. */
  readonly orphansOf: number;
  /** Feeds whose records are meant; null: all. */
  readonly feedIds: readonly number[] | null;
}

type Sql = Pick<pg.PoolClient, 'query'>;

/**
 * Writes a reprocessing of records that were found eligible, one import for each group of them. Under the lock of
 * corrections.
 */
export async function storeReprocess(
  client: Sql,
  reprocess: NewReprocess,
  evaluation: Evaluation,
): Promise<ReprocessAnswer> {
  const { requester, reason, request } = reprocess;
  const { eligible, ineligible } = evaluation;
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
  const imports = await storeGroups(client, rows[0]!.id, reprocess, evaluation);
  return { reprocessId, eligible, ineligible, imports };
}

/** Writes a reprocessing that waits for a revert. */
export async function storeAwaiting(
  client: Sql,
  { requester, reason, request, orphansOf, feedIds }: AwaitingRevert,
): Promise<Pick<ReprocessAnswer, 'reprocessId'>> {
  const reprocessId = uuidv7();
  await client.query(
    `INSERT INTO reprocess (public_id, key_id, actor, reason, request, eligible, orphans_of, orphan_feeds, due_at)
     VALUES ($1, $2, $3, $4, $5, 0, $6, $7, clock_timestamp())`,
    [reprocessId, requester.keyId, requester.name, reason, JSON.stringify(request), orphansOf, feedIds],
  );
  return { reprocessId };
}

/** Writes the imports of groups of records. @returns their tracking ids */
export async function storeGroups(
  client: Sql,
  reprocessId: number,
  { operation, requester, reason }: Omit<NewReprocess, 'request'>,
  { groups }: Evaluation,
): Promise<string[]> {
  const imports: string[] = [];
  for (const { places, isTest, ...group } of groups) {
    const { trackingId } = await createCorrection(client, {
      ...group,
      operation,
      channel: 'reprocess',
      origins: [{ isTest, places }],
      reason,
      requester,
      reprocessId,
      reprocessOf: onlyImportOf(places),
    });
    imports.push(trackingId);
  }
  return imports;
}
