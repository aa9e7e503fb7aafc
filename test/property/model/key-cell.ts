import type { Result } from './pipeline.js';

/** A record by the import that it was accepted with, and its place in it, both counted from 0. */
export interface Ref {
  readonly import: number;
  readonly index: number;
}

export const isSame = (a: Ref, b: Ref) => a.import === b.import && a.index === b.index;

/** Whether a record was accepted before another. */
export const isBefore = (a: Ref, b: Ref) =>
  a.import < b.import || (a.import === b.import && a.index < b.index);

/** A form in which a key has been seen. */
export interface Version {
  readonly ref: Ref;
  readonly decoded: string;
  readonly mapped: string | null;
}

/** An exception that a key waits for. */
export interface Waiting extends Version {
  readonly withdraws: boolean;
}

/** What is known of a key. */
export interface Cell {
  state: 'free' | 'live' | 'voided';
  holder: Version | null;
  waiting: Waiting | null;
  /** What was left behind since the key was last as new. */
  past: Version[];
}

export const newCell = (): Cell => ({ state: 'free', holder: null, waiting: null, past: [] });

/** How a record ends. */
export interface Fate {
  readonly verdict: 'imported' | 'exception' | 'skipped' | 'duplicate';
  readonly reason?: string;
  /** Of exceptions. */
  readonly code?: string;
  readonly duplicateOf?: Ref;
  /** Whose usage is taken back. */
  readonly reverses?: Ref;
  /** Whose exception is moot. */
  readonly supersedes?: Ref;
}

function repeats(version: Version, result: Result): boolean {
  const mapped = 'mapped' in result ? result.mapped : undefined;
  return version.decoded === result.decoded || (mapped !== undefined && version.mapped === mapped);
}

/** Whether a key holds or has had what a record says. */
export const isKnown = ({ holder, past }: Cell, result: Result): boolean =>
  [...(holder ? [holder] : []), ...past].some((version) => repeats(version, result));

/** The key is as if nothing had ever been sent under it, but for an exception that waits. */
export function renew(cell: Cell): void {
  Object.assign(cell, { state: 'free', holder: null, past: [] });
}

/** What holds the key is past. */
export function leave(cell: Cell): void {
  if (cell.holder) cell.past.push(cell.holder);
  Object.assign(cell, { state: 'free', holder: null });
}

/** What is to be said of a record and of what holds its key. */
export interface Meeting {
  readonly onConflict: 'exception' | 'replace';
  /** The record was accepted behind the holder. */
  readonly isLater: boolean;
  /** The holder's usage is not given back: its month is closed. */
  readonly isKept: boolean;
  /** What fails leaves the exception of another record open. */
  readonly leavesWaiting: boolean;
}

/** A record meets its key, and the cell is what it is then. */
export function meet(cell: Cell, ref: Ref, result: Result, meeting: Meeting): Fate {
  const { onConflict, isLater, isKept } = meeting;
  const { holder } = cell;
  if (holder && repeats(holder, result)) {
    return {
      verdict: 'duplicate',
      duplicateOf: holder.ref,
      ...(cell.state === 'voided' && { reason: 'voided' }),
    };
  }
  const before = cell.past.find((version) => repeats(version, result));
  if (before) return { verdict: 'duplicate', duplicateOf: before.ref, reason: 'earlier_version' };

  const itself: Version = {
    ref,
    decoded: result.decoded,
    mapped: 'mapped' in result ? (result.mapped ?? null) : null,
  };
  const mayReplace = cell.state === 'live' && isLater;
  const fail = (code: string, withdraws = false) =>
    wait(cell, itself, result, code, { withdraws, leavesWaiting: meeting.leavesWaiting });
  switch (result.kind) {
    case 'reject':
      return fail(result.code);
    case 'cancel': {
      if (!mayReplace) return fail('nothing_to_cancel', true);
      if (isKept) return fail('period_closed');
      const supersedes = cell.waiting?.ref;
      cell.waiting = null;
      leave(cell);
      cell.past.push(itself);
      return { verdict: 'imported', reason: 'cancels', reverses: holder!.ref, supersedes };
    }
    case 'usage':
    case 'skip': {
      const word = cell.past.at(-1);
      const isOutdated = result.kind === 'usage' && cell.past.some((version) => isBefore(ref, version.ref));
      if (cell.state === 'free' && word && onConflict === 'replace' && isOutdated) {
        cell.past.push(itself);
        return { verdict: 'duplicate', reason: 'outdated', duplicateOf: word.ref };
      }
      const takesBack = cell.state !== 'free';
      if (takesBack && (onConflict === 'exception' || cell.state === 'voided'))
        return fail('usage_key_conflict');
      if (takesBack && !isLater) {
        cell.past.push(itself);
        return { verdict: 'duplicate', reason: 'outdated', duplicateOf: holder!.ref };
      }
      if (takesBack && isKept) return fail('period_closed');
      const supersedes = settle(cell);
      const reverses = takesBack ? holder!.ref : undefined;
      if (takesBack) leave(cell);
      if (result.kind === 'skip') {
        // Where the last word counts, that of nothing is remembered.
        if (takesBack || onConflict === 'replace') cell.past.push(itself);
        return { verdict: 'skipped', reason: result.reason, reverses, supersedes };
      }
      Object.assign(cell, { state: 'live', holder: itself });
      return { verdict: 'imported', ...(takesBack && { reason: 'replaces' }), reverses, supersedes };
    }
  }
}

/** A record is an exception: the one that its key waits for, unless that is the same or stays. */
function wait(
  cell: Cell,
  itself: Version,
  result: Result,
  code: string,
  { withdraws, leavesWaiting }: { withdraws: boolean; leavesWaiting: boolean },
): Fate {
  const { waiting } = cell;
  if (waiting && repeats(waiting, result)) return { verdict: 'duplicate', duplicateOf: waiting.ref };
  if (waiting && (leavesWaiting || (waiting.withdraws && !withdraws))) return { verdict: 'exception', code };
  cell.waiting = { ...itself, withdraws };
  return { verdict: 'exception', code, supersedes: waiting?.ref };
}

/** Nothing waits any more, but for what withdraws a record that has not come. */
function settle(cell: Cell): Ref | undefined {
  if (!cell.waiting || cell.waiting.withdraws) return undefined;
  const { ref } = cell.waiting;
  cell.waiting = null;
  return ref;
}
