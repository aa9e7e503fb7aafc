import type { CompiledProfile, CompiledStep } from '../compile-profile.js';
import { RecordError, ReferenceUnavailable } from '../errors.js';
import { compileExpression } from '../expression/index.js';
import { ok, reject, skip } from '../outcome.js';
import { ExactNumber, PipelineRecord, type DecodedRecord } from '../record.js';
import { runRecords } from '../run-records.js';
import type { Step } from '../step.js';
import { stepContext } from '../testing/index.js';
import { differingSteps, hasSameOutcome } from './differing-steps.js';
import { showTrace, type ShownTrace } from './show-trace.js';
import { traceRecord } from './trace-record.js';

const DATE = '2026-04-16T14:32:00Z';
const context = stepContext();

const map: Step = {
  apply(record) {
    Object.assign(record.fields, { date: DATE, ...record.source });
    return ok();
  },
};
const step = (name: string, of: Step['apply'] | Step, more: Partial<CompiledStep> = {}): CompiledStep => ({
  name,
  stage: 'mediate',
  step: typeof of === 'function' ? { apply: of } : of,
  when: null,
  ...more,
});

function profile(...steps: CompiledStep[]): CompiledProfile {
  return {
    decoder: {
      decode(raw) {
        if (typeof raw === 'object' && 'bad' in raw) throw new RecordError('malformed_row', 'it is bad');
        return raw as DecodedRecord;
      },
    },
    decodeName: 'decode-test',
    format: 'records',
    decodedFields: null,
    steps: [step('map', map), ...steps],
  };
}

async function trace(raw: object, steps: CompiledStep[], part: number | null = null): Promise<ShownTrace> {
  const of = profile(...steps);
  const input = { index: 0, raw };
  const traced = await traceRecord(of, input, context, { keyFields: [{ field: 'id', as: 'text' }] });
  const [untraced] = await runRecords(of, [input], context, { keyFields: [{ field: 'id', as: 'text' }] });
  expect(traced.result).toEqual(untraced);
  return showTrace(traced, part);
}
const passages = ({ steps }: ShownTrace) =>
  steps.map(({ step: name, taken, parts }) => [name, taken, parts.map(({ part, result }) => [part, result])]);

/** Makes a part of each text of `lines`. */
const split = step('split', (record) => {
  const lines = record.source.lines as string[];
  return ok(lines.map((value, i) => new PipelineRecord(0, i, record.source, { ...record.fields, value })));
});
const dropZero = step('drop', ({ fields }) => (fields.value === '0' ? skip('zero_value') : ok()));
const double = step('double', ({ fields }) => {
  fields.value = String(2 * Number(fields.value));
  return ok();
});

describe('traceRecord', () => {
  it('tells the record behind each step, and what has changed', async () => {
    const { decoded, usageKey, steps, outcome } = await trace({ id: 'a', value: '1' }, [double]);
    expect([decoded, usageKey]).toEqual(['{"id":"a","value":"1"}', 'a']);
    expect(steps[1]!.parts).toEqual([
      {
        part: 0,
        result: 'ok',
        reason: null,
        changes: [{ field: 'value', before: '"1"', after: '"2"' }],
        record: `{"date":"${DATE}","id":"a","value":"2"}`,
        considered: null,
      },
    ]);
    expect(outcome).toMatchObject({
      kind: 'usage',
      parts: 1,
      usage: [expect.stringContaining('"value":"2"')],
    });
  });

  it('keeps the digits of numbers', async () => {
    const n = new ExactNumber('9007199254740993');
    const { decoded, steps } = await trace({ id: 'a', value: '1', n }, []);
    expect(decoded).toContain('"n":9007199254740993');
    expect(steps[0]!.parts[0]!.record).toContain('"n":9007199254740993');
  });

  it('says which condition left a step out, and which could not be told', async () => {
    const when = (source: string) => ({ when: compileExpression(source, '') });
    const shown = await trace({ id: 'a', value: '1' }, [
      step('one', () => ok(), when('value = 1')),
      step('two', () => ok(), when('value = 2')),
      step('three', () => ok(), when('value')),
      step('four', () => ok()),
    ]);
    expect(passages(shown)).toEqual([
      ['map', 1, [[0, 'ok']]],
      ['one', 1, [[0, 'ok']]],
      ['two', 1, [[0, 'left_out']]],
      ['three', 1, [[0, 'rejected']]],
      ['four', 0, []],
    ]);
    expect(shown.outcome).toMatchObject({ kind: 'reject', step: 'three', code: 'expression_failed' });
  });

  it.each<[string, Step['apply'], object]>([
    ['rejects', () => reject('bad_value', 'it is bad'), { code: 'bad_value' }],
    [
      'throws',
      () => {
        throw new TypeError('oops');
      },
      { code: 'step_crashed' },
    ],
    ['gives no outcome', (() => undefined) as never, { code: 'step_crashed' }],
    ['gives parts that are none', (() => ok([1 as never])) as never, { code: 'step_crashed' }],
  ])('goes as far as the step that %s', async (_, apply, outcome) => {
    const shown = await trace({ id: 'a', value: '1' }, [step('odd', apply), double]);
    expect(passages(shown).slice(1)).toEqual([
      ['odd', 1, [[0, 'rejected']]],
      ['double', 0, []],
    ]);
    expect(shown.outcome).toMatchObject({ kind: 'reject', step: 'odd', ...outcome });
  });

  it('tells of a record that is skipped, cannot be decoded or prepared', async () => {
    const skipped = await trace({ id: 'a', value: '0' }, [dropZero, double]);
    expect(skipped.outcome).toEqual({ kind: 'skip', reason: 'zero_value' });
    expect(skipped.steps[1]!.parts[0]).toMatchObject({ result: 'skipped', reason: 'zero_value' });
    expect(await trace({ bad: 1 }, [double])).toMatchObject({
      decoded: null,
      outcome: { code: 'malformed_row' },
    });
    const unprepared = step('odd', { ...map, prepare: () => Promise.reject(new TypeError('oops')) });
    const shown = await trace({ id: 'a', value: '1' }, [unprepared]);
    expect(passages(shown)[1]).toEqual(['odd', 0, []]);
    expect(shown.outcome).toMatchObject({ kind: 'reject', step: 'odd' });
  });

  it('asks a step what it considers before it is applied, and survives its failing', async () => {
    const said: Step = {
      ...double.step,
      prepare: () => Promise.resolve({ table: 'x' }),
      explain: ({ fields }, _, prepared) => Promise.resolve({ value: fields.value, prepared }),
    };
    const failing: Step = {
      ...double.step,
      explain() {
        throw new TypeError('oops');
      },
    };
    const { steps } = await trace({ id: 'a', value: '1' }, [step('said', said), step('failing', failing)]);
    expect(steps.map(({ parts }) => parts[0]!.considered)).toEqual([
      null,
      '{"value":"1","prepared":{"table":"x"}}',
      '{"failed":"oops"}',
    ]);
  });

  it('lets trouble of the reference data through', async () => {
    const away = step('away', { ...map, prepare: () => Promise.reject(new ReferenceUnavailable('gone')) });
    const options = { keyFields: null };
    const run = traceRecord(profile(away), { index: 0, raw: { value: '1' } }, context, options);
    await expect(run).rejects.toThrow(ReferenceUnavailable);
  });
});

describe('showTrace of a record that is split', () => {
  const raw = { id: 'a', lines: ['1', '0', '2', '3'] };

  it('shows the first parts of each step', async () => {
    const shown = await trace(raw, [split, dropZero, double]);
    expect(passages(shown)).toEqual([
      ['map', 1, [[0, 'ok']]],
      [
        'split',
        1,
        [
          [0, 'split'],
          [1, 'split'],
          [2, 'split'],
          [3, 'split'],
        ],
      ],
      [
        'drop',
        4,
        [
          [0, 'ok'],
          [1, 'skipped'],
          [2, 'ok'],
          [3, 'ok'],
        ],
      ],
      [
        'double',
        3,
        [
          [0, 'ok'],
          [1, 'ok'],
          [2, 'ok'],
        ],
      ],
    ]);
    const many = await trace({ id: 'a', lines: Array(200).fill('1') }, [split, double]);
    expect(many.steps.map(({ taken, parts }) => [taken, parts.length])).toEqual([
      [1, 1],
      [1, 10],
      [200, 10],
    ]);
    expect(many.outcome).toMatchObject({ parts: 200, usage: { length: 10 } });
  });

  it('shows the way of one part alone, under the numbers that it had', async () => {
    const shown = await trace(raw, [split, dropZero, double], 2);
    expect(passages(shown)).toEqual([
      ['map', 1, [[0, 'ok']]],
      ['split', 1, [[3, 'split']]],
      ['drop', 4, [[3, 'ok']]],
      ['double', 3, [[2, 'ok']]],
    ]);
    expect(shown.steps[1]!.parts[0]!.changes).toEqual([{ field: 'value', before: null, after: '"3"' }]);
    expect(shown.outcome).toMatchObject({ parts: 3, usage: [expect.stringContaining('"value":"6"')] });
  });

  it('shows the way of the part that was rejected', async () => {
    const refuse = step('refuse', ({ fields }) =>
      fields.value === '2' ? reject('bad_value', 'it is 2') : ok(),
    );
    expect(passages(await trace(raw, [split, refuse], 0))).toEqual([
      ['map', 1, [[0, 'ok']]],
      ['split', 1, [[2, 'split']]],
      ['refuse', 3, [[2, 'rejected']]],
    ]);
  });

  it('shows no more of large records than an answer can hold', async () => {
    const steps = Array.from({ length: 60 }, (_, n) => step(`copy-${n}`, () => ok()));
    const shown = await trace({ id: 'a', value: '1', text: 'x'.repeat(10_000) }, steps);
    expect(JSON.stringify(shown).length).toBeLessThan(600_000);
    expect(shown.steps.at(-1)!.parts[0]!.record).toBe('{"truncated":true}');
  });
});

describe('differingSteps', () => {
  const priced = (amount: string, seen: string) =>
    step('price', {
      apply({ fields }) {
        fields.amount = amount;
        return ok();
      },
      explain: () => ({ seen }),
    });
  const value = { id: 'a', value: '1' };

  it('says nothing of what is the same', async () => {
    const [then, now] = [await trace(value, [priced('1', 'a')]), await trace(value, [priced('1', 'a')])];
    expect(differingSteps(then, now)).toEqual([null, null]);
    expect(hasSameOutcome(then, now)).toBe(true);
  });

  it('says what a step sets differently, or only looks at', async () => {
    const then = await trace(value, [priced('1', 'a')]);
    const other = differingSteps(then, await trace(value, [priced('2', 'a')]));
    expect(other[0]).toBeNull();
    expect(other[1]!.differences).toEqual([{ part: 0, field: 'amount', then: '"1"', now: '"2"' }]);
    const looked = differingSteps(then, await trace(value, [priced('1', 'b')]));
    expect(looked[1]).toMatchObject({ differences: [], parts: [{ considered: '{"seen":"b"}' }] });
  });

  it('says what a record comes to that did not come so far', async () => {
    const then = await trace(value, [step('stop', () => reject('bad_value', 'no')), priced('1', 'a')]);
    const now = await trace(value, [step('stop', () => ok()), priced('1', 'a')]);
    const [, stop, price] = differingSteps(then, now);
    expect(stop).toMatchObject({ differences: [], parts: [{ result: 'ok' }] });
    expect(price!.differences).toEqual([{ part: 0, field: 'amount', then: null, now: '"1"' }]);
    expect(hasSameOutcome(then, now)).toBe(false);
  });
});
