import type { RecordResult } from 'feedmill/pipeline';

export type VerdictLetter = 'i' | 'e' | 's' | 'd';

/** A record of some import, by the place where it was first accepted. */
export interface RecordRef {
  readonly importId: number;
  readonly index: number;
}

/** What holds a usage key, and the open exception that waits for it. */
export interface KeyCell {
  readonly state: 'free' | 'live' | 'voided';
  /** Counted up each time the key becomes live. */
  readonly generation: number;
  readonly holder: RecordRef | null;
  readonly decodedHash: string | null;
  readonly usageHash: string | null;
  readonly open: { readonly ref: RecordRef; readonly hash: string } | null;
}

export const FREE_CELL: KeyCell = {
  state: 'free',
  generation: 0,
  holder: null,
  decodedHash: null,
  usageHash: null,
  open: null,
};

/** How a record ended, and what that does beside its own verdict. */
export interface Decision {
  readonly verdict: VerdictLetter;
  /** Of skipped and some duplicate records, snake_case. */
  readonly reason: string | null;
  readonly duplicateOf: RecordRef | null;
  /** The live record that an exception `usage_key_conflict` is about. */
  readonly conflictsWith: RecordRef | null;
  /** An open exception that this record makes moot. */
  readonly supersedes: RecordRef | null;
  readonly generation: number;
}

const PLAIN: Omit<Decision, 'verdict'> = {
  reason: null,
  duplicateOf: null,
  conflictsWith: null,
  supersedes: null,
  generation: 0,
};

const isEqual = (a: string | null, b: string | null): boolean => a !== null && a === b;

/**
 * The rules of a usage key (DESIGN.md, "Keys") for one record and the cell it meets; policy
 * `exception`. Pure: the same cell and records in the same order give the same end, whatever the
 * batches.
 */
export function decide(
  cell: KeyCell,
  record: RecordResult,
  ref: RecordRef,
): { decision: Decision; cell: KeyCell } {
  const duplicateOf = (of: RecordRef | null, reason: string | null = null) => ({
    decision: { ...PLAIN, verdict: 'd' as const, duplicateOf: of, reason },
    cell,
  });
  if (cell.state !== 'free') {
    const isSame =
      isEqual(cell.decodedHash, record.decodedHash) ||
      (record.kind === 'usage' && isEqual(cell.usageHash, record.usageHash));
    if (isSame) return duplicateOf(cell.holder, cell.state === 'voided' ? 'voided' : null);
  }
  const fails = record.kind === 'reject' || cell.state !== 'free';
  if (fails) {
    if (cell.open && isEqual(cell.open.hash, record.decodedHash)) return duplicateOf(cell.open.ref);
    const conflictsWith = record.kind === 'reject' ? null : cell.holder;
    return {
      decision: { ...PLAIN, verdict: 'e', conflictsWith, supersedes: cell.open?.ref ?? null },
      cell: record.decodedHash ? { ...cell, open: { ref, hash: record.decodedHash } } : cell,
    };
  }
  const supersedes = cell.open?.ref ?? null;
  if (record.kind === 'skip') {
    return {
      decision: { ...PLAIN, verdict: 's', reason: record.reason, supersedes },
      cell: cell.open ? { ...cell, open: null } : cell,
    };
  }
  const generation = cell.generation + 1;
  return {
    decision: { ...PLAIN, verdict: 'i', supersedes, generation },
    cell: {
      state: 'live',
      generation,
      holder: ref,
      decodedHash: record.decodedHash,
      usageHash: record.usageHash,
      open: null,
    },
  };
}

/** The verdict of a record that has no key cell: the feed has no keys, or the key could not be read. */
export function decideWithoutKey(record: RecordResult): Decision {
  if (record.kind === 'usage') return { ...PLAIN, verdict: 'i', generation: 1 };
  if (record.kind === 'skip') return { ...PLAIN, verdict: 's', reason: record.reason };
  return { ...PLAIN, verdict: 'e' };
}
