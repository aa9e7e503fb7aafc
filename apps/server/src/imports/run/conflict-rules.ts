import type { Client } from 'pg';
import { type Expression, type RecordResult, type StepContext, toMicros } from 'feedmill/pipeline';
import { chooseBetter } from './choose-better.js';
import type { ClosedPeriod } from './closed-period.js';
import { type CellsByKey, readAcceptance } from './key-cells.js';
import { type LiveUsage, placeOf, readLiveUsage } from './live-usage.js';
import type { MarkWriter } from './marks.js';
import {
  type ConflictRule,
  type Decision,
  type KeyCell,
  type KeyVersion,
  type LiveEntry,
  type MeetingRule,
  type RecordRef,
  countedVersions,
  isConflict,
  isSameRecord,
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

/** Says, for records that meet other usage under their key, what the feed wants done. */
export class ConflictRules {
  /** Entries of the ledger, by place, of the holders that records may take back. */
  private live: ReadonlyMap<string, LiveUsage> = new Map();
  /** When imports of earlier versions were accepted. */
  private acceptedAt: ReadonlyMap<number, string> = new Map();
  private lastSign = performance.now();

  constructor(
    private readonly client: Client,
    private readonly policy: KeyPolicy,
    private readonly context: StepContext,
    private readonly marks: MarkWriter,
  ) {}

  /**
   * Reads what the rules need to know.
   * @param holders of cells: records may take them back
   * @param cells those that records meet
   * @throws PostedAhead
   */
  async read(holders: readonly LiveEntry[], cells: CellsByKey): Promise<void> {
    this.live = await readLiveUsage(this.client, holders);
    if ([...this.live.values()].some(({ isAhead }) => isAhead)) throw new PostedAhead();
    if (this.isByOrder) this.acceptedAt = await readAcceptance(this.client, wordsOfFree(cells));
  }

  /** Whether of two records of a key that both failed none is known to be the better: the feed does not go by order alone. */
  get leavesOpen(): boolean {
    const { onConflict, replaceWhen } = this.policy;
    return onConflict === 'keep' || replaceWhen !== null;
  }

  /** What is done with a record that meets a cell, which may be free. */
  async of(cell: KeyCell, item: Item, sameKey: readonly Item[]): Promise<MeetingRule> {
    return isConflict(cell, item.result)
      ? this.ofConflict(cell, item, sameKey)
      : this.ofFree(cell, item, sameKey);
  }

  /** The feed's rule where nothing is live, which may be the last word too. */
  ofFree(cell: KeyCell, item: Item, sameKey: readonly Item[]): MeetingRule {
    if (cell.state !== 'free' || this.policy.onConflict !== 'replace') return 'exception';
    if (item.result.kind !== 'usage' || !this.isByOrder) return 'replace';
    const isLater = ({ ref }: KeyVersion) => {
      const inBatch = sameKey.find((other) => isSameRecord(other.ref, ref));
      const acceptedAt = inBatch ? inBatch.acceptedAt : this.acceptedAt.get(ref.importId);
      return acceptedAt !== undefined && isBefore(item, { ref, acceptedAt });
    };
    return countedVersions(cell).some(isLater) ? 'outdated' : 'replace';
  }

  /**
   * The feed's rule for a conflict; `exception` where what is live is not there to be reversed, or nothing can be told.
   * @param sameKey records of the batch that may hold the key by now
   */
  private async ofConflict(cell: KeyCell, item: Item, sameKey: readonly Item[]): Promise<MeetingRule> {
    const { onConflict, replaceWhen } = this.policy;
    const isCancel = item.result.kind === 'cancel';
    if (!isCancel && onConflict !== 'replace') return onConflict;
    const holder = cell.holder!;
    const live = this.usageOf(holder, sameKey);
    if (!live) return 'exception';
    const byOrder = isCancel || !replaceWhen;
    if (byOrder && isBefore(item, { ref: holder, acceptedAt: live.acceptedAt })) return 'outdated';
    const chosen = byOrder || (await chooseBetter(replaceWhen, this.context, live.parts, item.result));
    await this.giveSignOfLife();
    if (typeof chosen === 'object') {
      item.undecided = chosen.problem;
      return 'exception';
    }
    if (!chosen) return 'keep';
    if (live.isClosed) return 'closed';
    item.reversedParts = live.parts.length;
    return 'replace';
  }

  /** What holds a key, where it is in the ledger or about to be. */
  usageOf(holder: RecordRef, sameKey: readonly Item[]): LiveUsage | undefined {
    const inBatch = sameKey.find(({ ref }) => isSameRecord(ref, holder));
    if (inBatch?.result.kind !== 'usage') return this.live.get(placeOf(holder));
    const { parts } = inBatch.result;
    return { acceptedAt: inBatch.acceptedAt, parts, isAhead: false, isClosed: false };
  }

  /** Whether the record that was accepted last has the last word. */
  private get isByOrder(): boolean {
    const { onConflict, replaceWhen } = this.policy;
    return onConflict === 'replace' && !replaceWhen;
  }

  /** Many slow conditions must not look like a dead connection or a child that hangs. */
  private async giveSignOfLife(): Promise<void> {
    if (performance.now() - this.lastSign < SIGN_OF_LIFE_MS) return;
    this.lastSign = performance.now();
    this.marks.store();
    await this.client.query('SELECT');
  }
}

/** The imports of what was said of keys that are free now. */
function wordsOfFree(cells: CellsByKey): number[] {
  const free = [...cells.values()].filter(({ state }) => state === 'free');
  return [...new Set(free.flatMap((cell) => countedVersions(cell).map(({ ref }) => ref.importId)))];
}

type Accepted = Pick<Item, 'ref' | 'acceptedAt'>;

/** Whether a record was accepted before another. */
export function isBefore(a: Accepted, b: Accepted): boolean {
  if (a.ref.importId === b.ref.importId) return a.ref.index < b.ref.index;
  return toMicros(a.acceptedAt) < toMicros(b.acceptedAt);
}
