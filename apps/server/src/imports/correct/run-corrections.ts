import type { Client } from 'pg';
import {
  type CompiledProfile,
  ImportError,
  type RecordResult,
  type RejectResult,
  type StepContext,
} from 'feedmill/pipeline';
import type { ClaimedChunk } from '../run/claim.js';
import { behindPosted } from '../run/behind-posted.js';
import type { Item } from '../run/conflict-rules.js';
import { isDataError, isolateRefused } from '../run/isolate.js';
import { explainRefusals } from '../run/ledger-refusals.js';
import type { BatchFeed } from '../run/load-batch.js';
import type { MarkWriter } from '../run/marks.js';
import { type LoadedChunk, failChunk, isSuspicious, runCarefully, runTogether } from '../run/run-chunk.js';
import { type VerdictCounts, countVerdicts, finishChunks, lockChunks } from '../run/store.js';
import { type Correction, reviseAmended } from './correction.js';
import { type CorrectionItem, decideCorrections, unlookedAt } from './decide-corrections.js';
import type { Origin } from './load-origins.js';
import { leftOut } from './redecide.js';
import {
  type CorrectionFacts,
  type Difference,
  writeCorrectedExceptions,
  writeCorrectedUsage,
} from './write-corrections.js';

/** Records of a correction that have been through the pipeline. */
export interface CorrectionRun {
  readonly chunk: ClaimedChunk;
  readonly origins: readonly Origin[];
  /** One for each record; null where it needs none, or has lost its body. */
  readonly results: readonly (RecordResult | null)[];
  readonly importError: { readonly code: string; readonly message: string } | null;
}

/** Takes the records of a correction through the pipeline. */
export async function runOrigins(
  chunk: ClaimedChunk,
  origins: readonly Origin[],
  profile: CompiledProfile | ImportError,
  feed: BatchFeed,
  context: StepContext,
  marks: MarkWriter,
): Promise<CorrectionRun> {
  const inputs = origins.flatMap(({ input }) => input ?? []);
  const loaded: LoadedChunk = { chunk, inputs };
  const { items, importError } = await runLoaded(loaded, profile, feed, context, marks);
  const byIndex = new Map(items.map(({ result }) => [result.index, result]));
  return {
    chunk,
    origins,
    results: origins.map(({ input }) => (input ? byIndex.get(input.index)! : null)),
    importError,
  };
}

async function runLoaded(
  loaded: LoadedChunk,
  profile: CompiledProfile | ImportError,
  feed: BatchFeed,
  context: StepContext,
  marks: MarkWriter,
) {
  if (loaded.inputs.length === 0) return { items: [], importError: null };
  if (profile instanceof ImportError) return failChunk(loaded, profile);
  if (isSuspicious(loaded.chunk)) return runCarefully(loaded, profile, feed, context, marks);
  const [run] = await runTogether([loaded], profile, feed, context, marks);
  return run!;
}

/** What became of a correction's records. */
export interface Corrected {
  readonly items: readonly CorrectionItem[];
  readonly refusals: ReadonlyMap<Item, RejectResult>;
  readonly difference: Difference;
}

/**
 * Decides a correction's records and writes what became of them, but for their verdicts. In the caller's transaction.
 * @throws PostedAhead
 */
export async function correct(
  client: Client,
  facts: CorrectionFacts,
  correction: Correction,
  run: CorrectionRun,
): Promise<Corrected> {
  const { operation } = correction;
  const items = itemsOf(run, operation === 'all' || operation === 'amend' ? 'body_expired' : 'not_open');
  const needsResult = operation !== 'revert' && operation !== 'void';
  const decided = items.filter((_, position) => !needsResult || run.results[position] !== null);
  await decideCorrections(client, { ...correction, ...facts }, decided);
  const refusals = await explainRefusals(client, decided);
  const difference = await writeCorrectedUsage(client, facts, decided);
  await writeCorrectedExceptions(client, facts, items, refusals, (position) => run.origins[position]!.sent);
  return { items, refusals, difference };
}

/** Records of which nothing is decided yet. */
function itemsOf({ chunk, origins, results }: CorrectionRun, reason: string): CorrectionItem[] {
  return origins.map(({ ref, acceptedAt }, position) => ({
    ref,
    acceptedAt,
    result: results[position] ?? unlookedAt(chunk.firstIndex + position),
    decision: leftOut(reason),
    standing: null,
    redecision: null,
  }));
}

/**
 * Writes a correction's chunk in one transaction, locked by its token first. A record that Postgres refuses is found and
 * rejected, as among fresh ones.
 * @throws LeaseLost
 */
export async function storeCorrection(
  client: Client,
  token: string,
  facts: CorrectionFacts,
  correction: Correction,
  run: CorrectionRun,
): Promise<VerdictCounts> {
  const store = (tried: CorrectionRun) =>
    behindPosted(() => storeOnce(client, token, facts, correction, tried));
  try {
    return await store(run);
  } catch (error) {
    if (!isDataError(error)) throw error;
    const trial = { ...run, items: itemsOf(run, 'untried'), rawText: () => '' };
    const isolated = await isolateRefused(client, { ...facts, token }, [trial]);
    if (!isolated) throw error;
    const tried = isolated[0]!.items;
    const results = run.results.map((result, position) => result && tried[position]!.result);
    return store({ ...run, results });
  }
}

async function storeOnce(
  client: Client,
  token: string,
  facts: CorrectionFacts,
  correction: Correction,
  run: CorrectionRun,
): Promise<VerdictCounts> {
  await client.query('BEGIN');
  try {
    await lockChunks(client, token, [run.chunk]);
    const { items, refusals, difference } = correction.isCancelled
      ? { items: itemsOf(run, 'cancelled'), refusals: new Map<Item, RejectResult>(), difference: {} }
      : await correct(client, facts, correction, run);
    const [first] = items;
    if (correction.amended !== null && first!.decision!.verdict === 'i') {
      await reviseAmended(client, facts.correctionId, first!.ref);
    }
    await finishChunks(client, facts, [{ ...run, items }], difference);
    await client.query('COMMIT');
    return countVerdicts(items, refusals);
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}
