import type { Client } from 'pg';
import type { RejectResult, StepContext } from 'feedmill/pipeline';
import { toCanonical } from '../canonical-moment.js';
import { behindPosted } from './behind-posted.js';
import type { ClaimedChunk } from './claim.js';
import { numberArray, textArray } from './copy-text.js';
import type { Item, KeyPolicy } from './conflict-rules.js';
import { decideBatch } from './decide-batch.js';
import { explainRefusals } from './ledger-refusals.js';
import type { MarkWriter } from './marks.js';
import { postUsage } from './post-usage.js';
import { type Reversal, type Superseded, copyExceptions, exceptionLine, supersede } from './store-rows.js';

/** A chunk that has been through the pipeline. */
export interface ChunkRun {
  readonly chunk: ClaimedChunk;
  /** One for each record, in index order. */
  readonly items: readonly Item[];
  /** JSON text of the raw record at a position of the chunk. */
  readonly rawText: (position: number) => string;
  /** The import fails as a whole with this error. */
  readonly importError: { readonly code: string; readonly message: string } | null;
}

export interface StoreFacts {
  readonly token: string;
  readonly feedId: number;
  readonly keyPolicy: KeyPolicy;
  /** For the feed's conditions. */
  readonly context: StepContext;
  readonly marks: MarkWriter;
  readonly profileVersionId: number;
  readonly isTest: boolean;
  /** The import of a correction; null where records come for the first time. */
  readonly correctionId: number | null;
}

/** Verdicts by exception code or skip reason; `imported` and `duplicate` under their own names. */
export type VerdictCounts = Record<string, number>;

/** Another claimer has the chunks now: nothing was written. */
export class LeaseLost extends Error {}

/**
 * Writes what became of a batch in one transaction: key cells, usage, exceptions, verdicts. The
 * chunks are locked by their token first, so that a claimer whose lease ran out writes nothing.
 * @throws LeaseLost
 */
export function store(client: Client, facts: StoreFacts, runs: readonly ChunkRun[]): Promise<VerdictCounts> {
  return behindPosted(() => storeOnce(client, facts, runs));
}

async function storeOnce(
  client: Client,
  facts: StoreFacts,
  runs: readonly ChunkRun[],
): Promise<VerdictCounts> {
  await client.query('BEGIN');
  try {
    await lockChunks(
      client,
      facts.token,
      runs.map(({ chunk }) => chunk),
    );
    const items = runs.flatMap((r) => r.items);
    await decideBatch(client, facts.keyPolicy, facts.context, facts.marks, items);
    const refusals = await explainRefusals(client, items);
    await postUsage(client, facts, items, reversalsOf(items));
    await writeExceptions(client, facts, runs, refusals);
    await finishChunks(client, facts, runs);
    await client.query('COMMIT');
    return countVerdicts(items, refusals);
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/** @throws LeaseLost */
export async function lockChunks(
  client: Client,
  token: string,
  chunks: readonly ClaimedChunk[],
): Promise<void> {
  const { rows } = await client.query({
    name: 'lock-chunks',
    text: 'SELECT id FROM chunk WHERE id = ANY($1) AND lease_owner = $2 AND state = 0 ORDER BY id FOR UPDATE',
    values: [chunks.map(({ id }) => id), token],
  });
  if (rows.length !== chunks.length) throw new LeaseLost('The chunks were claimed by another');
}

/** How many entries of the ledger a record writes: its parts, and the reversals of what it takes back. */
function entriesOf({ result, decision, reversedParts = 0 }: Item): number {
  const own = decision!.verdict === 'i' && result.kind === 'usage' ? result.parts.length : 0;
  return own + reversedParts;
}

const reversalsOf = (items: readonly Item[]): Reversal[] =>
  items.flatMap(({ ref, decision }) =>
    decision!.reverses ? [{ of: decision!.reverses, by: ref.importId }] : [],
  );

async function writeExceptions(
  client: Client,
  facts: StoreFacts,
  runs: readonly ChunkRun[],
  refusals: ReadonlyMap<Item, RejectResult>,
): Promise<void> {
  const lines: string[] = [];
  const moot: Superseded[] = [];
  for (const run of runs) {
    run.items.forEach((item, position) => {
      const { ref, result, decision } = item;
      if (decision!.supersedes) moot.push({ of: decision!.supersedes, by: ref.importId });
      if (decision!.verdict !== 'e') return;
      const rejected = refusals.get(item) ?? (result as RejectResult);
      lines.push(exceptionLine(facts, ref, rejected, run.rawText(position)));
    });
  }
  await copyExceptions(client, lines);
  await supersede(client, moot);
}

/** What a chunk row says of its records. */
interface ChunkEnd {
  /** A letter for each. */
  readonly verdicts: string;
  /** Entries written to the ledger. */
  readonly usageCount: number;
  /**
   * JSON: [index, reason, usageKey, importId, index] of what has no row of its own, or took something back: the record
   * that it repeats or reverses.
   */
  readonly details: string | null;
}

function endOf({ chunk, items }: Pick<ChunkRun, 'chunk' | 'items'>): ChunkEnd {
  let verdicts = '';
  let usageCount = 0;
  const details: unknown[] = [];
  items.forEach((item, position) => {
    const { verdict, reason, duplicateOf, reverses } = item.decision!;
    verdicts += verdict;
    usageCount += entriesOf(item);
    if (verdict !== 's' && verdict !== 'd' && !reverses) return;
    const other = duplicateOf ?? reverses?.ref;
    const index = chunk.firstIndex + position;
    details.push([index, reason, item.result.key, other?.importId ?? null, other?.index ?? null]);
  });
  return { verdicts, usageCount, details: details.length ? JSON.stringify(details) : null };
}

/** What counts of a date has changed since the dates of the records were looked at: they are to be looked at again. */
class DatesMoved extends Error {
  constructor(what: string) {
    super(`${what} while the batch was under way`);
  }
}

/**
 * Writes the verdicts of chunks, and so ends them.
 * @param difference of a correction: what it added to the ledger, by currency
 */
export async function finishChunks(
  client: Client,
  { keyPolicy, feedId }: Pick<StoreFacts, 'keyPolicy' | 'feedId'>,
  runs: readonly Omit<ChunkRun, 'rawText'>[],
  difference: Readonly<Record<string, string>> | null = null,
): Promise<void> {
  const ends = runs.map(endOf);
  const count = (letter: string) =>
    numberArray(ends.map(({ verdicts }) => verdicts.split(letter).length - 1));
  const { rows } = await client.query<{ forgotten_before: string | null; closed_until: string | null }>({
    name: 'finish-chunks',
    text: `UPDATE chunk c SET state = 1, verdicts = u.verdicts, details = u.details::jsonb, imported = u.i, exception = u.e,
        skipped = u.s, duplicate = u.d, usage_count = u.n, ended_at = clock_timestamp(), lease_owner = NULL, lease_until = NULL,
        is_test = $9::int < 0, difference = $11::jsonb
      FROM unnest($1::bigint[], $2::text[], $3::text[], $4::int[], $5::int[], $6::int[], $7::int[], $8::int[])
        AS u(id, verdicts, details, i, e, s, d, n)
      WHERE c.id = u.id
      RETURNING (SELECT ${toCanonical('forgotten_before')} FROM key_scope WHERE id = abs($9::int)) AS forgotten_before,
        (SELECT ${toCanonical('closed_until')} FROM feed WHERE id = $10) AS closed_until`,
    values: [
      numberArray(runs.map((r) => r.chunk.id)),
      textArray(ends.map(({ verdicts }) => verdicts)),
      textArray(ends.map(({ details }) => details)),
      count('i'),
      count('e'),
      count('s'),
      count('d'),
      numberArray(ends.map(({ usageCount }) => usageCount)),
      keyPolicy.scopeId,
      feedId,
      difference && JSON.stringify(difference),
    ],
  });
  const { forgotten_before: forgottenBefore, closed_until: closedUntil } = rows[0]!;
  if (forgottenBefore !== keyPolicy.forgottenBefore) throw new DatesMoved('Usage keys were forgotten');
  if (closedUntil !== (keyPolicy.closed?.until ?? null))
    throw new DatesMoved('A period was closed or reopened');
  const failed = runs.filter((r) => r.importError);
  if (failed.length === 0) return;
  await client.query(
    `UPDATE import i SET error_code = u.code, error_message = u.message
     FROM unnest($1::bigint[], $2::text[], $3::text[]) AS u(id, code, message) WHERE i.id = u.id`,
    [
      failed.map((r) => r.chunk.importId),
      failed.map((r) => r.importError!.code),
      failed.map((r) => r.importError!.message),
    ],
  );
}

export function countVerdicts(
  items: readonly Item[],
  refusals: ReadonlyMap<Item, RejectResult>,
): VerdictCounts {
  const counts: VerdictCounts = {};
  for (const item of items) {
    const { verdict, reason } = item.decision!;
    let name = 'imported';
    if (verdict === 'd') name = 'duplicate';
    if (verdict === 's') name = `skipped ${reason}`;
    if (verdict === 'e')
      name = `exception ${(refusals.get(item) ?? (item.result as RejectResult)).rejection.code}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/**
 * Ends the imports whose last chunk has committed: one conditional update behind the store
 * transaction, because two last chunks do not see each other inside theirs.
 */
export async function completeImports(
  client: Pick<Client, 'query'>,
  importIds: readonly number[],
): Promise<void> {
  await client.query({
    name: 'complete-imports',
    text: `UPDATE import i
      SET status = CASE WHEN i.error_code IS NULL THEN 'completed' ELSE 'failed' END, started_at = s.started_at,
        ended_at = s.ended_at, imported = s.imported, exception = s.exception, skipped = s.skipped,
        duplicate = s.duplicate, usage_count = s.usage_count
      FROM (
        SELECT import_id, min(started_at) AS started_at, max(ended_at) AS ended_at, sum(imported) AS imported,
          sum(exception) AS exception, sum(skipped) AS skipped, sum(duplicate) AS duplicate, sum(usage_count) AS usage_count
        FROM chunk WHERE import_id = ANY($1) GROUP BY import_id HAVING bool_and(state = 1)
      ) s
      WHERE i.id = s.import_id AND i.id = ANY($1) AND i.status = 'running'`,
    values: [importIds],
  });
}
