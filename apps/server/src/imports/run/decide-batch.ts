import type { Client } from 'pg';
import { type Expression, type RecordResult, type StepContext, toMicros } from 'feedmill/pipeline';
import { chooseBetter } from './choose-better.js';
import { type ClosedPeriod, refusedBefore } from './closed-period.js';
import {
  type CellsByKey,
  insertOrLockCells,
  insertVersions,
  readAcceptance,
  readCells,
  updateCells,
} from './key-cells.js';
import { type LiveUsage, placeOf, readLiveUsage } from './live-usage.js';
import type { MarkWriter } from './marks.js';
import {
  type ConflictRule,
  type Decision,
  FREE_CELL,
  type KeyCell,
  type KeyVersion,
  type LiveEntry,
  type MeetingRule,
  type RecordRef,
  decide,
  decideWithoutKey,
  isConflict,
  liveEntry,
} from './verdict.js';

/** A record of the batch with what the pipeline made of it and, in the end, how it ended. */
export interface Item {
  readonly ref: RecordRef;
  /** When its import was accepted: canonical text. */
  readonly acceptedAt: string;
  readonly result: RecordResult;
  decision: Decision | null;
  /** Parts of the live record that this one takes back. */
  reversedParts?: number;
  /** Why the feed's `replaceWhen` could not say whether the record is the better one. */
  undecided?: string;
}

/** What a feed says of its usage keys. */
export interface KeyPolicy {
  readonly scopeId: number;
  /** Keys of older usage were forgotten when the dates of the records were looked at. */
  readonly forgottenBefore: string | null;
  /** The feed's closed time when the dates of the records were looked at. */
  readonly closed: ClosedPeriod | null;
  readonly onConflict: ConflictRule;
  /** With `replace`: whether the record sent is better than the live one, which is kept otherwise. */
  readonly replaceWhen: Expression | null;
}

/** A holder was posted behind this transaction in ledger order: the batch is to be stored by a new one. */
export class PostedAhead extends Error {}

/** Conditions may keep the database and the supervisor waiting for so long before they hear of us. */
const SIGN_OF_LIFE_MS = 1000;

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
  const fold = new Fold(client, policy, context, marks);
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
  fold.live = await readLiveUsage(client, mayBeReversed(starts, byKey, policy));
  if ([...fold.live.values()].some(({ isAhead }) => isAhead)) throw new PostedAhead();
  if (isByOrder(policy)) fold.acceptedAt = await readAcceptance(client, wordsOfFree(starts));
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

/** Whether the record that was accepted last has the last word. */
function isByOrder({ onConflict, replaceWhen }: KeyPolicy): boolean {
  return onConflict === 'replace' && !replaceWhen;
}

/** The imports of what was said of keys that are free now. */
function wordsOfFree(cells: CellsByKey): number[] {
  const free = [...cells.values()].filter(({ state }) => state === 'free');
  return [...new Set(free.flatMap(({ versions }) => versions.map(({ ref }) => ref.importId)))];
}

const isSame = (a: RecordRef, b: RecordRef) => a.importId === b.importId && a.index === b.index;

/** Takes the records of a key over its cell, one after the other. */
class Fold {
  /** Entries of the ledger, by place, of the holders that records may take back. */
  live: ReadonlyMap<string, LiveUsage> = new Map();
  /** When imports of earlier versions were accepted. */
  acceptedAt: ReadonlyMap<number, string> = new Map();

  /** Microseconds since 1970: nothing that is dated before is taken back. */
  private readonly refusedBefore: number;
  private lastSign = performance.now();

  constructor(
    private readonly client: Client,
    private readonly policy: KeyPolicy,
    private readonly context: StepContext,
    private readonly marks: MarkWriter,
  ) {
    this.refusedBefore = refusedBefore(policy.closed);
  }

  /** The only record of a key that is taken to be new. */
  first(item: Item): KeyCell {
    return this.step(FREE_CELL, item, this.ruleOfFree(FREE_CELL, item, []));
  }

  async all(start: KeyCell, items: readonly Item[]): Promise<KeyCell> {
    let cell = start;
    for (const item of items) {
      item.reversedParts = 0;
      item.undecided = undefined;
      const rule = isConflict(cell, item.result)
        ? await this.rule(cell, item, items)
        : this.ruleOfFree(cell, item, items);
      cell = this.step(cell, item, rule);
    }
    return cell;
  }

  private step(cell: KeyCell, item: Item, rule: MeetingRule): KeyCell {
    const step = decide(cell, item.result, item.ref, rule);
    item.decision = step.decision;
    return step.cell;
  }

  /** The feed's rule for a conflict; `exception` where what is live is not there to be reversed, or nothing can be told. */
  private async rule(cell: KeyCell, item: Item, sameKey: readonly Item[]): Promise<MeetingRule> {
    const { onConflict, replaceWhen } = this.policy;
    const isCancel = item.result.kind === 'cancel';
    if (!isCancel && onConflict !== 'replace') return onConflict;
    const live = this.usageOf(cell.holder!, sameKey);
    if (!live) return 'exception';
    const byOrder = isCancel || !replaceWhen;
    if (byOrder && toMicros(item.acceptedAt) < toMicros(live.acceptedAt)) return 'outdated';
    const chosen = byOrder || (await chooseBetter(replaceWhen, this.context, live.parts, item.result));
    await this.giveSignOfLife();
    if (typeof chosen === 'object') {
      item.undecided = chosen.problem;
      return 'exception';
    }
    if (!chosen) return 'keep';
    if (live.parts.some(({ date }) => toMicros(date) < this.refusedBefore)) return 'closed';
    item.reversedParts = live.parts.length;
    return 'replace';
  }

  /** The feed's rule where nothing is live, which may be the last word too. */
  private ruleOfFree(cell: KeyCell, { acceptedAt, result }: Item, sameKey: readonly Item[]): MeetingRule {
    if (cell.state !== 'free' || this.policy.onConflict !== 'replace') return 'exception';
    if (result.kind !== 'usage' || !isByOrder(this.policy)) return 'replace';
    const isLater = ({ ref }: KeyVersion) => {
      const inBatch = sameKey.find((other) => isSame(other.ref, ref));
      const said = inBatch ? inBatch.acceptedAt : this.acceptedAt.get(ref.importId);
      return said !== undefined && toMicros(acceptedAt) < toMicros(said);
    };
    return cell.versions.some(isLater) ? 'outdated' : 'replace';
  }

  private usageOf(holder: RecordRef, sameKey: readonly Item[]): LiveUsage | undefined {
    const inBatch = sameKey.find(({ ref }) => isSame(ref, holder));
    if (inBatch?.result.kind !== 'usage') return this.live.get(placeOf(holder));
    return { acceptedAt: inBatch.acceptedAt, parts: inBatch.result.parts, isAhead: false };
  }

  /** Many slow conditions must not look like a dead connection or a child that hangs. */
  private async giveSignOfLife(): Promise<void> {
    if (performance.now() - this.lastSign < SIGN_OF_LIFE_MS) return;
    this.lastSign = performance.now();
    this.marks.store();
    await this.client.query('SELECT');
  }
}
