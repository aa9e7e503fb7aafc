import { type RecordResult, recordHash } from 'feedmill/pipeline';
import { FREE_CELL, type KeyCell, decide } from './verdict.js';

const hash = (text: string) => recordHash(text);

const base = (decoded: string, index = 0) => ({ index, key: 'k', decodedHash: hash(decoded) });
const usage = (decoded: string, mapped = decoded): RecordResult => ({
  ...base(decoded),
  kind: 'usage',
  usageHash: hash(mapped),
  parts: [],
});
const skip = (decoded: string): RecordResult => ({ ...base(decoded), kind: 'skip', reason: 'zero_value' });
const reject = (decoded: string): RecordResult => ({
  ...base(decoded),
  kind: 'reject',
  stage: 'rate',
  step: 'rate-usage',
  rejection: { code: 'rate_not_found', message: 'no rate' },
  record: null,
});

/** Sends records one after the other to a key, each in an import of its own (1, 2, ...). */
function send(...records: RecordResult[]): {
  verdicts: string;
  cell: KeyCell;
  last: ReturnType<typeof decide>['decision'];
} {
  let cell = FREE_CELL;
  let verdicts = '';
  let last;
  records.forEach((record, i) => {
    const step = decide(cell, record, { importId: i + 1, index: 0 });
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
    expect(last.conflictsWith).toEqual({ importId: 1, index: 0 });
    expect(cell).toMatchObject({ state: 'live', holder: { importId: 1, index: 0 } });
  });

  it('calls a conflict sent again a duplicate of the open exception', () => {
    const { verdicts, last } = send(usage('a'), usage('b'), usage('b'));
    expect(verdicts).toBe('ied');
    expect(last.duplicateOf).toEqual({ importId: 2, index: 0 });
  });

  it('keeps at most one open exception of a key: the later one supersedes', () => {
    const { verdicts, cell, last } = send(reject('a'), reject('b'));
    expect(verdicts).toBe('ee');
    expect(last.supersedes).toEqual({ importId: 1, index: 0 });
    expect(cell).toMatchObject({ state: 'free', open: { ref: { importId: 2, index: 0 } } });
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
