import { v7 as uuidv7 } from 'uuid';
import { type CorrectionChunk, type Places, countRecords, toChunks } from './places.js';

/** What a correction does with its records (docs/adr/0016). */
export type Operation = 'exceptions' | 'all' | 'replace' | 'amend' | 'revert' | 'void';

/** Who asks for a correction. */
export interface Requester {
  /** Row id of the key; null where Feedmill itself asks. */
  readonly keyId: number | null;
  readonly name: string;
}

/** Records by the mode in which they were accepted. */
export interface OriginsOfMode {
  readonly isTest: boolean;
  /** At least one record, in the order of acceptance. */
  readonly places: Places;
}

/** A correction: an import of one feed over records that were accepted before. */
export interface NewCorrection {
  readonly operation: Operation;
  readonly channel: 'reprocess' | 'revert';
  readonly feedId: number;
  readonly profileVersionId: number;
  /** Null: the one that is current when a chunk is first claimed. */
  readonly referenceVersion: number | null;
  readonly origins: readonly OriginsOfMode[];
  readonly reason: string;
  readonly requester: Requester;
  readonly reprocessId?: number;
  /** Of `void`: other usage may take the key. */
  readonly releaseKey?: boolean;
  /** Of `amend`: what the one record is changed to, as JSON text. */
  readonly amended?: string;
  /** The one import that all records came with, where it is one. */
  readonly reprocessOf?: number;
}

export interface CreatedCorrection {
  readonly importId: number;
  readonly trackingId: string;
  readonly total: number;
}

interface Sql {
  query<Row extends object>(text: string, values?: unknown[]): Promise<{ rows: Row[] }>;
}

const CHUNK_RECORDS = 1000;
/** Of one statement: chunks, and numbers of their places, so that making its text keeps nobody waiting. */
const MAX_CHUNKS = 1000;
const MAX_NUMBERS = 60_000;

/**
 * Writes a correction whole: import, chunks, and which imports it decides again about. Under the lock of
 * corrections (`exclusive`), in the transaction that has found its records eligible. The dispatcher is to be rung once it has committed.
 */
export async function createCorrection(client: Sql, correction: NewCorrection): Promise<CreatedCorrection> {
  const { operation, origins, reason, requester } = correction;
  const { releaseKey = false, reprocessId = null, amended = null } = correction;
  const total = origins.reduce((sum, { places }) => sum + countRecords(places), 0);
  const created = await insertImport(client, correction, total);
  await client.query(
    `INSERT INTO correction (import_id, operation, reprocess_id, release_key, reason, actor, amended)
     VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    [created.importId, operation, reprocessId, releaseKey, reason, requester.name, amended],
  );
  await insertChunks(client, created.importId, correction);
  return created;
}

async function insertImport(
  client: Sql,
  { feedId, profileVersionId, channel, requester, reprocessOf }: NewCorrection,
  total: number,
): Promise<CreatedCorrection> {
  const trackingId = uuidv7();
  const { rows } = await client.query<{ id: number }>(
    `INSERT INTO import (id, tracking_id, feed_id, profile_version_id, channel, key_id, total, reprocess_of)
     SELECT next_import_id(f.block_id), $2, f.id, $3, $4, $5, $6, $7 FROM feed f WHERE f.id = $1
     RETURNING id`,
    [feedId, trackingId, profileVersionId, channel, requester.keyId, total, reprocessOf ?? null],
  );
  return { importId: rows[0]!.id, trackingId, total };
}

/**
 * What chunks are to the dispatcher: 1 waits while its feed is paused, 2 does not. What takes usage back runs no step, and what
 * is amended has just been through its profile in a dry run: nothing that a feed is paused for.
 */
const kindOf = (operation: Operation) =>
  operation === 'revert' || operation === 'void' || operation === 'amend' ? 2 : 1;

const INSERT_CHUNKS = `
WITH cut AS (
  SELECT * FROM unnest($5::int[], $6::int[], $7::text[]) WITH ORDINALITY AS t (first_index, total, origins, n)
), stored AS (
  INSERT INTO chunk (import_id, feed_id, profile_version_id, reference_version, is_test, kind, first_index, total, origins)
  SELECT $1, $2, $3, $4, $8, $9, first_index, total, origins::bigint[] FROM cut ORDER BY n
  RETURNING id, origins
)
INSERT INTO correction_origin (import_id, chunk_id)
SELECT DISTINCT o.import_id, s.id FROM stored s
CROSS JOIN LATERAL unnest(s.origins) WITH ORDINALITY AS o (import_id, n) WHERE o.n % 3 = 1`;

async function insertChunks(client: Sql, importId: number, correction: NewCorrection): Promise<void> {
  const { operation, feedId, profileVersionId, referenceVersion, origins } = correction;
  let startsAt = 0;
  for (const { isTest, places } of origins) {
    for (const some of inStatements(toChunks(places, CHUNK_RECORDS, startsAt))) {
      await client.query(INSERT_CHUNKS, [
        importId,
        feedId,
        profileVersionId,
        referenceVersion,
        some.map((chunk) => chunk.firstIndex),
        some.map((chunk) => chunk.total),
        some.map((chunk) => `{${chunk.origins.join(',')}}`),
        isTest,
        kindOf(operation),
      ]);
    }
    startsAt += countRecords(places);
  }
}

function* inStatements(chunks: Iterable<CorrectionChunk>): Generator<CorrectionChunk[]> {
  let some: CorrectionChunk[] = [];
  let numbers = 0;
  for (const chunk of chunks) {
    some.push(chunk);
    numbers += chunk.origins.length;
    if (some.length < MAX_CHUNKS && numbers < MAX_NUMBERS) continue;
    yield some;
    some = [];
    numbers = 0;
  }
  if (some.length > 0) yield some;
}
