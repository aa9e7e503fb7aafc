import type { Client } from 'pg';
import type { RecordResult } from 'feedmill/pipeline';
import { insertOrLockCells, readCells, updateCells } from './key-cells.js';
import {
  type Decision,
  FREE_CELL,
  type KeyCell,
  type RecordRef,
  decide,
  decideWithoutKey,
} from './verdict.js';

/** A record of the batch with what the pipeline made of it and, in the end, how it ended. */
export interface Item {
  readonly ref: RecordRef;
  readonly result: RecordResult;
  decision: Decision | null;
}

function fold(start: KeyCell, items: readonly Item[]): KeyCell {
  let cell = start;
  for (const item of items) {
    const step = decide(cell, item.result, item.ref);
    item.decision = step.decision;
    cell = step.cell;
  }
  return cell;
}

/**
 * Decides every record of a batch against the key cells, inside the store transaction. Records of one
 * key are decided in their order. Most keys are new: their end is worked out as if they were, and
 * inserted; only the keys that turn out to be taken are read and decided again under their lock.
 */
export async function decideBatch(client: Client, scopeId: number, items: readonly Item[]): Promise<void> {
  const byKey = new Map<string, Item[]>();
  for (const item of items) {
    const { key } = item.result;
    if (key === null) {
      item.decision = decideWithoutKey(item.result);
      continue;
    }
    const same = byKey.get(key);
    if (same) same.push(item);
    else byKey.set(key, [item]);
  }
  const ends = new Map<string, KeyCell>();
  const untouched: string[] = [];
  for (const [key, same] of byKey) {
    const end = fold(FREE_CELL, same);
    // A skipped record leaves a free cell free: nothing to insert, but the key may be live already.
    if (end.state === 'free' && end.open === null) untouched.push(key);
    else ends.set(key, end);
  }
  for (const key of (await readCells(client, scopeId, untouched)).keys()) ends.set(key, FREE_CELL);

  const taken = await insertOrLockCells(client, scopeId, ends);
  const cells = await readCells(client, scopeId, taken);
  const changed = new Map<string, KeyCell>();
  for (const key of taken) {
    const cell = cells.get(key)!;
    const end = fold(cell, byKey.get(key)!);
    if (end !== cell) changed.set(key, end);
  }
  await updateCells(client, scopeId, changed);
}
