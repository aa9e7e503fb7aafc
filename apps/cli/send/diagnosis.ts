import type { Batch } from './batch.js';
import type { Format } from './format.js';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Which record of a batch made the server refuse the body as malformed, and why; null where none is found here. The
 * server says only that the body is not JSON or not UTF-8, a person wants the place in the file.
 */
export function findMalformedRecord(
  batch: Batch,
  format: Format,
): { record: number; problem: string } | null {
  for (const [index, bytes] of batch.records.entries()) {
    const problem = problemOf(bytes, format);
    if (problem !== null) return { record: batch.firstRecord + index, problem };
  }
  return null;
}

function problemOf(bytes: Buffer, format: Format): string | null {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return 'it is not valid UTF-8';
  }
  if (format === 'csv') return null;
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    return `it is not JSON: ${(error as Error).message}`;
  }
}
