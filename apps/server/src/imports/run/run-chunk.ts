import {
  type CompiledProfile,
  ImportError,
  type RecordResult,
  type StepContext,
  cleanText,
  runRecords,
  toJsonText,
} from 'feedmill/pipeline';
import { BrokenElement } from '../envelope/index.js';
import type { ClaimedChunk } from './claim.js';
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

/**
 * Takes a chunk through the pipeline: in one go, or, where the process has died over it before,
 * record by record with a mark before each.
 */
export async function runChunk(
  chunk: ClaimedChunk,
  profile: CompiledProfile | ImportError,
  feed: BatchFeed,
  source: BatchImport,
  context: StepContext,
  marks: MarkWriter,
): Promise<ChunkRun> {
  const elements = source.elements.slice(chunk.firstIndex, chunk.firstIndex + chunk.total);
  const inputs = elements.map((raw, i) => ({ index: chunk.firstIndex + i, raw }));
  const rawText = (position: number) => {
    const raw = elements[position];
    return toJsonText(raw instanceof BrokenElement ? raw.text : raw);
  };
  const finish = (
    results: readonly RecordResult[],
    importError: ChunkRun['importError'] = null,
  ): ChunkRun => ({
    chunk,
    items: results.map((result) => ({
      ref: { importId: chunk.importId, index: result.index },
      result,
      decision: null,
    })),
    rawText,
    importError,
  });

  if (profile instanceof ImportError) {
    const message = cleanText(profile.message);
    const failed = inputs.map(({ index }): RecordResult => importFailed(index, message));
    return finish(failed, { code: profile.code, message });
  }
  const options = { keyFields: feed.keyFields };
  if (chunk.crashes === 0 && chunk.attempts === 1) {
    return finish(await runRecords(profile, inputs, context, { ...options, mark: () => marks.alive() }));
  }
  const crashed = new Set(chunk.crashed);
  const lastKnown = Math.max(-1, ...chunk.crashed);
  const notRun = new Set(
    isGivenUp(chunk, feed) ? inputs.map((i) => i.index).filter((i) => i > lastKnown) : [],
  );
  const results: RecordResult[] = [];
  for (const input of inputs) {
    marks.record(input.index);
    results.push(...(await runRecords(profile, [input], context, { ...options, crashed, notRun })));
  }
  return finish(results);
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
