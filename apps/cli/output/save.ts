import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ApiError, ConnectionError, UsageError } from '../errors.js';

/**
 * Writes what arrives to standard output, or to a file that has its name only once it is whole.
 * @param path undefined and `-` are standard output
 * @throws UsageError where the file cannot be written
 */
export async function save(pieces: AsyncIterable<Uint8Array>, path: string | undefined): Promise<void> {
  if (path === undefined || path === '-')
    return pipeline(Readable.from(pieces), process.stdout, { end: false });
  const part = `${path}.part`;
  try {
    await pipeline(Readable.from(pieces), createWriteStream(part));
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    if (error instanceof ApiError || error instanceof ConnectionError) throw error;
    throw new UsageError(`${path}: ${(error as Error).message}`);
  }
}
