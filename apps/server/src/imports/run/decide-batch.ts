import type { Client } from 'pg';
import type { StepContext } from 'feedmill/pipeline';
import { ConflictRules, type Item, type KeyPolicy } from './conflict-rules.js';
import { type CellsByKey, insertOrLockCells, insertVersions, readCells, updateCells } from './key-cells.js';
import type { MarkWriter } from './marks.js';
import {
  FREE_CELL,
  type KeyCell,
  type LiveEntry,
  type MeetingRule,
  decide,
  decideWithoutKey,
  isConflict,
  liveEntry,
} from './verdict.js';

/**
 * Decides every record of a batch against the key cells, inside the store transaction. Records of one
 * key are decided in their order. Most keys are new: their end is worked out as if they were, and
 * inserted; only the keys that turn out to be taken are read and decided again under their lock.
 * @throws PostedAhead
 */
export async function decideBatch(
  client: Client,
  policy: KeyPolicy,
  context: StepContext,
  marks: MarkWriter,
  items: readonly Item[],
): Promise<void> {
  const byKey = groupByKey(items);
  const fold = new Fold(new ConflictRules(client, policy, context, marks));
  const ends = new Map<string, KeyCell>();
  const untouched: string[] = [];
  for (const [key, same] of byKey) {
    const end = same.length === 1 ? fold.first(same[0]!) : await fold.all(FREE_CELL, same);
    // A skipped record leaves a free cell free: nothing to insert, but the key may be live already.
    if (end === FREE_CELL) untouched.push(key);
    else ends.set(key, end);
  }
  const { scopeId } = policy;
  for (const key of (await readCells(client, scopeId, untouched)).keys()) ends.set(key, FREE_CELL);

  const taken = await insertOrLockCells(client, scopeId, ends);
  const starts = await readCells(client, scopeId, taken);
  await fold.rules.read(mayBeReversed(starts, byKey, policy), starts);
  const changed = new Map<string, KeyCell>();
  for (const [key, start] of starts) {
    const end = await fold.all(start, byKey.get(key)!);
    ends.set(key, end);
    if (end !== start) changed.set(key, end);
  }
  await updateCells(client, scopeId, changed);
  await insertVersions(client, scopeId, starts, ends);
}

function groupByKey(items: readonly Item[]): Map<string, Item[]> {
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
  return byKey;
}

/** The holders of cells that records of the batch may take back. */
function mayBeReversed(
  cells: CellsByKey,
  byKey: ReadonlyMap<string, Item[]>,
  policy: KeyPolicy,
): LiveEntry[] {
  const mayReplace = policy.onConflict === 'replace';
  return [...cells].flatMap(([key, cell]) => {
    const isAsked = byKey
      .get(key)!
      .some(({ result }) => (mayReplace || result.kind === 'cancel') && isConflict(cell, result));
    return isAsked ? [liveEntry(cell)] : [];
  });
}

/** Takes the records of a key over its cell, one after the other. */
class Fold {
  constructor(readonly rules: ConflictRules) {}

  /** The only record of a key that is taken to be new. */
  first(item: Item): KeyCell {
    return this.step(FREE_CELL, item, this.rules.ofFree(FREE_CELL, item, []));
  }

  async all(start: KeyCell, items: readonly Item[]): Promise<KeyCell> {
    let cell = start;
    for (const item of items) {
      item.reversedParts = 0;
      item.undecided = undefined;
      cell = this.step(cell, item, await this.rules.of(cell, item, items));
    }
    return cell;
  }

  private step(cell: KeyCell, item: Item, rule: MeetingRule): KeyCell {
    const step = decide(cell, item.result, item.ref, rule, this.rules.leavesOpen);
    item.decision = step.decision;
    return step.cell;
  }
}
