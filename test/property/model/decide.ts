import { type Cell, type Fate, isBefore, isKnown, isSame, leave, meet, renew } from './key-cell.js';
import { CONTENTS, type FeedRules, type Result, type Usage, decodedText, mediate } from './pipeline.js';
import type { SentRecord } from './sent-record.js';
import { type Accepted, type Exception, FEEDS, type Import, type State } from './state.js';

/** A record comes through a profile, for the first time or as if it were. */
export function decide(state: State, record: Accepted, by: Import): Fate {
  const result = mediateLast(state, record, by);
  return carryOut(state, record, result, meetKey(state, record, result), by);
}

const mediateLast = (state: State, { forms, feed }: Accepted, by: Import) =>
  mediateForm(state, forms.at(-1)!, feed, by);

function mediateForm(
  state: State,
  form: SentRecord,
  feed: number,
  { version, reference }: Pick<Import, 'version' | 'reference'>,
): Result {
  const content = CONTENTS[state.versions[version - 1]!]!;
  const isRefused = (month: number) => state.isRefused(feed, month);
  return mediate(form, content, state.references[reference]!, FEEDS[feed]!, isRefused);
}

function meetKey(state: State, record: Accepted, result: Result): Fate {
  if (result.key === null) return withoutKey(result);
  const cell = state.cell(record.feed, result.key);
  const meeting = {
    onConflict: onConflictOf(record),
    isLater: isBehind(record, cell),
    isKept: isKept(state, cell),
    leavesWaiting: false,
  };
  return meet(cell, record.ref, result, meeting);
}

const isKept = (state: State, { holder }: Cell): boolean =>
  holder !== null && state.isKept(state.record(holder.ref));

function withoutKey(result: Result): Fate {
  if (result.kind === 'reject') return { verdict: 'exception', code: result.code };
  if (result.kind === 'skip') return { verdict: 'skipped', reason: result.reason };
  return { verdict: 'imported' };
}

/** Whether a record was accepted behind what holds a key. */
function isBehind({ ref }: Accepted, { holder }: Cell): boolean {
  return !holder || isBefore(holder.ref, ref);
}

/** What a fate says happens to the ledger and to exceptions. */
export function carryOut(state: State, record: Accepted, result: Result, fate: Fate, by: Import): Fate {
  const { verdict, reverses, supersedes } = fate;
  if (reverses) state.reverse(state.record(reverses), fate.reason ?? verdict, by);
  if (supersedes) {
    const { exception } = state.record(supersedes);
    if (exception!.status === 'open') Object.assign(exception!, { status: 'superseded', by: by.number });
  }
  if (verdict === 'imported' && result.kind === 'usage') {
    state.post(record, result.key, result.parts, by);
  } else {
    record.why = `${verdict} ${fate.reason ?? fate.code ?? ''}`;
  }
  if (verdict === 'exception')
    record.exception = {
      code: fate.code!,
      missing: result.kind === 'reject' ? result.missing : null,
      key: result.key,
      held: null,
      status: 'open',
      by: null,
    };
  else if (record.exception && isUnsettled(record.exception))
    Object.assign(record.exception, { status: 'reprocessed', by: by.number });
  return fate;
}

const onConflictOf = ({ feed }: Accepted) => FEEDS[feed]!.onConflict;

const isUnsettled = ({ status }: Exception) => status === 'open' || status === 'superseded';

export type Correction = 'all' | 'exceptions' | 'replace' | 'amend';

const skipped = (reason: string): Fate => ({ verdict: 'skipped', reason });

/** A record is decided again by a correction. What was sent of it stays known, whatever it was changed to. */
export function decideAgain(state: State, record: Accepted, operation: Correction, by: Import): Fate {
  const fate = decided(state, record, operation, by);
  const { ref, live, feed, forms } = record;
  const [sent] = forms;
  if (fate.verdict !== 'imported' || !live || live.key === null || live.key !== sent!.key) return fate;
  const { holder, past } = state.cell(feed, live.key);
  const decoded = decodedText(sent!);
  const isHeard = [holder!, ...past].some((version) => version.decoded === decoded);
  if (!isHeard) past.push({ ref, decoded, mapped: null });
  return fate;
}

function decided(state: State, record: Accepted, operation: Correction, by: Import): Fate {
  const { exception, live } = record;
  if (live) {
    const isMeant = operation === 'all' || operation === 'amend';
    return isMeant ? decideLive(state, record, operation, by) : skipped('not_open');
  }
  if (operation === 'amend') return skipped('not_live');
  if (exception?.status === 'open') {
    forgetWaiting(state, record);
    const rule = operation === 'replace' ? 'must replace' : onConflictOf(record);
    return amongOthers(state, record, () => decideInPlace(state, record, rule, by));
  }
  if (operation !== 'all') return skipped('not_open');
  if (record.isVoided) return skipped('voided');
  if (exception?.status === 'discarded') return skipped('discarded');

  const result = mediateLast(state, record, by);
  const cell = result.key === null ? null : state.cell(record.feed, result.key);
  if (exception?.status === 'superseded' && cell && (cell.state !== 'free' || cell.waiting))
    return skipped('superseded');
  const own = cell?.past.filter(({ ref }) => isSame(ref, record.ref)) ?? [];
  if (own.length) {
    if (result.kind !== 'usage' || own.some(({ mapped }) => mapped !== null)) return skipped('unchanged');
    return amongOthers(state, record, () => decideInPlace(state, record, onConflictOf(record), by));
  }
  if (result.kind === 'skip') return skipped(result.reason);
  if (saysNothing(result)) return skipped('period_closed');
  return decideInPlace(state, record, onConflictOf(record), by);
}

/** What a record has left behind itself is not in its way. */
function amongOthers(state: State, { ref, feed, forms }: Accepted, decideIt: () => Fate): Fate {
  const { key } = forms.at(-1)!;
  if (key === null || !FEEDS[feed]!.hasKeys) return decideIt();
  const cell = state.cell(feed, key);
  const own = cell.past.filter((version) => isSame(version.ref, ref));
  cell.past = cell.past.filter((version) => !own.includes(version));
  const fate = decideIt();
  cell.past.push(...own);
  return fate;
}

/** That its month is closed says nothing of the record itself. */
const saysNothing = (result: Result): boolean => result.kind === 'reject' && result.code === 'period_closed';

/** An exception that is decided again is not in its own way. */
function forgetWaiting(state: State, { ref, feed, forms }: Accepted): void {
  for (const key of new Set(forms.map((form) => form.key))) {
    if (key === null || !FEEDS[feed]!.hasKeys) continue;
    const cell = state.cell(feed, key);
    if (cell.waiting && isSame(cell.waiting.ref, ref)) cell.waiting = null;
  }
}

/** As a record that comes for the first time, but before those that were accepted since. */
function decideInPlace(
  state: State,
  record: Accepted,
  onConflict: FeedRules['onConflict'] | 'must replace',
  by: Import,
): Fate {
  const result = mediateLast(state, record, by);
  if (result.key === null) return carryOut(state, record, result, withoutKey(result), by);
  const cell = state.cell(record.feed, result.key);
  const isAsked = onConflict === 'must replace';
  const takesVoided = isAsked && cell.state === 'voided' && result.kind === 'usage' && !isKnown(cell, result);
  if (takesVoided) leave(cell);
  const mustReplace = isAsked && cell.state === 'live';
  const usual = isAsked ? onConflictOf(record) : onConflict;
  const rule = mustReplace ? 'replace' : takesVoided ? 'exception' : usual;
  const meetIt = () =>
    meet(cell, record.ref, result, {
      onConflict: rule,
      isLater: mustReplace || isBehind(record, cell),
      isKept: isKept(state, cell),
      leavesWaiting: true,
    });
  const later = cell.waiting && isBefore(record.ref, cell.waiting.ref) ? cell.waiting : null;
  if (!later) return carryOut(state, record, result, meetIt(), by);

  cell.waiting = null;
  const fate = carryOut(state, record, result, meetIt(), by);
  cell.waiting = later;
  return fate;
}

/** Why live usage cannot become what a form says; `unchanged` where it is that already. */
export function refusalOfAmend(
  state: State,
  { feed, live }: Accepted,
  form: SentRecord,
  how: Pick<Import, 'version' | 'reference'>,
): string | null {
  const result = mediateForm(state, form, feed, how);
  if (result.kind === 'reject') return result.code;
  if (result.kind === 'skip') return 'amend_skipped';
  if (result.kind !== 'usage') return 'rejected';
  if (result.key !== live!.key) return 'usage_key_changed';
  return isEqual(result.parts, live!.parts) ? 'unchanged' : null;
}

function decideLive(state: State, record: Accepted, operation: Correction, by: Import): Fate {
  const result = mediateLast(state, record, by);
  const { key, parts } = record.live!;
  if (result.kind === 'cancel') return skipped('unchanged');
  if (result.kind === 'usage' && isEqual(result.parts, parts)) return skipped('unchanged');
  if (saysNothing(result) || state.isKept(record)) return skipped('period_closed');

  const cell = key === null ? null : state.cell(record.feed, key);
  const sent = cell?.holder;
  if (cell) Object.assign(cell, { state: 'free', holder: null });
  state.reverse(record, 'decided again', by);
  // It goes on in its own place: what it left behind itself is not in its way.
  const past = cell?.past ?? [];
  if (cell) cell.past = [];
  const fate = decideInPlace(state, record, 'exception', by);
  // What was sent stays known behind what it was amended to.
  if (operation === 'amend' && sent) past.push({ ...sent, mapped: null });
  if (cell) cell.past = past;
  const isAmended = operation === 'amend' && fate.verdict === 'imported';
  return { ...fate, ...(isAmended && { reason: 'amended' }), reverses: fate.reverses ?? record.ref };
}

/** The same parts with the same fields, but for ids, posting and producer. */
const isEqual = (a: readonly Usage[], b: readonly Usage[]) => JSON.stringify(a) === JSON.stringify(b);

/** What is live is taken back, and its key is as new, or held for it. */
export function takeBack(
  state: State,
  record: Accepted,
  how: 'revert' | 'void' | 'release',
  by: Import,
): Fate {
  if (!record.live) return skipped('not_live');
  const { key } = record.live;
  const reason = how === 'revert' ? 'reverted' : 'voided';
  state.reverse(record, reason, by);
  record.isVoided = how !== 'revert';
  if (key !== null) {
    const cell = state.cell(record.feed, key);
    if (how === 'void') cell.state = 'voided';
    else renew(cell);
  }
  return { verdict: 'imported', reason, reverses: record.ref };
}
