import { PassThrough, Readable, pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { UsageError } from '../errors.js';

const gzipMagic = Buffer.from([0x1f, 0x8b]);
const utf8Mark = Buffer.from([0xef, 0xbb, 0xbf]);
const utf16Marks = [Buffer.from([0xff, 0xfe]), Buffer.from([0xfe, 0xff])];

/**
 * The text in `bytes`, as bytes: gunzipped where they are gzip, without a UTF-8 byte order mark.
 * @throws UsageError for UTF-16; zlib's error for broken gzip
 */
export async function* toText(bytes: AsyncIterable<Buffer>, chunkBytes: number): AsyncGenerator<Buffer> {
  const [head, all] = await peek(bytes, gzipMagic.length);
  const isGzip = head.subarray(0, gzipMagic.length).equals(gzipMagic);
  const [start, text] = await peek(isGzip ? gunzip(all, chunkBytes) : all, utf8Mark.length);
  if (utf16Marks.some((mark) => start.subarray(0, mark.length).equals(mark))) {
    throw new UsageError('this is UTF-16; convert it to UTF-8 first');
  }
  let skip = start.subarray(0, utf8Mark.length).equals(utf8Mark) ? utf8Mark.length : 0;
  for await (const chunk of text) {
    yield chunk.subarray(skip);
    skip = 0;
  }
}

function gunzip(bytes: AsyncIterable<Buffer>, chunkBytes: number): AsyncIterable<Buffer> {
  // The pass-through hands an error of either side to the reader.
  return pipeline(
    Readable.from(bytes),
    createGunzip({ chunkSize: chunkBytes }),
    new PassThrough(),
    () => undefined,
  );
}

/** The first bytes, at least `size` of them (fewer only at the end), and all bytes with these still in front. */
async function peek(bytes: AsyncIterable<Buffer>, size: number): Promise<[Buffer, AsyncIterable<Buffer>]> {
  const iterator = bytes[Symbol.asyncIterator]();
  let head: Buffer = Buffer.alloc(0);
  while (head.length < size) {
    const next = await iterator.next();
    if (next.done) break;
    head = Buffer.concat([head, next.value]);
  }
  return [head, withHead(head, iterator)];
}

async function* withHead(head: Buffer, iterator: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  try {
    if (head.length > 0) yield head;
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
  } finally {
    await iterator.return?.();
  }
}
