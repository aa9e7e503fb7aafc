import { type Batch, readBatches } from './batch.js';
import { LineSplitter } from './line-splitter.js';
import type { Source } from './source.js';

function sourceOf(...chunks: string[]): Source {
  let read = 0;
  const bytes = async function* (): AsyncGenerator<Buffer> {
    for (const chunk of chunks) {
      read += chunk.length;
      yield Buffer.from(chunk);
    }
  };
  return {
    name: 'usage.ndjson',
    totalBytes: null,
    bytesRead: () => read,
    chunks: bytes(),
    close: () => undefined,
  };
}

async function batchesOf(source: Source, records: number, bytes: number): Promise<Batch[]> {
  const batches: Batch[] = [];
  for await (const batch of readBatches(source, new LineSplitter(), { records, bytes })) batches.push(batch);
  return batches;
}

describe('readBatches', () => {
  it('numbers batches and says where in the file they are', async () => {
    const batches = await batchesOf(sourceOf('1\n2\n3', '3\n4\n5\n6', '\n7'), 3, 1000);
    expect(
      batches.map(({ number, firstRecord, records, bytesRead }) => [
        number,
        firstRecord,
        records.join(),
        bytesRead,
      ]),
    ).toEqual([
      ['1', 1, '1,2,33', 12],
      ['2', 4, '4,5,6', 14],
      ['3', 7, '7', 14],
    ]);
  });

  it('keeps batches below the limit of bytes; a large record goes alone', async () => {
    const batches = await batchesOf(sourceOf('aaaa\nbbbb\ncccccccccccc\ndd\nee\n'), 100, 8);
    expect(batches.map((batch) => batch.records.join())).toEqual(['aaaa,bbbb', 'cccccccccccc', 'dd,ee']);
  });

  it('gives the same batches however the file arrives', async () => {
    const text = Array.from({ length: 50 }, (_, index) => `record ${index}\n`).join('');
    const whole = await batchesOf(sourceOf(text), 7, 60);
    const cut = await batchesOf(sourceOf(...text), 7, 60);
    expect(cut.map((batch) => batch.records)).toEqual(whole.map((batch) => batch.records));
  });
});
