import { setImmediate as turn } from 'node:timers/promises';
import type { RecordPlace } from '../common/index.js';

/** Records by their origin, in order: `[import id, first index, last index, ...]`. */
export type Places = readonly number[];

/** A chunk of a correction on its way into the database. */
export interface CorrectionChunk {
  /** Counted in the correction's import. */
  readonly firstIndex: number;
  readonly total: number;
  readonly origins: Places;
}

export function countRecords(places: Places): number {
  let count = 0;
  for (let n = 0; n < places.length; n += 3) count += places[n + 2]! - places[n + 1]! + 1;
  return count;
}

/** Adds a run of records of one import behind the last; runs that meet become one. */
export function addPlace(places: number[], importId: number, first: number, last: number): void {
  const end = places.length - 1;
  if (places[end - 2] === importId && places[end]! + 1 === first) places[end] = last;
  else places.push(importId, first, last);
}

/** The places of single records, in the order given. */
export function toPlaces(records: readonly RecordPlace[]): Places {
  const places: number[] = [];
  for (const { importId, index } of records) addPlace(places, importId, index, index);
  return places;
}

/** The import that all records came with; undefined where they are of several. */
export function onlyImportOf(places: Places): number | undefined {
  for (let n = 3; n < places.length; n += 3) if (places[n] !== places[0]) return undefined;
  return places[0];
}

/** Of a text of places, what is read in one go: a few milliseconds. */
const SLICE_LENGTH = 200_000;

/** SQL: the place of a row, for a text that `readPlaces` reads; places are separated by blanks. */
export const placeText = (importId: string, first: string, last: string): string =>
  `concat_ws(',', ${importId}, ${first}, ${last})`;

/** The places of a text, those that follow each other joined. Long ones are read in slices: others have their turn. */
export async function readPlaces(text: string): Promise<Places> {
  const places: number[] = [];
  for (let from = 0; from < text.length;) {
    const blank = text.indexOf(' ', from + SLICE_LENGTH);
    const to = blank < 0 ? text.length : blank;
    for (const place of text.slice(from, to).split(' ')) {
      const [importId, first, last] = place.split(',');
      addPlace(places, Number(importId), Number(first), Number(last));
    }
    from = to + 1;
    if (from < text.length) await turn();
  }
  return places;
}

/**
 * Cuts places into chunks of at most so many records; all but the last are full.
 * @param startsAt the index of the first record in the correction's import
 */
export function* toChunks(places: Places, maxRecords: number, startsAt = 0): Generator<CorrectionChunk> {
  let firstIndex = startsAt;
  let total = 0;
  let origins: number[] = [];
  for (let n = 0; n < places.length; n += 3) {
    const last = places[n + 2]!;
    for (let first = places[n + 1]!; first <= last;) {
      const end = Math.min(last, first + maxRecords - total - 1);
      origins.push(places[n]!, first, end);
      total += end - first + 1;
      first = end + 1;
      if (total === maxRecords) {
        yield { firstIndex, total, origins };
        firstIndex += total;
        total = 0;
        origins = [];
      }
    }
  }
  if (total > 0) yield { firstIndex, total, origins };
}
