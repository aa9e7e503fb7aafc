import type { Client } from 'pg';
import { numberArray } from './copy-text.js';
import type { RecordRef } from './verdict.js';

/** Records of an import that are no farther apart lie in one place: reading over a gap costs less than another look-up. */
const MAX_GAP = 500;

/**
 * Opens a posting: dates the entries that a transaction writes, and gives them their place in ledger order. It says
 * where they lie, so that readers in that order find them by the ledger's key: what it leaves out, they never see.
 * @param refs the accepted record of every entry (of a reversal: of what it reverses), in any order
 * @param entries how many there will be: a record has several where a step has split it
 * @returns its id, for `posting_id` of the entries
 */
export async function openPosting(
  client: Pick<Client, 'query'>,
  refs: readonly RecordRef[],
  entries: number,
): Promise<number> {
  const { rows } = await client.query<{ id: number }>({
    name: 'open-posting',
    text: 'INSERT INTO posting (entries, places) VALUES ($1, $2::bigint[]) RETURNING id',
    values: [entries, numberArray(placesOf(refs))],
  });
  return rows[0]!.id;
}

/**
 * `[import id, first index, last index, ...]` of records; no two places overlap.
 * @param maxGap how many indexes apart two records of a place may be
 */
export function placesOf(refs: readonly RecordRef[], maxGap = MAX_GAP): number[] {
  const places: number[] = [];
  const sorted = [...refs].sort((a, b) => a.importId - b.importId || a.index - b.index);
  for (const { importId, index } of sorted) {
    const end = places.length - 1;
    if (places[end - 2] === importId && index - places[end]! <= maxGap) places[end] = index;
    else places.push(importId, index, index);
  }
  return places;
}

/** `placesOf`, as parameters of a statement that takes them by column: import ids, first and last indexes. */
export function placeColumns(refs: readonly RecordRef[], maxGap: number): string[] {
  const places = placesOf(refs, maxGap);
  return [0, 1, 2].map((column) => numberArray(places.filter((_, i) => i % 3 === column)));
}
