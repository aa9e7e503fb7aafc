import { type RecordResult, type RejectResult, recordHash } from 'feedmill/pipeline';
import { FREE_CELL, type KeyCell, type MeetingRule, decide } from './verdict.js';

const hash = (text: string) => recordHash(text);

const base = (decoded: string, index = 0) => ({ index, key: 'k', decodedHash: hash(decoded) });
const usage = (decoded: string, mapped = decoded): RecordResult => ({
  ...base(decoded),
  kind: 'usage',
  usageHash: hash(mapped),
  parts: [],
});
const skip = (decoded: string): RecordResult => ({
  ...base(decoded),
  kind: 'skip',
  reason: 'zero_value',
  fields: {},
});
const reject = (decoded: string): RejectResult => ({
  ...base(decoded),
  kind: 'reject',
  stage: 'rate',
  step: 'rate-usage',
  rejection: { code: 'rate_not_found', message: 'no rate' },
  record: null,
});

const cancel = (decoded: string): RecordResult => ({
  index: 0,
  key: 'k',
  decodedHash: hash(decoded),
  kind: 'cancel',
});

/** Sends records one after the other to a key, each in an import of its own (1, 2, ...). */
const send = (...records: RecordResult[]) => sendUnder('exception', FREE_CELL, ...records);
const replacing = (...records: RecordResult[]) => sendUnder('replace', FREE_CELL, ...records);

function sendUnder(
  rule: MeetingRule,
  start: KeyCell,
  ...records: RecordResult[]
): {
  verdicts: string;
  cell: KeyCell;
  last: ReturnType<typeof decide>['decision'];
} {
  let cell = start;
  let verdicts = '';
  let last;
  records.forEach((record, i) => {
    const step = decide(cell, record, { importId: i + 1, index: 0 }, rule);
    cell = step.cell;
    verdicts += step.decision.verdict;
    last = step.decision;
  });
  return { verdicts, cell, last: last! };
}

describe('decide', () => {
  it('imports the first and calls the same record a duplicate of it', () => {
    const { verdicts, cell, last } = send(usage('a'), usage('a'), usage('a'));
    expect(verdicts).toBe('idd');
    expect(last.duplicateOf).toEqual({ importId: 1, index: 0 });
    expect(cell).toMatchObject({ state: 'live', generation: 1, holder: { importId: 1, index: 0 } });
  });

  it('calls a record duplicate whose decoded form differs and whose usage is equal', () => {
    expect(send(usage('a', 'same'), usage('b', 'same')).verdicts).toBe('id');
  });

  it('calls a resent record duplicate even where it would be rejected by now', () => {
    expect(send(usage('a'), reject('a')).verdicts).toBe('id');
  });

  it('makes other usage and a correction to zero on a live key conflicts, and keeps the usage live', () => {
    const { verdicts, cell, last } = send(usage('a'), usage('b'), skip('zero'));
    expect(verdicts).toBe('iee');
    expect(last).toMatchObject({
      refusal: 'usage_key_conflict',
      conflictsWith: { ref: { importId: 1, index: 0 }, generation: 1 },
    });
    expect(cell).toMatchObject({ state: 'live', holder: { importId: 1, index: 0 } });
  });

  it('calls a conflict sent again a duplicate of the open exception', () => {
    const { verdicts, last } = send(usage('a'), usage('b'), usage('b'));
    expect(verdicts).toBe('ied');
    expect(last.duplicateOf).toEqual({ importId: 2, index: 0 });
  });

  it('calls what fails again a duplicate of the open exception by the usage it maps to, too', () => {
    const mapped = (decoded: string): RecordResult => ({ ...reject(decoded), usageHash: hash('u') });
    const { verdicts, last } = send(mapped('a'), mapped('with a field that nothing maps'), usage('b', 'u'));
    expect(verdicts).toBe('edi');
    expect(last.supersedes).toEqual({ importId: 1, index: 0 });
    expect(send(usage('a', 'u'), mapped('b')).verdicts).toBe('id');
    expect(send(usage('a', 'u'), usage('b', 'v'), usage('c', 'v')).verdicts).toBe('ied');
  });

  it('keeps at most one open exception of a key: the later one supersedes', () => {
    const { verdicts, cell, last } = send(reject('a'), reject('b'));
    expect(verdicts).toBe('ee');
    expect(last.supersedes).toEqual({ importId: 1, index: 0 });
    expect(cell).toMatchObject({ state: 'free', open: { ref: { importId: 2, index: 0 } } });
  });

  it('leaves an open exception where neither is known to be better, and that one holds the key', () => {
    const first = decide(FREE_CELL, reject('a'), { importId: 1, index: 0 }, 'exception', true);
    const second = decide(first.cell, reject('b'), { importId: 2, index: 0 }, 'exception', true);
    expect(second.decision).toMatchObject({ verdict: 'e', supersedes: null });
    expect(second.cell).toBe(first.cell);
    const third = decide(second.cell, reject('a'), { importId: 3, index: 0 }, 'exception', true);
    expect(third.decision).toMatchObject({ verdict: 'd', duplicateOf: { importId: 1, index: 0 } });
  });

  it('supersedes the open exception when the record, or a corrected one, passes', () => {
    for (const passing of [usage('a'), usage('corrected')]) {
      const { verdicts, cell, last } = send(reject('a'), passing);
      expect(verdicts).toBe('ei');
      expect(last.supersedes).toEqual({ importId: 1, index: 0 });
      expect(cell).toMatchObject({ state: 'live', open: null });
    }
  });

  it('lets a skipped record leave the key free', () => {
    expect(send(skip('zero'), usage('a')).verdicts).toBe('si');
    expect(send(skip('zero'), skip('zero')).verdicts).toBe('ss');
  });

  it('does not let a rejected record touch the live usage', () => {
    const { verdicts, cell, last } = send(usage('a'), reject('b'), reject('b'));
    expect(verdicts).toBe('ied');
    expect(last.duplicateOf).toEqual({ importId: 2, index: 0 });
    expect(cell.holder).toEqual({ importId: 1, index: 0 });
  });
});

describe('replace', () => {
  it('takes back what is live and holds the key for the new record', () => {
    const { verdicts, cell, last } = replacing(usage('a'), usage('b'));
    expect(verdicts).toBe('ii');
    expect(last).toMatchObject({
      reason: 'replaces',
      generation: 2,
      reverses: { ref: { importId: 1, index: 0 }, generation: 1 },
    });
    expect(cell).toMatchObject({ state: 'live', generation: 2, holder: { importId: 2, index: 0 } });
  });

  it('never swings back: an earlier version sent again is a duplicate of itself', () => {
    const { verdicts, cell, last } = replacing(
      usage('a'),
      usage('b'),
      usage('c'),
      usage('a'),
      usage('b'),
      usage('c'),
    );
    expect(verdicts).toBe('iiiddd');
    expect(last.duplicateOf).toEqual({ importId: 3, index: 0 });
    expect(cell).toMatchObject({ generation: 3, holder: { importId: 3, index: 0 } });
    expect(replacing(usage('a'), usage('b'), reject('a')).last).toMatchObject({
      verdict: 'd',
      reason: 'earlier_version',
      duplicateOf: { importId: 1, index: 0 },
    });
  });

  it('knows an earlier version by the usage it maps to', () => {
    expect(replacing(usage('a', 'same'), usage('b'), usage('c', 'same')).verdicts).toBe('iid');
  });

  it('takes back the old amount for a correction to zero, which is no news when it is sent again', () => {
    const { verdicts, cell } = replacing(usage('a'), skip('zero'), skip('zero'), usage('a'), usage('b'));
    expect(verdicts).toBe('isddi');
    expect(cell).toMatchObject({ state: 'live', generation: 2, holder: { importId: 5, index: 0 } });
    expect(replacing(usage('a'), skip('zero')).last).toMatchObject({
      reason: 'zero_value',
      reverses: { ref: { importId: 1, index: 0 } },
    });
  });

  it('knows a correction to zero that comes before any usage: it is no news when it is sent again', () => {
    const { verdicts, cell, last } = replacing(skip('zero'), usage('a'), skip('zero'), usage('a'));
    expect(verdicts).toBe('sidd');
    expect(last.duplicateOf).toEqual({ importId: 2, index: 0 });
    expect(cell).toMatchObject({ state: 'live', generation: 2, holder: { importId: 2, index: 0 } });
    expect(replacing(skip('zero'), skip('zero')).last).toMatchObject({
      verdict: 'd',
      reason: 'earlier_version',
    });
  });

  it('leaves what is live for a record that fails', () => {
    const { verdicts, cell } = replacing(usage('a'), reject('b'));
    expect(verdicts).toBe('ie');
    expect(cell.holder).toEqual({ importId: 1, index: 0 });
  });

  it('supersedes the open exception of the key', () => {
    expect(replacing(usage('a'), reject('b'), usage('c')).last).toMatchObject({
      verdict: 'i',
      supersedes: { importId: 2, index: 0 },
    });
  });
});

describe('outdated', () => {
  it('calls what was accepted before the live record its duplicate, and an earlier version from then on', () => {
    const { cell } = replacing(usage('new'));
    const late = sendUnder('outdated', cell, usage('old'));
    expect(late.last).toMatchObject({
      verdict: 'd',
      reason: 'outdated',
      duplicateOf: { importId: 1, index: 0 },
    });
    expect(late.cell).toMatchObject({ state: 'live', generation: 1, holder: { importId: 1, index: 0 } });
    expect(sendUnder('replace', late.cell, usage('old')).last).toMatchObject({
      verdict: 'd',
      reason: 'earlier_version',
    });
  });

  it('calls usage that was accepted before a correction to zero its duplicate: the key stays free', () => {
    for (const before of [replacing(skip('zero')), replacing(usage('other'), skip('zero'))]) {
      const late = sendUnder('outdated', before.cell, usage('old'));
      const zero = before.cell.versions.at(-1)!.ref;
      expect(late.last).toMatchObject({ verdict: 'd', reason: 'outdated', duplicateOf: zero });
      expect(late.cell.state).toBe('free');
      expect(sendUnder('replace', late.cell, usage('old')).last.reason).toBe('earlier_version');
    }
  });

  it('does not withdraw what was accepted after the cancel', () => {
    const { cell } = replacing(usage('a'));
    expect(sendUnder('outdated', cell, cancel('x')).last).toMatchObject({
      verdict: 'e',
      refusal: 'nothing_to_cancel',
    });
  });
});

describe('closed', () => {
  const { cell } = replacing(usage('a'));
  const open = (importId: number) => ({ ref: { importId, index: 0 }, isCancel: false });

  it.each([
    ['a replacement', usage('b')],
    ['a correction to zero', skip('zero')],
    ['a cancel', cancel('x')],
  ])('leaves what is live for %s, which waits as an exception', (_, record) => {
    const { last, cell: after } = sendUnder('closed', cell, record);
    expect(last).toMatchObject({
      verdict: 'e',
      refusal: 'period_closed',
      reverses: null,
      conflictsWith: { ref: { importId: 1, index: 0 }, generation: 1 },
    });
    expect(after).toMatchObject({ state: 'live', holder: cell.holder, open: open(1) });
    expect(sendUnder('closed', after, record).last).toMatchObject({ verdict: 'd' });
    expect(sendUnder('replace', after, record).last).toMatchObject({
      reverses: { generation: 1 },
      supersedes: { importId: 1, index: 0 },
    });
  });

  it('goes by the last of several that wait', () => {
    const { last, cell: after } = sendUnder('closed', cell, cancel('x'), usage('b'));
    expect(last).toMatchObject({ verdict: 'e', supersedes: { importId: 1, index: 0 } });
    expect(after.open).toMatchObject(open(2));
  });
});

describe('a key that was live too often', () => {
  it('takes no further record', () => {
    const full: KeyCell = { ...replacing(usage('a')).cell, generation: 32_767 };
    expect(sendUnder('replace', full, usage('b')).last).toMatchObject({
      verdict: 'e',
      refusal: 'usage_key_conflict',
    });
    const free = sendUnder('replace', full, cancel('x'), usage('c'));
    expect(free.verdicts).toBe('ie');
    expect(free.last).toMatchObject({ refusal: 'usage_key_conflict', conflictsWith: null });
  });
});

describe('keep', () => {
  it('calls what differs from the live record a duplicate of it', () => {
    const { verdicts, last } = sendUnder('keep', FREE_CELL, usage('a'), usage('b'), skip('zero'));
    expect(verdicts).toBe('idd');
    expect(last).toMatchObject({ reason: 'conflict_kept', duplicateOf: { importId: 1, index: 0 } });
  });
});

describe('cancel', () => {
  it('takes back what is live; both are no news when they are sent again, and another record may follow', () => {
    const { verdicts, cell } = replacing(usage('a'), cancel('x'), usage('a'), cancel('x'), usage('b'));
    expect(verdicts).toBe('iiddi');
    expect(cell).toMatchObject({ state: 'live', generation: 2, holder: { importId: 5, index: 0 } });
    expect(replacing(usage('a'), cancel('x')).last).toMatchObject({
      reason: 'cancels',
      generation: 0,
      reverses: { ref: { importId: 1, index: 0 }, generation: 1 },
    });
  });

  it('has nothing to cancel where nothing is live', () => {
    const { verdicts, cell, last } = replacing(cancel('x'), cancel('x'));
    expect(verdicts).toBe('ed');
    expect(last.duplicateOf).toEqual({ importId: 1, index: 0 });
    expect(cell).toMatchObject({ state: 'free', open: { isCancel: true } });
    expect(replacing(cancel('x')).last.refusal).toBe('nothing_to_cancel');
  });

  it('stays open when its record comes late, and supersedes a record that had failed', () => {
    const { verdicts, cell, last } = replacing(cancel('x'), usage('a'));
    expect(verdicts).toBe('ei');
    expect(last.supersedes).toBeNull();
    expect(cell.open).toMatchObject({ ref: { importId: 1, index: 0 }, isCancel: true });
    expect(replacing(reject('a'), cancel('x')).last).toMatchObject({
      verdict: 'e',
      supersedes: { importId: 1, index: 0 },
    });
  });

  it('takes the place of an earlier one that waits', () => {
    const { verdicts, cell, last } = replacing(cancel('x'), cancel('y'));
    expect(verdicts).toBe('ee');
    expect(last.supersedes).toEqual({ importId: 1, index: 0 });
    expect(cell.open).toMatchObject({ ref: { importId: 2, index: 0 }, isCancel: true });
  });

  it('makes the open exception of its key moot, which is seen when it comes again', () => {
    const { cell, last } = replacing(usage('a'), reject('b'), cancel('x'));
    expect(last).toMatchObject({ verdict: 'i', supersedes: { importId: 2, index: 0 } });
    expect(sendUnder('replace', cell, reject('b')).last).toMatchObject({ verdict: 'e', supersedes: null });
  });

  it('does not go by a live entry that cannot be reversed', () => {
    expect(sendUnder('exception', FREE_CELL, usage('a'), cancel('x')).last).toMatchObject({
      verdict: 'e',
      refusal: 'nothing_to_cancel',
    });
  });
});

describe('a seeded key', () => {
  const seeded: KeyCell = { ...FREE_CELL, state: 'seeded' };

  it('makes every record a duplicate, whatever the pipeline says of it', () => {
    const { verdicts, last } = sendUnder('replace', seeded, usage('a'), reject('b'), skip('c'));
    expect(verdicts).toBe('ddd');
    expect(last).toMatchObject({ reason: 'seeded', duplicateOf: null });
  });

  it('has nothing to cancel', () => {
    expect(sendUnder('replace', seeded, cancel('x')).last.refusal).toBe('nothing_to_cancel');
  });
});
