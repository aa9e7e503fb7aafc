import type { RecordResult } from 'feedmill/pipeline';

export type VerdictLetter = 'i' | 'e' | 's' | 'd';

/** A record of some import, by the place where it was first accepted. */
export interface RecordRef {
  readonly importId: number;
  readonly index: number;
}

/** A record that a key has left behind: it was replaced or cancelled, or it did that, or said "nothing", and is not live itself. */
export interface KeyVersion {
  readonly ref: RecordRef;
  readonly decodedHash: string;
  readonly usageHash: string | null;
  /** The key was freed as new behind it: neither it nor what was before counts. */
  readonly resets?: true;
}

/** The exception that waits for a key. */
export interface OpenException {
  readonly ref: RecordRef;
  /** Of its decoded form. */
  readonly hash: string;
  /** Null where the record did not come as far as it is mapped. */
  readonly usageHash: string | null;
  /** It withdraws a record that has not come yet: no usage makes it moot. */
  readonly isCancel: boolean;
}

/** What holds a usage key, what held it before, and the open exception that waits for it. */
export interface KeyCell {
  /** `voided`: taken back by an operator; `seeded`: billed elsewhere, before Feedmill. */
  readonly state: 'free' | 'live' | 'voided' | 'seeded';
  /** Counted up each time the key becomes live, and where a skipped record is the first that the key knows. */
  readonly generation: number;
  readonly holder: RecordRef | null;
  readonly decodedHash: string | null;
  readonly usageHash: string | null;
  readonly open: OpenException | null;
  /** Oldest first. */
  readonly versions: readonly KeyVersion[];
}

export const FREE_CELL: KeyCell = {
  state: 'free',
  generation: 0,
  holder: null,
  decodedHash: null,
  usageHash: null,
  open: null,
  versions: [],
};

/** What a feed does with another record of a live key. */
export type ConflictRule = 'exception' | 'replace' | 'keep';

/**
 * That, for one record: `outdated` where what the key has or had was accepted after it, whichever came first here;
 * `closed` where it would take back what is dated in a closed period.
 */
export type MeetingRule = ConflictRule | 'outdated' | 'closed';

/** The ledger has no room for more versions of a key (smallint). */
const MAX_GENERATION = 32_767;

/** A live record's entries in the ledger, all parts. */
export interface LiveEntry {
  readonly ref: RecordRef;
  readonly generation: number;
}

/** `voided_key`: a conflict with what an operator took back. */
export type Refusal = 'usage_key_conflict' | 'voided_key' | 'nothing_to_cancel' | 'period_closed';

/** How a record ended, and what that does beside its own verdict. */
export interface Decision {
  readonly verdict: VerdictLetter;
  /** Why, snake_case: of skipped records, and where the key decided. */
  readonly reason: string | null;
  readonly duplicateOf: RecordRef | null;
  /** What the key says against a record that the pipeline has passed. */
  readonly refusal: Refusal | null;
  /** The record that a refusal is about: live, or voided. */
  readonly conflictsWith: LiveEntry | null;
  /** An open exception that this record makes moot. */
  readonly supersedes: RecordRef | null;
  /** What the record takes back. */
  readonly reverses: LiveEntry | null;
  readonly generation: number;
}

interface Step {
  readonly decision: Decision;
  readonly cell: KeyCell;
}

const PLAIN: Omit<Decision, 'verdict'> = {
  reason: null,
  duplicateOf: null,
  refusal: null,
  conflictsWith: null,
  supersedes: null,
  reverses: null,
  generation: 0,
};

/**
 * The rules of a usage key (DESIGN.md, "Keys") for one record and the cell it meets. Pure: the same
 * cell and records in the same order give the same end, whatever the batches.
 * @param rule the feed's for this record; of a record that cancels, `replace` where what is live can be reversed; of a
 *   free key, `replace` and `outdated` where the feed replaces
 * @param leavesOpen whether an exception does not make the open one of another record moot: neither is known to be better
 */
export function decide(
  cell: KeyCell,
  record: RecordResult,
  ref: RecordRef,
  rule: MeetingRule,
  leavesOpen = false,
): Step {
  if (cell.state === 'seeded' && record.kind !== 'cancel') return duplicate(cell, null, 'seeded');
  const known = equalRecord(cell, record);
  if (known) return duplicate(cell, known.of, known.reason);
  if (record.kind === 'cancel') return cancel(cell, record.decodedHash, ref, rule, leavesOpen);
  if (record.kind === 'reject') return except(cell, record, ref, REJECTED, leavesOpen);
  const isFull = cell.generation >= MAX_GENERATION;
  if (cell.state === 'free' && !isFull && rule !== 'outdated') {
    if (record.kind === 'usage') return hold(cell, record, ref);
    const { decision, cell: after } = skip(cell, record.reason);
    return { decision, cell: rule === 'replace' ? withSkip(after, record.decodedHash!, ref) : after };
  }
  if (rule === 'keep') return duplicate(cell, cell.holder, 'conflict_kept');
  if (rule === 'outdated') {
    const { decision } = duplicate(cell, cell.holder ?? cell.versions.at(-1)!.ref, 'outdated');
    return { decision, cell: withVersion(cell, ref, record.decodedHash!, usageHashOf(record)) };
  }
  if (rule === 'closed') return inClosedPeriod(cell, record, ref, leavesOpen);
  if (rule === 'exception' || cell.state !== 'live' || isFull) {
    const conflictsWith = cell.holder ? liveEntry(cell) : null;
    const refusal = cell.state === 'voided' ? 'voided_key' : 'usage_key_conflict';
    return except(cell, record, ref, { conflictsWith, refusal }, leavesOpen);
  }
  const before = leftBehind(cell);
  const reverses = liveEntry(cell);
  if (record.kind === 'usage') {
    const { decision, cell: after } = hold(before, record, ref);
    return { decision: { ...decision, reason: 'replaces', reverses }, cell: after };
  }
  // A correction to zero: nothing is live any more, and the same again is no news.
  const after = withVersion(before, ref, record.decodedHash!, null);
  const { decision, cell: end } = skip(after, record.reason);
  return { decision: { ...decision, reverses }, cell: end };
}

/** Whether a record is another than the one that holds its key: then the feed's rule decides. */
export function isConflict(cell: KeyCell, record: RecordResult): boolean {
  return cell.state === 'live' && record.kind !== 'reject' && equalRecord(cell, record) === null;
}

/** The verdict of a record that has no key cell: the feed has no keys, or the key could not be read. */
export function decideWithoutKey(record: RecordResult): Decision {
  if (record.kind === 'usage') return { ...PLAIN, verdict: 'i', generation: 1 };
  if (record.kind === 'skip') return { ...PLAIN, verdict: 's', reason: record.reason };
  return { ...PLAIN, verdict: 'e' };
}

/** The entries of what holds a cell. */
export function liveEntry({ holder, generation }: KeyCell): LiveEntry {
  return { ref: holder!, generation };
}

export const isSameRecord = (a: RecordRef, b: RecordRef): boolean =>
  a.importId === b.importId && a.index === b.index;

const isEqual = (a: string | null, b: string | null): boolean => a !== null && a === b;

const usageHashOf = ({ usageHash }: Hashes): string | null => usageHash ?? null;

/** By what a record is known again: its decoded form, and the usage it maps to where it came so far. */
interface Hashes {
  readonly decodedHash: string | null;
  readonly usageHash?: string;
}

/** The record that this one repeats: the holder, or an earlier version of the key. */
function equalRecord(
  cell: KeyCell,
  record: RecordResult,
): { readonly of: RecordRef | null; readonly reason: string | null } | null {
  if (cell.state === 'free' && cell.versions.length === 0) return null;
  const repeats = (decodedHash: string | null, usageHash: string | null) =>
    isEqual(decodedHash, record.decodedHash) || isEqual(usageHash, usageHashOf(record));
  if (cell.state !== 'free' && repeats(cell.decodedHash, cell.usageHash)) {
    return { of: cell.holder, reason: cell.state === 'voided' ? 'voided' : null };
  }
  const version = countedVersions(cell).find((v) => repeats(v.decodedHash, v.usageHash));
  return version ? { of: version.ref, reason: 'earlier_version' } : null;
}

/** Earlier versions of a key since it was last freed as new. */
export function countedVersions({ versions }: KeyCell): readonly KeyVersion[] {
  return versions.slice(versions.findLastIndex(({ resets }) => resets) + 1);
}

/** A cell whose holder was taken back by an operator: free for whatever comes, as if the key were new. */
export function freedAsNew(cell: KeyCell, ref: RecordRef): KeyCell {
  const reset = { ref, decodedHash: '', usageHash: null, resets: true } as const;
  return { ...freed(cell), versions: [...cell.versions, reset] };
}

/** A cell without its holder, which is not remembered. */
export function freed(cell: KeyCell): KeyCell {
  return { ...cell, state: 'free', holder: null, decodedHash: null, usageHash: null };
}

function duplicate(cell: KeyCell, duplicateOf: RecordRef | null, reason: string | null): Step {
  return { decision: { ...PLAIN, verdict: 'd', duplicateOf, reason }, cell };
}

const REJECTED = { conflictsWith: null, refusal: null };

function except(
  cell: KeyCell,
  record: Hashes,
  ref: RecordRef,
  more: Pick<Decision, 'conflictsWith' | 'refusal'>,
  leavesOpen: boolean,
): Step {
  const { open } = cell;
  const usageHash = usageHashOf(record);
  const isKnown = open && (isEqual(open.hash, record.decodedHash) || isEqual(open.usageHash, usageHash));
  if (isKnown) return duplicate(cell, open.ref, null);
  const isCancel = more.refusal === 'nothing_to_cancel';
  const isBeside = open !== null && (leavesOpen || (open.isCancel && !isCancel));
  const supersedes = isBeside ? null : (open?.ref ?? null);
  return {
    decision: { ...PLAIN, ...more, verdict: 'e', supersedes },
    cell:
      record.decodedHash === null || isBeside
        ? cell
        : { ...cell, open: { ref, hash: record.decodedHash, usageHash, isCancel } },
  };
}

/** What a record would take back stays, as its period is closed. */
function inClosedPeriod(cell: KeyCell, record: Hashes, ref: RecordRef, leavesOpen: boolean): Step {
  const about = { conflictsWith: liveEntry(cell), refusal: 'period_closed' } as const;
  return except(cell, record, ref, about, leavesOpen);
}

/** A record on purpose left out, of a key that is free. */
function skip(cell: KeyCell, reason: string): Step {
  const { supersedes, open } = superseding(cell);
  return {
    decision: { ...PLAIN, verdict: 's', reason, supersedes },
    cell: open === cell.open ? cell : { ...cell, open },
  };
}

/**
 * The key knows what left it free on purpose: the same again is no news, and usage that was accepted before it does not
 * make the key live. Cells that were never live have no history to be read, so the generation is counted up.
 */
function withSkip(cell: KeyCell, decodedHash: string, ref: RecordRef): KeyCell {
  return withVersion({ ...cell, generation: Math.max(cell.generation, 1) }, ref, decodedHash, null);
}

/** Usage that makes a free key live. */
function hold(cell: KeyCell, record: Extract<RecordResult, { kind: 'usage' }>, ref: RecordRef): Step {
  const { supersedes, open } = superseding(cell);
  const generation = cell.generation + 1;
  const { decodedHash, usageHash } = record;
  return {
    decision: { ...PLAIN, verdict: 'i', supersedes, generation },
    cell: { ...cell, state: 'live', generation, holder: ref, decodedHash, usageHash, open },
  };
}

/** The source withdraws what holds the key. */
function cancel(
  cell: KeyCell,
  decodedHash: string,
  ref: RecordRef,
  rule: MeetingRule,
  leavesOpen: boolean,
): Step {
  if (rule === 'closed') return inClosedPeriod(cell, { decodedHash }, ref, leavesOpen);
  if (cell.state !== 'live' || rule !== 'replace') {
    const conflictsWith = cell.state === 'live' ? liveEntry(cell) : null;
    const about = { conflictsWith, refusal: 'nothing_to_cancel' } as const;
    return except(cell, { decodedHash }, ref, about, leavesOpen);
  }
  const supersedes = cell.open?.ref ?? null;
  return {
    decision: { ...PLAIN, verdict: 'i', reason: 'cancels', reverses: liveEntry(cell), supersedes },
    cell: { ...withVersion(leftBehind(cell), ref, decodedHash, null), open: null },
  };
}

/** A record that did not fail makes the open exception of its key moot, but not one that withdraws. */
function superseding({ open }: KeyCell): Pick<Decision, 'supersedes'> & Pick<KeyCell, 'open'> {
  return open?.isCancel ? { supersedes: null, open } : { supersedes: open?.ref ?? null, open: null };
}

/** The key is free, and its holder an earlier version. */
export function leftBehind(cell: KeyCell): KeyCell {
  const free = freed(cell);
  return cell.decodedHash ? withVersion(free, cell.holder!, cell.decodedHash, cell.usageHash) : free;
}

function withVersion(cell: KeyCell, ref: RecordRef, decodedHash: string, usageHash: string | null): KeyCell {
  return { ...cell, versions: [...cell.versions, { ref, decodedHash, usageHash }] };
}
