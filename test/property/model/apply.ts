import { type Correction, decide, decideAgain, refusalOfAmend, takeBack } from './decide.js';
import { type Fate, type Ref, isBefore, isSame } from './key-cell.js';
import { type Reference, missingIdentifier, missingRate } from './pipeline.js';
import type { Request } from './requests.js';
import type { SentRecord } from './sent-record.js';
import { type Accepted, type Change, FEEDS, type Import, type State, textOf } from './state.js';

/** What is answered: a refusal by its code, or the imports that there are now. */
export interface Answer {
  readonly refusal: string | null;
  readonly imports: readonly number[];
  /** Of a change of reference data: the exceptions that it may heal. */
  readonly heals?: number;
}

const done = (...imports: number[]): Answer => ({ refusal: null, imports });
const refused = (refusal: string): Answer => ({ refusal, imports: [] });

/** Does what is asked, and says what must be answered. */
export function apply(state: State, request: Request): Answer {
  switch (request.do) {
    case 'post':
      return post(state, request);
    case 'reprocess imports':
      return reprocessImports(state, request);
    case 'reprocess exceptions': {
      const open = request.exceptions.map((ref) => state.record(ref)).filter(isOpen);
      return reprocess(state, open, 'exceptions', { version: state.published, reference: current(state) });
    }
    case 'revert':
      return revert(state, state.imports[request.import]!);
    case 'void': {
      const record = state.record(request.of);
      if (!record.live) return refused('usage_not_live');
      if (state.isKept(record)) return refused('period_closed');
      const by = open(state, { feed: record.feed, channel: 'revert' });
      run(by, [record], (one) => takeBack(state, one, request.releaseKey ? 'release' : 'void', by));
      return done(by.number);
    }
    case 'amend':
      return amend(state, request);
    case 'correct': {
      const record = state.record(request.of);
      if (!isOpen(record)) return refused('exception_not_open');
      record.forms.push(request.record);
      return done();
    }
    case 'discard':
      return discard(state, state.record(request.of));
    case 'reopen':
      return reopen(state, state.record(request.of));
    case 'resolve': {
      const record = state.record(request.of);
      if (request.resolution === 'keep') return discard(state, record);
      return reprocess(state, isOpen(record) ? [record] : [], 'replace', {
        version: state.published,
        reference: current(state),
      });
    }
    case 'own': {
      const { identifier, account } = request;
      const { accounts, prices } = state.reference;
      const to = { accounts: accounts.with(identifier, account), prices };
      return change(state, to, { what: missingIdentifier(identifier), isNews: account !== null });
    }
    case 'price': {
      const { plan, usageClass, price } = request;
      const { accounts, prices } = state.reference;
      const to = { accounts, prices: prices.with(plan, prices[plan]!.with(usageClass, price)) };
      return change(state, to, { what: missingRate(plan, usageClass), isNews: true });
    }
    case 'publish':
      state.versions.push(request.content);
      return done();
    case 'heal': {
      const { feed } = request;
      const missing = candidates(state, request.change).filter((one) => feed === null || one.feed === feed);
      return missing.length ? heal(state, missing) : refused('nothing_to_reprocess');
    }
    case 'close period':
      return changePeriods(state, request.feed, (until) => Math.max(until, request.until));
    case 'reopen period':
      return reopenPeriods(state, request.feed, request.from);
  }
}

const current = (state: State) => state.references.length - 1;
const isOpen = ({ exception }: Accepted) => exception?.status === 'open';

/** Feeds that want it reprocess what the change may heal. */
function change(state: State, to: Reference, made: Change): Answer {
  if (JSON.stringify(to) === JSON.stringify(state.reference)) return { ...done(), heals: 0 };
  state.references.push(to);
  state.changes.push(made);
  const missing = candidates(state, state.changes.length - 1);
  const { imports } = heal(
    state,
    missing.filter(({ feed }) => FEEDS[feed]!.autoHeals),
  );
  return { ...done(...imports), heals: missing.length };
}

/** Open exceptions that miss what a change has brought, where that is still so. */
function candidates({ changes, records }: State, n: number): Accepted[] {
  const { what, isNews } = changes[n]!;
  if (!isNews || changes.slice(n + 1).some((later) => later.what === what)) return [];
  return [...records.values()].filter((record) => isOpen(record) && record.exception!.missing === what);
}

/** A reprocessing for each feed, those first whose records were accepted first. */
function heal(state: State, records: readonly Accepted[]): Answer {
  const how = { version: state.published, reference: current(state) };
  const feeds = [...new Set(records.map(({ feed }) => feed))];
  const corrections = feeds.map((feed) => records.filter((record) => record.feed === feed));
  return done(...corrections.flatMap((some) => reprocess(state, some, 'exceptions', how).imports));
}

function changePeriods(state: State, feed: number | null, to: (until: number) => number): Answer {
  for (const each of FEEDS.keys()) {
    if (feed === null || each === feed) state.closedUntil[each] = to(state.closedUntil[each]!);
  }
  return done();
}

function reopenPeriods(state: State, feed: number | null, from: number): Answer {
  const isClosed = state.closedUntil.some((until, each) => (feed === null || each === feed) && until > from);
  if (!isClosed) return refused('nothing_to_reopen');
  return changePeriods(state, feed, (until) => Math.min(until, from));
}

type NewImport = Pick<Import, 'feed' | 'channel'> &
  Partial<Pick<Import, 'version' | 'reference' | 'idempotencyKey'>>;

function open(state: State, { feed, channel, ...more }: NewImport): Import {
  const created: Import = {
    number: state.imports.length,
    feed,
    channel,
    version: more.version ?? state.published,
    reference: more.reference ?? current(state),
    idempotencyKey: more.idempotencyKey ?? null,
    lines: [],
    entries: 0,
    revertedBy: null,
  };
  state.imports.push(created);
  return created;
}

function run(by: Import, records: readonly Accepted[], decideOne: (record: Accepted) => Fate): void {
  for (const record of records) {
    const key = keyOf(record);
    by.lines.push({ of: record.ref, key, fate: decideOne(record) });
  }
}

const keyOf = ({ forms, feed }: Accepted) => (FEEDS[feed]!.hasKeys ? forms.at(-1)!.key : null);

function post(state: State, { feed, records, idempotencyKey }: Request & { do: 'post' }): Answer {
  const before = state.imports.find((i) => i.idempotencyKey === idempotencyKey);
  if (before) return done(before.number);
  const by = open(state, { feed, channel: 'api', idempotencyKey });
  run(
    by,
    records.map((sent, index) => accept(state, by, sent, index)),
    (record) => decide(state, record, by),
  );
  return done(by.number);
}

function accept(state: State, by: Import, sent: SentRecord, index: number): Accepted {
  const ref: Ref = { import: by.number, index };
  const record: Accepted = {
    ref,
    feed: by.feed,
    forms: [sent],
    live: null,
    exception: null,
    isVoided: false,
    why: '',
  };
  state.records.set(textOf(ref), record);
  return record;
}

function reprocessImports(
  state: State,
  { imports, mode, version, reference }: Request & { do: 'reprocess imports' },
): Answer {
  const found = imports.map((n) => state.imports[n]!).sort((a, b) => a.number - b.number);
  const records = found.flatMap(({ lines }) => lines.map(({ of }) => state.record(of)));
  const chosen = mode === 'all' ? records : records.filter(isOpen);
  const [first] = found;
  const versionNumber =
    version === 'published' ? state.published : version === 'original' ? first!.version : version;
  return reprocess(state, chosen, mode, {
    version: versionNumber,
    reference: reference === 'original' ? first!.reference : current(state),
  });
}

function reprocess(
  state: State,
  records: readonly Accepted[],
  operation: Correction,
  how: Pick<Import, 'version' | 'reference'>,
): Answer {
  if (!records.length) return refused('nothing_to_reprocess');
  const by = open(state, { feed: records[0]!.feed, channel: 'reprocess', ...how });
  const inOrder = [...records].sort((a, b) => (isBefore(a.ref, b.ref) ? -1 : 1));
  run(by, inOrder, (record) => decideAgain(state, record, operation, by));
  return done(by.number);
}

function revert(state: State, origin: Import): Answer {
  if (origin.channel !== 'api') return refused('revert_the_origin');
  const live = origin.lines.map(({ of }) => state.record(of)).filter((record) => record.live);
  if (!live.length) return refused('nothing_to_revert');
  if (live.some((record) => state.isKept(record))) return refused('period_closed');
  const by = open(state, { feed: origin.feed, channel: 'revert', version: origin.version });
  run(by, live, (record) => takeBack(state, record, 'revert', by));
  origin.revertedBy = by.number;
  origin.idempotencyKey = null;
  return done(by.number);
}

function amend(state: State, { of, record: form }: Request & { do: 'amend' }): Answer {
  const record = state.record(of);
  if (!record.live) return refused('usage_not_live');
  if (state.isKept(record)) return refused('period_closed');
  const how = { version: state.published, reference: current(state) };
  const refusal = refusalOfAmend(state, record, form, how);
  if (refusal === 'unchanged') return done();
  if (refusal !== null) return refused(refusal);
  record.forms.push(form);
  return reprocess(state, [record], 'amend', how);
}

/** Nobody will mend it: its key does not wait for it any more. */
function discard(state: State, { exception, feed, ref }: Accepted): Answer {
  if (exception?.status !== 'open') return done();
  const cell = exception.key === null ? null : state.cell(feed, exception.key);
  const isHeld = cell?.waiting && isSame(cell.waiting.ref, ref);
  exception.held = isHeld ? cell.waiting : null;
  if (isHeld) cell.waiting = null;
  Object.assign(exception, { status: 'discarded', by: null });
  return done();
}

function reopen(state: State, { exception, feed }: Accepted): Answer {
  if (exception?.status !== 'discarded') return done();
  if (exception.held) state.cell(feed, exception.key!).waiting ??= exception.held;
  Object.assign(exception, { status: 'open', by: null, held: null });
  return done();
}
