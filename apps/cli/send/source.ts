import { type Stats, createReadStream, statSync } from 'node:fs';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { UsageError } from '../errors.js';
import { toText } from './text-decoder.js';

/** An input file: its bytes decompressed and without a byte order mark. */
export interface Source {
  /** Where the server shows the records came from: the file's name without its folder, `stdin` for `-`. */
  name: string;
  /** The file's size on disk, null where it is not known (a pipe). */
  totalBytes: number | null;
  /** Bytes read so far, as they are on disk: what `totalBytes` counts. */
  bytesRead(): number;
  /** Opens the file when the first chunk is asked for. Read it once. */
  chunks: AsyncIterable<Buffer>;
  /** Ends the reading, also while it waits for more of a pipe. */
  close(): void;
}

const chunkBytes = 256 * 1024;

/**
 * The file at `path`, or standard input for `-`. Gzip is known by its first bytes, whatever the name.
 * @throws UsageError where there is no such file; while reading, where the bytes are not what they claim
 */
export function openSource(path: string, stdin: Readable = process.stdin): Source {
  const stats = path === '-' ? null : statFile(path);
  let stream: Readable | null = null;
  let read = 0;
  const file = async function* (): AsyncGenerator<Buffer> {
    stream = path === '-' ? stdin : createReadStream(path, { highWaterMark: chunkBytes });
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      read += chunk.length;
      yield chunk;
    }
  };
  return {
    name: path === '-' ? 'stdin' : basename(path),
    totalBytes: stats?.isFile() ? stats.size : null,
    bytesRead: () => read,
    chunks: named(path, toText(file(), chunkBytes)),
    close: () => stream?.destroy(),
  };
}

function statFile(path: string): Stats {
  try {
    const stats = statSync(path);
    if (!stats.isDirectory()) return stats;
  } catch (error) {
    throw new UsageError(`${path}: ${toReason(error as NodeJS.ErrnoException)}`);
  }
  throw new UsageError(`${path}: this is a folder`);
}

/** What goes wrong while reading is said with the file's name. */
async function* named(path: string, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* chunks;
  } catch (error) {
    throw new UsageError(
      `${path === '-' ? 'standard input' : path}: ${toReason(error as NodeJS.ErrnoException)}`,
    );
  }
}

function toReason(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return 'no such file';
  if (error.code === 'EACCES') return 'not allowed to read it';
  if (error.code === 'Z_BUF_ERROR') return 'the gzip data ends early';
  if (error.code?.startsWith('Z_')) return `the gzip data is damaged (${error.message})`;
  return error.message;
}
