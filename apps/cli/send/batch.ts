import { UsageError } from '../errors.js';
import type { RecordSplitter } from './splitter.js';
import type { Source } from './source.js';

/** Records of one file that travel in one request. */
export interface Batch {
  source: string;
  /** Counts the batches of a file from 1; halves of batch 3 are `3.1` and `3.2`. */
  number: string;
  /** The place of the first record in the file, counted from 1. */
  firstRecord: number;
  records: Buffer[];
  /** How much of the file (`Source.bytesRead`) had been read when the batch was complete. */
  bytesRead: number;
}

export interface BatchLimits {
  records: number;
  /** Together with the number in flight this bounds the memory a send takes. */
  bytes: number;
}

/**
 * The records of a file, in its order, in batches within both limits; a record larger than `bytes` goes alone. The
 * same file and limits always give the same batches.
 * @throws UsageError where the file cannot be read or is not what its format says
 */
export async function* readBatches(
  source: Source,
  splitter: RecordSplitter,
  limits: BatchLimits,
): AsyncGenerator<Batch> {
  let number = 1;
  let firstRecord = 1;
  let records: Buffer[] = [];
  let bytes = 0;

  const takeBatch = (): Batch => {
    const batch = {
      source: source.name,
      number: String(number++),
      firstRecord,
      records,
      bytesRead: source.bytesRead(),
    };
    firstRecord += records.length;
    records = [];
    bytes = 0;
    return batch;
  };
  function* fill(more: Buffer[]): Generator<Batch> {
    for (const record of more) {
      if (records.length > 0 && bytes + record.length > limits.bytes) yield takeBatch();
      records.push(record);
      bytes += record.length;
      if (records.length === limits.records) yield takeBatch();
    }
  }

  for await (const chunk of source.chunks) yield* fill(named(source, () => splitter.push(chunk)));
  yield* fill(named(source, () => splitter.end()));
  if (records.length > 0) yield takeBatch();
}

/** The two halves of a batch of at least two records. */
export function halve(batch: Batch): [Batch, Batch] {
  const middle = Math.ceil(batch.records.length / 2);
  return [
    { ...batch, number: `${batch.number}.1`, records: batch.records.slice(0, middle) },
    {
      ...batch,
      number: `${batch.number}.2`,
      firstRecord: batch.firstRecord + middle,
      records: batch.records.slice(middle),
    },
  ];
}

function named<T>(source: Source, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof UsageError ? new UsageError(`${source.name}: ${error.message}`) : error;
  }
}
