import {
  type CompiledProfile,
  type ImportError,
  type RecordInput,
  type RecordResult,
  type StepContext,
  cleanText,
  runRecords,
  toJsonText,
} from 'feedmill/pipeline';
import { BrokenElement } from '../envelope/index.js';
import type { ClaimedChunk } from './claim.js';
import { type DateLimits, dateLimits, withinLimits } from './date-limits.js';
import type { BatchFeed, BatchImport } from './load-batch.js';
import type { MarkWriter } from './marks.js';
import type { ChunkRun } from './store.js';

/** Records of a chunk that may end the process before the rest of the chunk is not run any more. */
const MAX_CRASHED = 8;
/** Chunks of a feed in a row that records have crashed, before a chunk's rest is not run any more. */
const MAX_STREAK = 3;

/** Whether the rest of the chunk, behind the records known to crash, is given up. */
export function isGivenUp(chunk: ClaimedChunk, feed: BatchFeed): boolean {
  return (
    chunk.crashed.length >= MAX_CRASHED ||
    (chunk.crashed.length > 0 && feed.crashStreak + 1 >= MAX_STREAK) ||
    chunk.crashes >= 2 * (MAX_CRASHED + 1)
  );
}

/** A claimed chunk with its records. */
export interface LoadedChunk {
  readonly chunk: ClaimedChunk;
  readonly inputs: readonly (RecordInput & { readonly acceptedAt: string })[];
}

export function toLoadedChunk(chunk: ClaimedChunk, { acceptedAt, elements }: BatchImport): LoadedChunk {
  const inputs = elements
    .slice(chunk.firstIndex, chunk.firstIndex + chunk.total)
    .map((raw, i) => toInput(raw, chunk.firstIndex + i, acceptedAt));
  return { chunk, inputs };
}

export function toInput(raw: unknown, index: number, acceptedAt: string) {
  const input = { index, raw, acceptedAt };
  return raw instanceof BrokenElement ? { ...input, malformed: raw.message } : input;
}

/** Takes chunks through the pipeline in one go, so that each step looks its reference data up once. */
export async function runTogether(
  chunks: readonly LoadedChunk[],
  profile: CompiledProfile,
  feed: BatchFeed,
  context: StepContext,
  marks: MarkWriter,
): Promise<ChunkRun[]> {
  const inputs = chunks.flatMap((c) => c.inputs);
  const { keyFields, cancelWhen } = feed;
  const options = { keyFields, cancelWhen, mark: () => marks.alive() };
  const results = await runRecords(profile, inputs, context, options);
  let next = 0;
  return chunks.map((loaded) => {
    const own = results.slice(next, (next += loaded.inputs.length));
    return toRun(loaded, datedWithinLimits(own, feed, loaded));
  });
}

/** Whether the process has died over the chunk, or might have: then it goes record by record. */
export function isSuspicious({ crashes, attempts }: ClaimedChunk): boolean {
  return crashes > 0 || attempts > 3;
}

/** Takes a suspicious chunk through the pipeline record by record, with a mark before each. */
export async function runCarefully(
  loaded: LoadedChunk,
  profile: CompiledProfile,
  feed: BatchFeed,
  context: StepContext,
  marks: MarkWriter,
): Promise<ChunkRun> {
  const { chunk, inputs } = loaded;
  const lastKnown = Math.max(-1, ...chunk.crashed);
  const rest = isGivenUp(chunk, feed) ? inputs.map((i) => i.index).filter((i) => i > lastKnown) : [];
  const { keyFields, cancelWhen } = feed;
  const options = { keyFields, cancelWhen, crashed: new Set(chunk.crashed), notRun: new Set(rest) };
  const results: RecordResult[] = [];
  for (const input of inputs) {
    marks.record(input.index);
    results.push(...(await runRecords(profile, [input], context, options)));
  }
  return toRun(loaded, datedWithinLimits(results, feed, loaded));
}

function datedWithinLimits(
  results: readonly RecordResult[],
  { dates }: BatchFeed,
  { inputs }: LoadedChunk,
): RecordResult[] {
  let acceptedAt = '';
  let limits: DateLimits;
  return results.map((result, position) => {
    const input = inputs[position]!;
    if (input.acceptedAt !== acceptedAt) limits = dateLimits(dates, (acceptedAt = input.acceptedAt));
    return withinLimits(result, limits);
  });
}

/** All records of a chunk whose profile version does not load. */
export function failChunk(loaded: LoadedChunk, error: ImportError): ChunkRun {
  const message = cleanText(error.message);
  const results = loaded.inputs.map(({ index }) => importFailed(index, message));
  return { ...toRun(loaded, results), importError: { code: error.code, message } };
}

function toRun({ chunk, inputs }: LoadedChunk, results: readonly RecordResult[]): ChunkRun {
  return {
    chunk,
    items: results.map((result, position) => ({
      ref: { importId: chunk.importId, index: result.index },
      acceptedAt: inputs[position]!.acceptedAt,
      result,
      decision: null,
    })),
    rawText: (position) => {
      const raw = inputs[position]!.raw;
      return toJsonText(raw instanceof BrokenElement ? raw.raw : raw);
    },
    importError: null,
  };
}

function importFailed(index: number, message: string): RecordResult {
  return {
    index,
    key: null,
    decodedHash: null,
    kind: 'reject',
    stage: 'mediate',
    step: null,
    rejection: { code: 'import_failed', message },
    record: null,
  };
}
