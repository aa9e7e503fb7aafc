import type { RecordResult, RejectResult } from 'feedmill/pipeline';
import {
  type Decision,
  FREE_CELL,
  type KeyCell,
  type LiveEntry,
  type MeetingRule,
  type RecordRef,
  countedVersions,
  decide,
  decideWithoutKey,
  freed,
  freedAsNew,
  isSameRecord,
  leftBehind,
} from '../run/verdict.js';
import type { Operation, Standing } from './standing.js';

/** A record that is decided again, and what the pipeline has made of it now. */
export interface Again {
  readonly standing: Standing;
  readonly result: RecordResult;
  /** It is the usage that it has been (`isSameUsage`). */
  readonly isSame: boolean;
  /** What is dated in a closed period may not be taken back. */
  readonly isClosed: boolean;
  /** The cell of another key, under which it was usage and is no more; null where it has the same key now. */
  readonly had: KeyCell | null;
}

/** The cells that a record may touch; null where there is no key. */
export interface Cells {
  /** Of the key that its usage or its exception has had. */
  readonly before: KeyCell | null;
  /** Of the key that it has now: the same cell where the key is the same. */
  readonly now: KeyCell | null;
}

/** How a record ended, and its cells behind it. */
export interface Redecision extends Cells {
  readonly decision: Decision;
  /** Its own usage, which is taken back. */
  readonly takesBack: LiveEntry | null;
  /** What becomes of its exception; null: nothing. */
  readonly exception: 'open' | 'reprocessed' | null;
}

const NOTHING: Omit<Decision, 'verdict'> = {
  reason: null,
  duplicateOf: null,
  refusal: null,
  conflictsWith: null,
  supersedes: null,
  reverses: null,
  generation: 0,
};

/** Rejections that say nothing of the record itself: only what is an open exception already goes on as one. */
const NO_WORD = new Set([
  'usage_too_old',
  'usage_in_future',
  'period_closed',
  'step_crashed',
  'import_failed',
]);

/** Whether a record is usage that counts, whatever its key has been used for since it was forgotten. */
const isLive = ({ usage }: Standing): boolean => usage !== null && !usage.isReversed;

/** Whether a record is what holds a key. */
export function holds({ ref }: Pick<Standing, 'ref'>, cell: KeyCell): boolean {
  return cell.state === 'live' && cell.holder !== null && isSameRecord(cell.holder, ref);
}

export const isNew = (cell: KeyCell): boolean => cell.state === 'free' && cell.generation === 0;

/** Takes live usage back, on request of an operator. */
export function takeBack(
  standing: Standing,
  cell: KeyCell | null,
  { isClosed, keepsKey }: { readonly isClosed: boolean; readonly keepsKey: boolean },
): Redecision {
  const cells = { before: cell, now: cell };
  if (!isLive(standing)) return left(cells, 'not_live');
  if (isClosed) return left(cells, 'period_closed');
  const { ref, usage } = standing;
  const takesBack = { ref, generation: usage!.generation };
  let after = cell;
  if (cell && holds(standing, cell)) after = keepsKey ? { ...cell, state: 'voided' } : freedAsNew(cell, ref);
  return {
    before: after,
    now: after,
    decision: { ...NOTHING, verdict: 'i', reverses: takesBack },
    takesBack,
    exception: null,
  };
}

/**
 * Decides a record again (docs/adr/0016). Pure.
 * @param rule what the feed does where the record meets other usage under its key, or `replace` where an operator says so
 * @param isOlder whether the open exception of the key it has now is of a record that was accepted later
 */
export function redecide(
  operation: Exclude<Operation, 'revert' | 'void'>,
  again: Again,
  cells: Cells,
  rule: MeetingRule,
  isOlder: boolean,
): Redecision {
  return withSent(decideAgain(operation, again, cells, rule, isOlder), again);
}

function decideAgain(
  operation: Exclude<Operation, 'revert' | 'void'>,
  again: Again,
  cells: Cells,
  rule: MeetingRule,
  isOlder: boolean,
): Redecision {
  const { standing } = again;
  const { exception, usage } = standing;
  if (isLive(standing)) {
    if (operation === 'all') return decideLive(again, cells, rule, isOlder);
    return operation === 'amend' ? amend(again, cells, rule, isOlder) : left(cells, 'not_open');
  }
  if (operation === 'amend') return left(cells, 'not_live');
  if (exception?.status === 'open') {
    const others = withoutOwn(cells, standing.ref);
    if (operation === 'replace' && others.now?.state === 'voided') {
      const end = decideAmongOthers(again, withoutVoided(others), rule, isOlder);
      if (end.decision.verdict === 'i') return end;
    }
    return decideAmongOthers(again, others, rule, isOlder);
  }
  if (operation !== 'all') return left(cells, 'not_open');
  if (usage?.reversedBy === 'void') return left(cells, 'voided');
  if (exception?.status === 'discarded') return left(cells, 'discarded');
  if (isReplaced(again)) return knownUnder(left(cells, 'unchanged'), again);
  const { now } = cells;
  if (exception?.status === 'superseded' && now && (now.state !== 'free' || now.open)) {
    return left(cells, 'superseded');
  }
  const mine = now && countedVersions(now).filter((version) => isSameRecord(version.ref, standing.ref));
  if (mine?.length) {
    const wasUsage = mine.some(({ usageHash }) => usageHash !== null);
    if (wasUsage || again.result.kind !== 'usage') return left(cells, 'unchanged');
    return decideAmongOthers(again, cells, rule, isOlder);
  }
  const { result } = again;
  if (result.kind === 'skip') return left(cells, result.reason);
  if (saysNothing(result)) return left(cells, result.rejection.code);
  return decideAfresh(again, cells, rule, isOlder);
}

/** What came in its place, or was taken back there, stands under the key that it had: it does not come back under another. */
const isReplaced = ({ standing: { ref }, had }: Again): boolean =>
  had !== null &&
  had.state !== 'free' &&
  countedVersions(had).some((version) => version.usageHash !== null && isSameRecord(version.ref, ref));

/** Under the key that it would have now, it is an earlier version of what moves there. */
function knownUnder(end: Redecision, { result, standing }: Again): Redecision {
  const { now } = end;
  if (result.kind !== 'usage' || !now) return end;
  const { decodedHash, usageHash } = result;
  if (countedVersions(now).some(({ ref }) => isSameRecord(ref, standing.ref))) return end;
  const versions = [...now.versions, { ref: standing.ref, decodedHash: decodedHash!, usageHash }];
  const cell = { ...now, generation: Math.max(now.generation, 1), versions };
  return { ...end, now: cell, before: end.before === now ? cell : end.before };
}

const saysNothing = (result: RecordResult): result is RejectResult =>
  result.kind === 'reject' && NO_WORD.has(result.rejection.code);

/** The verdict of a record of which nothing is decided. */
export const leftOut = (reason: string): Decision => ({ ...NOTHING, verdict: 's', reason });

/** Nothing changes. */
function left(cells: Cells, reason: string): Redecision {
  return {
    ...cells,
    decision: leftOut(reason),
    takesBack: null,
    exception: null,
  };
}

/** What the source was not asked about, but an operator has changed. */
function amend(again: Again, cells: Cells, rule: MeetingRule, isOlder: boolean): Redecision {
  const { result, standing } = again;
  if (result.kind !== 'usage') return left(cells, 'rejected');
  if (result.key !== standing.usage!.key) return left(cells, 'key_changed');
  const end = decideLive(again, cells, rule, isOlder);
  const { before: cell } = cells;
  if (!end.takesBack || !cell?.decodedHash) return end;
  // What was sent stays known, or sending it again would take the place of what it was amended to.
  const sent = { ref: standing.ref, decodedHash: cell.decodedHash, usageHash: null };
  const now = { ...end.now!, versions: [...end.now!.versions, sent] };
  return { ...end, before: now, now };
}

function decideLive(again: Again, cells: Cells, rule: MeetingRule, isOlder: boolean): Redecision {
  const { result, standing, isSame, isClosed } = again;
  const usage = standing.usage!;
  const isSameKey = result.key === usage.key;
  const { before: held, now: wanted } = cells;
  if (result.kind === 'cancel' || (isSameKey && isSame)) return left(cells, 'unchanged');
  if (saysNothing(result)) return left(cells, result.rejection.code);
  if (isClosed) return left(cells, 'period_closed');
  if (held && !isNew(held) && !holds(standing, held)) return left(cells, 'key_forgotten');
  if (!isSameKey && wanted && wanted.state !== 'free') return left(cells, 'key_taken');
  const takesBack = { ref: standing.ref, generation: usage.generation };
  const before = cells.before && freed(cells.before);
  const end =
    isSameKey && before
      ? decideInPlace(again, before, rule, isOlder)
      : decideAfresh(again, { before, now: cells.now }, rule, isOlder);
  const { decision } = end;
  // Not of the exception that waits for the key: that is open, and what becomes of it becomes of the record.
  if (decision.verdict === 'd' && decision.reason !== null) return left(cells, 'key_taken');
  return { ...end, takesBack, decision: { ...decision, reverses: decision.reverses ?? takesBack } };
}

/** It keeps its place: that it says now what its key has left behind does not make it a duplicate. */
function decideInPlace(again: Again, cell: KeyCell, rule: MeetingRule, isOlder: boolean): Redecision {
  const without = { ...cell, versions: [] };
  return withHidden(decideAfresh(again, { before: without, now: without }, rule, isOlder), cell, 0);
}

/** What a record has left behind itself is not in its way. */
function decideAmongOthers(again: Again, cells: Cells, rule: MeetingRule, isOlder: boolean): Redecision {
  const { now } = cells;
  const without = now && withoutVersionsOf(again.standing.ref, now);
  if (!without || without === now) return decideAfresh(again, cells, rule, isOlder);
  const hidden = { before: cells.before === now ? without : cells.before, now: without };
  return withHidden(decideAfresh(again, hidden, rule, isOlder), now, without.versions.length);
}

/** A cell without what a record has left behind itself; that it was freed as new stays. */
export function withoutVersionsOf(record: RecordRef, cell: KeyCell): KeyCell {
  const versions = cell.versions.filter(({ ref, resets }) => resets || !isSameRecord(ref, record));
  return versions.length === cell.versions.length ? cell : { ...cell, versions };
}

/** As a record that comes for the first time, but in its place among those that were accepted since. */
function decideAfresh(again: Again, cells: Cells, rule: MeetingRule, isOlder: boolean): Redecision {
  const { result, standing } = again;
  const { ref, usage } = standing;
  const { now } = cells;
  if (result.key === null || !now) {
    const decision = decideWithoutKey(result);
    return ended(again, cells, above(decision, usage?.generation ?? 0));
  }
  const later = isOlder ? now.open : null;
  const hidden = later ? { ...now, open: null } : now;
  // A record that fails when it is decided again is no word on others that have failed.
  const step = decide(hidden, result, ref, rule, true);
  const decision = above(step.decision, usage?.generation ?? 0);
  let cell = step.cell === hidden ? now : step.cell;
  if (decision.generation > cell.generation) cell = { ...cell, generation: decision.generation };
  if (later && cell !== now) cell = { ...cell, open: later };
  const isSameCell = cells.before === now;
  const after = { before: isSameCell ? cell : cells.before, now: cell };
  return ended(again, after, decision);
}

/** A record's generations in the ledger go up, whatever its keys were. */
function above(decision: Decision, generation: number): Decision {
  return decision.generation > 0 && decision.generation <= generation
    ? { ...decision, generation: generation + 1 }
    : decision;
}

function ended(again: Again, cells: Cells, decision: Decision): Redecision {
  const status = again.standing.exception?.status;
  let exception: Redecision['exception'] = null;
  if (decision.verdict === 'e') exception = 'open';
  else if (status === 'open' || status === 'superseded') exception = 'reprocessed';
  return { ...cells, decision, takesBack: null, exception };
}

/** The cells without the record's own exception. */
function withoutOwn({ before, now }: Cells, ref: RecordRef): Cells {
  const without = (cell: KeyCell | null) =>
    cell?.open && isSameRecord(cell.open.ref, ref) ? { ...cell, open: null } : cell;
  const first = without(before);
  return { before: first, now: before === now ? first : without(now) };
}

/** Where an operator says so, a key that holds voided usage is free for a record that differs from it. */
function withoutVoided({ before, now }: Cells): Cells {
  const free = leftBehind(now!);
  return { before: before === now ? free : before, now: free };
}

/** The versions that were left out come back, before those that were added. */
function withHidden(end: Redecision, { versions }: KeyCell, left: number): Redecision {
  const now = { ...end.now!, versions: [...versions, ...end.now!.versions.slice(left)] };
  return { ...end, now, before: end.before === end.now ? now : end.before };
}

/**
 * What an operator has changed stays known as it was sent, or sending it again would take its place. Versions of keys
 * that were live only once are not read, so the generation is counted up.
 */
function withSent(end: Redecision, { result, standing }: Again): Redecision {
  const { decision, now } = end;
  const sentHash = result.kind === 'usage' ? result.sentHash : undefined;
  if (sentHash === undefined || decision.verdict !== 'i' || !now) return end;
  const known = [now.decodedHash, ...countedVersions(now).map(({ decodedHash }) => decodedHash)];
  if (known.includes(sentHash)) return end;
  const sent = { ref: standing.ref, decodedHash: sentHash, usageHash: null };
  const generation = Math.max(now.generation, 2);
  const cell = { ...now, generation, versions: [...now.versions, sent] };
  return {
    ...end,
    decision: { ...decision, generation },
    now: cell,
    before: end.before === now ? cell : end.before,
  };
}

/** A key that was never held needs no cell. */
export const isUntouched = (cell: KeyCell): boolean =>
  cell === FREE_CELL || (isNew(cell) && cell.open === null && cell.versions.length === 0);
