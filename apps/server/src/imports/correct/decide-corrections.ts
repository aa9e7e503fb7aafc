import type { Client } from 'pg';
import { type RecordResult, type StepContext, toMicros } from 'feedmill/pipeline';
import { refusedBefore } from '../run/closed-period.js';
import { ConflictRules, type Item, type KeyPolicy, isBefore } from '../run/conflict-rules.js';
import {
  deleteUntouchedCells,
  insertOrLockFreeCells,
  insertVersions,
  readAcceptance,
  readCells,
  updateCells,
} from '../run/key-cells.js';
import { placeOf } from '../run/live-usage.js';
import type { MarkWriter } from '../run/marks.js';
import {
  FREE_CELL,
  type KeyCell,
  type LiveEntry,
  type MeetingRule,
  type RecordRef,
  freed,
  isConflict,
  isSameRecord,
  liveEntry,
} from '../run/verdict.js';
import { readOwnExceptions, readOwnUsage } from './read-standings.js';
import {
  type Redecision,
  holds,
  isNew,
  isUntouched,
  redecide,
  takeBack,
  withoutVersionsOf,
} from './redecide.js';
import { isSameUsage } from './same-usage.js';
import type { Operation, OwnException, OwnUsage, Standing } from './standing.js';

/** A record that is decided again. */
export interface CorrectionItem extends Item {
  standing: Standing | null;
  redecision: Redecision | null;
}

/** What decides records again. */
export interface Decider {
  readonly operation: Operation;
  /** Of `void`: other usage may take the key. */
  readonly releaseKey: boolean;
  readonly keyPolicy: KeyPolicy;
  readonly context: StepContext;
  readonly marks: MarkWriter;
}

/**
 * Decides the records of a correction under the locks of their keys, inside the transaction that stores them.
 * @throws PostedAhead
 */
export async function decideCorrections(
  client: Client,
  decider: Decider,
  items: readonly CorrectionItem[],
): Promise<void> {
  const { scopeId } = decider.keyPolicy;
  const refs = items.map(({ ref }) => ref);
  const usage = await readOwnUsage(client, refs);
  const before = await readOwnExceptions(client, refs);
  const keys = keysOf(items, usage, before);
  const taken = await insertOrLockFreeCells(client, scopeId, keys);
  const found = await readCells(client, scopeId, taken, true);
  const starts = new Map(keys.map((key) => [key, found.get(key) ?? FREE_CELL]));
  const exceptions = await readOwnExceptions(client, refs);
  for (const [place, own] of await readOwnUsage(client, notHolding(refs, usage, starts)))
    usage.set(place, own);
  for (const item of items) {
    const place = placeOf(item.ref);
    item.standing = {
      ref: item.ref,
      usage: usage.get(place) ?? null,
      exception: exceptions.get(place) ?? null,
    };
  }
  const ends = await new Corrections(client, decider, starts, items).decideAll();
  const changed = new Map([...ends].filter(([key, cell]) => cell !== starts.get(key)));
  await updateCells(client, scopeId, changed);
  await insertVersions(client, scopeId, starts, ends);
  await deleteUntouchedCells(
    client,
    scopeId,
    [...ends].flatMap(([key, cell]) => (isUntouched(cell) ? [key] : [])),
  );
}

/** All keys that records have or have had. */
function keysOf(
  items: readonly Keyed[],
  usage: ReadonlyMap<string, OwnUsage>,
  exceptions: ReadonlyMap<string, OwnException>,
): string[] {
  const keys = new Set<string>();
  for (const { ref, result } of items) {
    const place = placeOf(ref);
    for (const key of [result?.key, usage.get(place)?.key, exceptions.get(place)?.key])
      if (key) keys.add(key);
  }
  return [...keys];
}

/** A record with what it is now; null where that is not looked at. */
interface Keyed {
  readonly ref: RecordRef;
  readonly result: RecordResult | null;
}

/**
 * Locks the keys of records of several corrections that go into one transaction: of each scope in one go, in key order, as
 * all others do. Locked correction by correction, they could wait for each other and others in a circle.
 */
export async function lockKeys(
  client: Client,
  corrections: readonly { readonly scopeId: number; readonly items: readonly Keyed[] }[],
): Promise<void> {
  const byScope = new Map<number, Keyed[]>();
  for (const { scopeId, items } of corrections)
    byScope.set(scopeId, [...(byScope.get(scopeId) ?? []), ...items]);
  for (const [scopeId, items] of [...byScope].sort(([a], [b]) => a - b)) {
    const refs = items.map(({ ref }) => ref);
    const [usage, exceptions] = [await readOwnUsage(client, refs), await readOwnExceptions(client, refs)];
    await insertOrLockFreeCells(client, scopeId, keysOf(items, usage, exceptions));
  }
}

/** Records that were live before their keys were locked, and do not hold them: taken back meanwhile, or their keys forgotten. */
function notHolding(
  refs: readonly RecordRef[],
  usage: ReadonlyMap<string, OwnUsage>,
  cells: ReadonlyMap<string, KeyCell>,
): RecordRef[] {
  return refs.filter((ref) => {
    const own = usage.get(placeOf(ref));
    if (!own || own.isReversed || own.key === null) return false;
    const cell = cells.get(own.key)!;
    return !isNew(cell) && !holds({ ref }, cell);
  });
}

/** Takes the records over their cells, one after the other. */
class Corrections {
  private readonly cells: Map<string, KeyCell>;
  private readonly rules: ConflictRules;
  /** Microseconds since 1970: nothing that is dated before is taken back. */
  private readonly refusedBefore: number;
  /** Records of this transaction that have become usage. */
  private readonly written: CorrectionItem[] = [];
  private acceptedAt: ReadonlyMap<number, string> = new Map();
  private readonly byPlace: ReadonlyMap<string, CorrectionItem>;

  constructor(
    private readonly client: Client,
    private readonly decider: Decider,
    starts: ReadonlyMap<string, KeyCell>,
    private readonly items: readonly CorrectionItem[],
  ) {
    this.cells = new Map(starts);
    this.byPlace = new Map(items.map((item) => [placeOf(item.ref), item]));
    const { keyPolicy, context, marks } = decider;
    this.rules = new ConflictRules(client, keyPolicy, context, marks);
    this.refusedBefore = refusedBefore(keyPolicy.closed);
  }

  async decideAll(): Promise<ReadonlyMap<string, KeyCell>> {
    await this.rules.read(this.othersHolding(), this.cells);
    this.acceptedAt = await this.momentsOfOpen();
    for (const item of this.items) await this.decideBehindOthers(item);
    return this.cells;
  }

  private isClosed({ parts }: OwnUsage): boolean {
    return this.refusedBefore > -Infinity && parts.some(({ date }) => toMicros(date) < this.refusedBefore);
  }

  /** A record that moves to another key comes after the one that holds it and may move on itself. */
  private async decideBehindOthers(item: CorrectionItem): Promise<void> {
    if (item.redecision) return;
    if (!this.inTheWayOf(item)) return this.decide(item);
    const path = new Set<CorrectionItem>();
    let next: CorrectionItem | undefined = item;
    for (; next && !next.redecision && !path.has(next); next = this.inTheWayOf(next)) path.add(next);
    const waiting = [...path];
    const circle = next && path.has(next) ? waiting.splice(waiting.indexOf(next)) : [];
    await this.decideCircle(circle);
    for (const one of waiting.reverse()) await this.decide(one);
  }

  /** Live usage that holds the key to which a live record would move. */
  private inTheWayOf({ standing, result }: CorrectionItem): CorrectionItem | undefined {
    const { usage } = standing!;
    if (this.decider.operation !== 'all' || !usage || usage.isReversed) return undefined;
    if (result.key === null || result.key === usage.key) return undefined;
    const { state, holder } = this.cells.get(result.key)!;
    return state === 'live' && holder ? this.byPlace.get(placeOf(holder)) : undefined;
  }

  /** Records that move to each other's keys do so all together, or stay. */
  private async decideCircle(circle: readonly CorrectionItem[]): Promise<void> {
    const before = new Map(
      circle.map(({ standing }) => [standing!.usage!.key!, this.cells.get(standing!.usage!.key!)!]),
    );
    const others = this.written.length;
    for (const [key, cell] of before) this.cells.set(key, freed(cell));
    for (const item of circle) await this.decide(item, before.get(item.standing!.usage!.key!));
    if (circle.every(({ redecision }) => redecision!.takesBack)) return;
    for (const [key, cell] of before) this.cells.set(key, cell);
    this.written.length = others;
    for (const item of circle) await this.decide(item);
  }

  /** @param given the cell of the key that it has had, where that has been given up already */
  private async decide(item: CorrectionItem, given?: KeyCell): Promise<void> {
    const { operation, releaseKey } = this.decider;
    const standing = item.standing!;
    const { usage, exception } = standing;
    const keyBefore = usage && !usage.isReversed ? usage.key : (exception?.key ?? null);
    const before = keyBefore === null ? null : (given ?? this.cells.get(keyBefore)!);
    const isClosed = usage !== null && this.isClosed(usage);
    let end: Redecision;
    if (operation === 'revert' || operation === 'void') {
      const keepsKey = operation === 'void' && !releaseKey;
      end = takeBack(standing, before, { isClosed, keepsKey });
    } else {
      const { result } = item;
      const now = result.key === null ? null : this.cells.get(result.key)!;
      const isSame = result.kind === 'usage' && usage !== null && isSameUsage(usage.parts, result.parts);
      const isHolding = before !== null && holds(standing, before) && result.key === keyBefore;
      const others = now && withoutVersionsOf(item.ref, now);
      const rule = others && !isHolding ? await this.ruleFor(others, item) : 'exception';
      const isOlder = now !== null && this.isOlderThanOpen(now, item);
      const had = usage?.isReversed && usage.key !== null && usage.key !== result.key ? usage.key : null;
      const hadCell = had === null ? null : (this.cells.get(had) ?? null);
      const again = { standing, result, isSame, isClosed, had: hadCell };
      end = redecide(operation, again, { before, now }, rule, isOlder);
      if (now) this.cells.set(result.key!, end.now!);
    }
    if (before && end.before && !given && keyBefore !== item.result.key)
      this.cells.set(keyBefore!, end.before);
    this.note(item, end);
  }

  private note(item: CorrectionItem, end: Redecision): void {
    const { decision, takesBack } = end;
    const reversesOther = decision.reverses !== null && !isSameRecord(decision.reverses.ref, item.ref);
    item.redecision = end;
    item.decision = decision;
    const others = reversesOther ? (item.reversedParts ?? 0) : 0;
    item.reversedParts = others + (takesBack ? item.standing!.usage!.parts.length : 0);
    if (decision.verdict === 'i' && item.result.kind === 'usage') this.written.push(item);
  }

  private async ruleFor(cell: KeyCell, item: CorrectionItem): Promise<MeetingRule> {
    item.reversedParts = 0;
    item.undecided = undefined;
    if (cell.holder && isSameRecord(cell.holder, item.ref)) return 'exception';
    const isForced = this.decider.operation === 'replace' && isConflict(cell, item.result);
    if (!isForced) return this.rules.of(cell, item, this.written);
    const live = this.rules.usageOf(cell.holder!, this.written);
    if (!live) return 'exception';
    if (live.isClosed) return 'closed';
    item.reversedParts = live.parts.length;
    return 'replace';
  }

  private isOlderThanOpen({ open }: KeyCell, item: CorrectionItem): boolean {
    if (!open || isSameRecord(open.ref, item.ref)) return false;
    const acceptedAt = this.acceptedAt.get(open.ref.importId);
    return acceptedAt !== undefined && isBefore(item, { ref: open.ref, acceptedAt });
  }

  /** Holders of the cells that are not among the records themselves: they may be taken back, or shown. */
  private othersHolding(): LiveEntry[] {
    const { operation, keyPolicy } = this.decider;
    const mayReplace = operation === 'replace' || keyPolicy.onConflict === 'replace';
    const asked = new Set<KeyCell>();
    for (const { result } of this.items) {
      const cell = result.key === null ? undefined : this.cells.get(result.key);
      if (cell?.state === 'live' && (mayReplace || result.kind === 'cancel')) asked.add(cell);
    }
    return [...asked].map(liveEntry);
  }

  private async momentsOfOpen(): Promise<ReadonlyMap<number, string>> {
    const known = new Map<number, string>(
      this.items.map(({ ref, acceptedAt }) => [ref.importId, acceptedAt]),
    );
    const open = [...this.cells.values()].flatMap((cell) => cell.open?.ref.importId ?? []);
    const unknown = [...new Set(open)].filter((id) => !known.has(id));
    return new Map([...known, ...(await readAcceptance(this.client, unknown))]);
  }
}

/** Of records that need no pipeline: what they are is not looked at. */
export const unlookedAt = (index: number): RecordResult => ({
  index,
  key: null,
  decodedHash: null,
  kind: 'skip',
  reason: 'not_live',
  fields: {},
});
