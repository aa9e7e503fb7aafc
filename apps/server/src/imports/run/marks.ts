import { writeSync } from 'node:fs';
import { MARK_FD } from '../../plugins/child.js';

/**
 * What a child tells its supervisor while it works, one line each on a pipe that is written at once
 * and therefore outlives a crash:
 * `claimed 12,13` the chunks it has taken; `record 7` it is about to run this record (index in the
 * import); `alive` it makes progress; `store` from here on it waits for the database.
 */
export type Mark =
  | { readonly kind: 'claimed'; readonly chunkIds: readonly number[] }
  | { readonly kind: 'record'; readonly index: number }
  | { readonly kind: 'alive' }
  | { readonly kind: 'store' };

/** A record-by-record sign of life is too dear in a normal run: the clock is read once in so many, */
const EVERY = 64;
/** and a mark written once in so long. */
const ALIVE_MS = 200;

export class MarkWriter {
  private count = 0;
  private last = 0;

  claimed(chunkIds: readonly number[]): void {
    this.write(`claimed ${chunkIds.join(',')}`);
  }

  record(index: number): void {
    this.write(`record ${index}`);
  }

  alive(): void {
    if (this.count++ % EVERY !== 0) return;
    const now = Date.now();
    if (now - this.last < ALIVE_MS) return;
    this.last = now;
    this.write('alive');
  }

  store(): void {
    this.write('store');
  }

  private write(line: string): void {
    writeSync(MARK_FD, `${line}\n`);
  }
}

export function readMark(line: string): Mark {
  const [kind, rest] = line.split(' ');
  if (kind === 'claimed') return { kind, chunkIds: rest!.split(',').map(Number) };
  if (kind === 'record') return { kind, index: Number(rest) };
  return { kind: kind === 'store' ? 'store' : 'alive' };
}
