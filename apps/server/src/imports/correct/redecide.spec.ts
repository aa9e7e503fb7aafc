import type { RecordResult, UsageEntry } from 'feedmill/pipeline';
import { FREE_CELL, type KeyCell, type MeetingRule, type RecordRef } from '../run/verdict.js';
import { type Again, type Cells, redecide, takeBack } from './redecide.js';
import type { StoredPart } from './same-usage.js';
import type { OwnException, OwnUsage, Standing } from './standing.js';

const OWN: RecordRef = { importId: 1, index: 0 };
const OTHER: RecordRef = { importId: 2, index: 5 };
const usage = (more: Partial<OwnUsage> = {}): OwnUsage => ({
  generation: 1,
  key: 'k',
  parts: [{} as StoredPart],
  isReversed: false,
  reversedBy: null,
  ...more,
});
const exception = (status: OwnException['status'], key: string | null = 'k'): OwnException => ({
  status,
  attempt: 0,
  key,
});
const held = (by: RecordRef, more: Partial<KeyCell> = {}): KeyCell => ({
  ...FREE_CELL,
  state: 'live',
  generation: 1,
  holder: by,
  decodedHash: 'd',
  usageHash: 'u',
  ...more,
});
const waiting = (ref: RecordRef, hash = 'o'): KeyCell => ({
  ...FREE_CELL,
  open: { ref, hash, usageHash: null, isCancel: false },
});
const passed = (key: string | null = 'k', hash = 'd2'): RecordResult => ({
  index: 0,
  key,
  decodedHash: hash,
  kind: 'usage',
  usageHash: `${hash}u`,
  parts: [{} as UsageEntry],
});
const skipped: RecordResult = {
  index: 0,
  key: 'k',
  decodedHash: 'd',
  kind: 'skip',
  reason: 'zero_value',
  fields: {},
};
const rejected = (code = 'rate_not_found', key: string | null = 'k'): RecordResult => ({
  index: 0,
  key,
  decodedHash: 'd',
  kind: 'reject',
  stage: 'rate',
  step: 'rate-usage',
  rejection: { code, message: code },
  record: null,
});

const standingOf = (more: Partial<Standing>): Standing => ({
  ref: OWN,
  usage: null,
  exception: null,
  ...more,
});
const one = (cell: KeyCell | null): Cells => ({ before: cell, now: cell });
const again = (standing: Partial<Standing>, result: RecordResult, more: Partial<Again> = {}): Again => ({
  standing: standingOf(standing),
  result,
  isSame: false,
  isClosed: false,
  had: null,
  ...more,
});
const all = (a: Again, cells: Cells, rule: MeetingRule = 'exception', isOlder = false) =>
  redecide('all', a, cells, rule, isOlder);

describe('a live record', () => {
  const live = { usage: usage() };
  const cells = one(held(OWN));

  it('with the same usage is unchanged', () => {
    const end = all(again(live, passed(), { isSame: true }), cells);
    expect(end).toMatchObject({ decision: { verdict: 's', reason: 'unchanged' }, takesBack: null });
    expect(end.now).toBe(cells.now);
  });

  it('with other usage takes its own back and holds its key under a new generation', () => {
    const end = all(again(live, passed()), cells);
    expect(end).toMatchObject({
      decision: { verdict: 'i', generation: 2, reverses: { ref: OWN, generation: 1 } },
      takesBack: { ref: OWN, generation: 1 },
      now: { state: 'live', holder: OWN, generation: 2, decodedHash: 'd2' },
      exception: null,
    });
  });

  it('that says now what it once replaced is not its duplicate', () => {
    const version = { ref: OTHER, decodedHash: 'x', usageHash: 'd2u' };
    const end = all(again(live, passed()), one(held(OWN, { versions: [version] })));
    expect(end).toMatchObject({
      decision: { verdict: 'i' },
      takesBack: { ref: OWN },
      now: { state: 'live', holder: OWN, versions: [version] },
    });
    expect(end.before).toBe(end.now);
  });

  it('that is skipped now frees its key', () => {
    const end = all(again(live, skipped), cells);
    expect(end).toMatchObject({
      decision: { verdict: 's', reason: 'zero_value' },
      takesBack: { generation: 1 },
      now: { state: 'free', holder: null, versions: [] },
    });
  });

  it('that is rejected now becomes the open exception of its key', () => {
    const end = all(again(live, rejected()), cells);
    expect(end).toMatchObject({
      decision: { verdict: 'e' },
      takesBack: { generation: 1 },
      exception: 'open',
      now: { state: 'free', open: { ref: OWN } },
    });
  });

  it('that is rejected is open beside an exception of its key that was accepted later', () => {
    const end = all(
      again(live, rejected()),
      one(held(OWN, { open: waiting(OTHER).open })),
      'exception',
      true,
    );
    expect(end).toMatchObject({ exception: 'open', now: { open: { ref: OTHER } } });
  });

  it('that is rejected as the exception of its key was is taken back, and its duplicate', () => {
    const cell = held(OWN, { open: waiting(OTHER, 'd').open });
    expect(all(again(live, rejected()), one(cell))).toMatchObject({
      decision: { verdict: 'd', duplicateOf: OTHER, reason: null, reverses: { ref: OWN } },
      takesBack: { ref: OWN, generation: 1 },
      exception: null,
      now: { state: 'free', open: { ref: OTHER } },
    });
  });

  it.each(['usage_too_old', 'usage_in_future', 'period_closed', 'step_crashed', 'import_failed'])(
    'is not taken back by %s, which says nothing of it',
    (code) => {
      const end = all(again(live, rejected(code)), cells);
      expect(end).toMatchObject({ decision: { verdict: 's', reason: code }, takesBack: null });
    },
  );

  it('of a closed period stays', () => {
    const end = all(again(live, passed(), { isClosed: true }), cells);
    expect(end).toMatchObject({ decision: { verdict: 's', reason: 'period_closed' }, takesBack: null });
  });

  it('moves to another key, under a generation above its own', () => {
    const end = all(again({ usage: usage({ generation: 4 }) }, passed('k2')), {
      before: held(OWN, { generation: 4 }),
      now: FREE_CELL,
    });
    expect(end).toMatchObject({
      decision: { verdict: 'i', generation: 5 },
      takesBack: { generation: 4 },
      before: { state: 'free' },
      now: { state: 'live', holder: OWN, generation: 5 },
    });
  });

  it('moves to another key with the same usage, too', () => {
    const end = all(again(live, passed('k2'), { isSame: true }), { before: held(OWN), now: FREE_CELL });
    expect(end).toMatchObject({ decision: { verdict: 'i' }, takesBack: { ref: OWN }, now: { holder: OWN } });
  });

  it('of a feed without keys, or whose key was forgotten, is known by its entries', () => {
    const keyless = { usage: usage({ key: null, generation: 2 }) };
    expect(all(again(keyless, passed(null)), one(null))).toMatchObject({
      decision: { verdict: 'i', generation: 3 },
      takesBack: { generation: 2 },
    });
    expect(takeBack(standingOf(live), FREE_CELL, { isClosed: false, keepsKey: false })).toMatchObject({
      takesBack: { generation: 1 },
      now: FREE_CELL,
    });
    expect(all(again(live, passed()), one(FREE_CELL))).toMatchObject({
      decision: { verdict: 'i', generation: 2 },
      takesBack: { generation: 1 },
      now: { state: 'live', holder: OWN, generation: 2 },
    });
  });

  it('is amended only into usage of the same key', () => {
    const amend = (a: Again, c: Cells) => redecide('amend', a, c, 'exception', false);
    expect(amend(again(live, passed()), cells)).toMatchObject({ decision: { verdict: 'i' } });
    expect(amend(again(live, rejected()), cells)).toMatchObject({
      decision: { reason: 'rejected' },
      takesBack: null,
    });
    const moved = amend(again(live, passed('k2')), { before: held(OWN), now: FREE_CELL });
    expect(moved).toMatchObject({ decision: { reason: 'key_changed' }, takesBack: null });
  });
});

describe('an open exception', () => {
  const open = { exception: exception('open') };

  it('that passes becomes usage', () => {
    const end = redecide('exceptions', again(open, passed()), one(waiting(OWN)), 'exception', false);
    expect(end).toMatchObject({
      decision: { verdict: 'i', supersedes: null },
      exception: 'reprocessed',
      now: { state: 'live', holder: OWN, open: null },
    });
  });

  it('that fails again leaves the exception of another record open, whichever came first', () => {
    for (const isOlder of [false, true]) {
      const end = redecide('exceptions', again(open, rejected()), one(waiting(OTHER)), 'exception', isOlder);
      expect(end).toMatchObject({
        decision: { verdict: 'e', supersedes: null },
        exception: 'open',
        now: { open: { ref: OTHER } },
      });
    }
  });

  it('that fails again stays open and holds its key', () => {
    const end = redecide('exceptions', again(open, rejected()), one(waiting(OWN)), 'exception', false);
    expect(end).toMatchObject({ decision: { verdict: 'e' }, exception: 'open', now: { open: { ref: OWN } } });
  });

  it('that turns out a duplicate or skipped is closed', () => {
    const cell = held(OTHER, { open: waiting(OWN).open, decodedHash: 'd2' });
    expect(redecide('exceptions', again(open, passed()), one(cell), 'exception', false)).toMatchObject({
      decision: { verdict: 'd', duplicateOf: OTHER },
      exception: 'reprocessed',
      now: { open: null },
    });
    expect(redecide('exceptions', again(open, skipped), one(waiting(OWN)), 'exception', false)).toMatchObject(
      {
        decision: { verdict: 's' },
        exception: 'reprocessed',
        now: { open: null },
      },
    );
  });

  it('leaves its old key where it was corrected to another', () => {
    const end = redecide(
      'exceptions',
      again(open, passed('k2')),
      { before: waiting(OWN), now: FREE_CELL },
      'exception',
      false,
    );
    expect(end).toMatchObject({ before: { open: null }, now: { holder: OWN } });
  });

  it('takes the place of what is live where an operator says so', () => {
    const cell = held(OTHER, { open: waiting(OWN).open });
    expect(redecide('replace', again(open, passed()), one(cell), 'replace', false)).toMatchObject({
      decision: { verdict: 'i', reason: 'replaces', reverses: { ref: OTHER, generation: 1 }, generation: 2 },
      takesBack: null,
      exception: 'reprocessed',
      now: { holder: OWN },
    });
  });

  it('does not make a later one of its key moot', () => {
    const cell: KeyCell = waiting(OTHER);
    const end = redecide('exceptions', again(open, passed()), one(cell), 'exception', true);
    expect(end).toMatchObject({
      decision: { verdict: 'i', supersedes: null },
      now: { open: { ref: OTHER } },
    });
  });
});

describe('what is not usage and no open exception', () => {
  it.each<[string, Partial<Standing>, KeyCell]>([
    ['voided', { usage: usage({ isReversed: true, reversedBy: 'void' }) }, held(OWN, { state: 'voided' })],
    ['discarded', { exception: exception('discarded') }, FREE_CELL],
    ['superseded', { exception: exception('superseded') }, held(OTHER)],
    ['superseded', { exception: exception('superseded') }, waiting(OTHER)],
  ])('stays %s', (reason, standing, cell) => {
    expect(all(again(standing, passed()), one(cell))).toMatchObject({
      decision: { verdict: 's', reason },
      now: cell,
    });
  });

  it('stays replaced or cancelled by its source', () => {
    const versions = [{ ref: OWN, decodedHash: 'x', usageHash: 'y' }];
    const replaced = { usage: usage({ isReversed: true }) };
    expect(all(again(replaced, passed()), one(held(OTHER, { versions })))).toMatchObject({
      decision: { reason: 'unchanged' },
    });
  });

  it('stays a correction to zero that its key knows', () => {
    const cell = { ...FREE_CELL, generation: 1, versions: [{ ref: OWN, decodedHash: 'd', usageHash: null }] };
    const end = all(again({}, skipped), one(cell), 'replace');
    expect(end.decision).toMatchObject({ verdict: 's', reason: 'unchanged' });
    expect(end.now).toBe(cell);
  });

  it('becomes usage where it was superseded and its key is free', () => {
    expect(all(again({ exception: exception('superseded') }, passed()), one(FREE_CELL))).toMatchObject({
      decision: { verdict: 'i' },
      exception: 'reprocessed',
      now: { holder: OWN },
    });
  });

  it('comes back after a revert, also where an earlier version of it was known before', () => {
    const cell: KeyCell = {
      ...FREE_CELL,
      generation: 2,
      versions: [
        { ref: OWN, decodedHash: 'd2', usageHash: 'y' },
        { ref: OTHER, decodedHash: '', usageHash: null, resets: true },
      ],
    };
    const reverted = { usage: usage({ isReversed: true, reversedBy: 'revert' as const }) };
    expect(all(again(reverted, passed()), one(cell))).toMatchObject({
      decision: { verdict: 'i', generation: 3 },
      now: { holder: OWN },
    });
  });

  it('is left alone by what is for exceptions only', () => {
    expect(
      redecide('exceptions', again({ usage: usage() }, passed()), one(held(OWN)), 'exception', false),
    ).toMatchObject({ decision: { verdict: 's', reason: 'not_open' }, takesBack: null });
  });
});

describe('what must not be lost', () => {
  const live = { usage: usage() };

  it('is not taken back where the key that it would move to is held or was known with it', () => {
    const moved = again(live, passed('k2'));
    const end = all(moved, { before: held(OWN), now: held(OTHER) }, 'replace');
    expect(end).toMatchObject({ decision: { verdict: 's', reason: 'key_taken' }, takesBack: null });
    const known = {
      ...FREE_CELL,
      generation: 1,
      versions: [{ ref: OTHER, decodedHash: 'd2', usageHash: 'y' }],
    };
    expect(all(moved, { before: held(OWN), now: known })).toMatchObject({
      decision: { reason: 'key_taken' },
      takesBack: null,
    });
  });

  it('whose key was forgotten and is held by another stays, and can be taken back', () => {
    const end = all(again(live, passed()), one(held(OTHER)), 'replace');
    expect(end).toMatchObject({ decision: { reason: 'key_forgotten' }, takesBack: null });
    const back = takeBack(standingOf(live), held(OTHER), { isClosed: false, keepsKey: false });
    expect(back).toMatchObject({ takesBack: { ref: OWN, generation: 1 }, now: held(OTHER) });
  });

  it('is not made an exception by what says nothing of it', () => {
    const reverted = { usage: usage({ isReversed: true, reversedBy: 'revert' as const }) };
    expect(all(again(reverted, rejected('import_failed')), one(FREE_CELL))).toMatchObject({
      decision: { verdict: 's', reason: 'import_failed' },
      exception: null,
    });
  });

  it('that was replaced does not come back under another key, and is known there', () => {
    const replaced = { usage: usage({ isReversed: true }) };
    const version = { ref: OWN, decodedHash: 'd', usageHash: 'u' };
    const had = held(OTHER, { generation: 2, decodedHash: 'd3', versions: [version] });
    const end = all(again(replaced, passed('k2'), { had }), { before: null, now: FREE_CELL });
    expect(end).toMatchObject({ decision: { verdict: 's', reason: 'unchanged' }, takesBack: null });
    expect(end.now).toEqual({
      ...FREE_CELL,
      generation: 1,
      versions: [{ ref: OWN, decodedHash: 'd2', usageHash: 'd2u' }],
    });
    expect(all(again(replaced, passed('k2'), { had }), { before: null, now: end.now }).now).toBe(end.now);

    const free = { before: null, now: FREE_CELL };
    const cancelled = { ...FREE_CELL, generation: 1, versions: [version] };
    expect(all(again(replaced, passed('k2'), { had: cancelled }), free).decision.verdict).toBe('i');
  });

  it('stays known as it was sent, once it is amended, and may be amended back', () => {
    const amended = redecide('amend', again(live, passed()), one(held(OWN)), 'exception', false);
    const { now } = amended;
    expect(now!.versions).toEqual([{ ref: OWN, decodedHash: 'd', usageHash: null }]);
    const second = { usage: usage({ generation: 2 }) };
    expect(redecide('amend', again(second, passed('k', 'd')), one(now), 'exception', false)).toMatchObject({
      decision: { verdict: 'i', generation: 3 },
      takesBack: { generation: 2 },
    });
  });

  it('stays known as it was sent, once its exception is corrected, also where it fails again', () => {
    const open = { exception: exception('open') };
    const corrected = { ...passed(), sentHash: 'o' } as RecordResult;
    const { decision, now } = all(again(open, corrected), one(waiting(OWN)));
    // Versions are read of keys that were live more than once.
    expect(decision).toMatchObject({ verdict: 'i', generation: 2 });
    expect(now).toMatchObject({ state: 'live', generation: 2, holder: OWN, decodedHash: 'd2' });
    expect(now!.versions).toEqual([{ ref: OWN, decodedHash: 'o', usageHash: null }]);

    const isLive = { usage: usage({ generation: 2 }) };
    const onceMore = all(again(isLive, corrected), one(now));
    expect(onceMore.now!.versions).toEqual(now!.versions);

    const failed = all(again(isLive, rejected()), one(now));
    expect(failed).toMatchObject({ decision: { verdict: 'e' }, now: { state: 'free' } });
    const back = all(
      again({ ...open, usage: usage({ isReversed: true }) }, passed('k', 'o')),
      one(failed.now),
    );
    expect(back).toMatchObject({ decision: { verdict: 'i' }, exception: 'reprocessed' });
  });

  it('is not in its own way, but that it was taken back as new stays', () => {
    const version = { ref: OTHER, decodedHash: 'd2', usageHash: 'd2u' };
    const reset = { ref: OWN, decodedHash: '', usageHash: null, resets: true } as const;
    const left = { ref: OWN, decodedHash: 'd2', usageHash: null };
    const cell: KeyCell = { ...FREE_CELL, generation: 2, versions: [version, reset, left] };
    const open = { exception: exception('open') };
    expect(all(again(open, passed()), one(cell))).toMatchObject({
      decision: { verdict: 'i' },
      now: { state: 'live', holder: OWN, versions: [version, reset, left] },
    });
  });

  it('takes a voided key where an operator says so', () => {
    const voided = held(OTHER, { state: 'voided', open: waiting(OWN).open });
    const open = { exception: exception('open') };
    expect(redecide('replace', again(open, passed()), one(voided), 'exception', false)).toMatchObject({
      decision: { verdict: 'i', reverses: null, generation: 2 },
      now: { state: 'live', holder: OWN },
    });
    const zero = { ...skipped, decodedHash: 'zero' };
    expect(redecide('replace', again(open, zero), one(voided), 'exception', false)).toMatchObject({
      decision: { verdict: 'e', refusal: 'voided_key' },
      now: { state: 'voided', holder: OTHER },
    });
  });
});

describe('taking back', () => {
  const live = standingOf({ usage: usage() });

  it('by a revert leaves the key as new, by a void held, unless it is released', () => {
    const versions = [{ ref: OTHER, decodedHash: 'x', usageHash: 'y' }];
    const cell = held(OWN, { versions });
    const revert = takeBack(live, cell, { isClosed: false, keepsKey: false });
    expect(revert).toMatchObject({
      decision: { verdict: 'i', reverses: { ref: OWN } },
      now: { state: 'free' },
    });
    expect(revert.now!.versions.at(-1)).toMatchObject({ resets: true });
    expect(takeBack(live, cell, { isClosed: false, keepsKey: true }).now).toMatchObject({
      state: 'voided',
      holder: OWN,
      versions,
    });
  });

  it('does nothing to what is not live, or of a closed period', () => {
    const gone = standingOf({ usage: usage({ isReversed: true }) });
    expect(takeBack(gone, held(OTHER), { isClosed: false, keepsKey: false })).toMatchObject({
      decision: { verdict: 's', reason: 'not_live' },
      takesBack: null,
    });
    expect(takeBack(live, held(OWN), { isClosed: true, keepsKey: false })).toMatchObject({
      decision: { reason: 'period_closed' },
      takesBack: null,
    });
  });
});
