import type { CompiledProfile, CompiledStep } from './compile-profile.js';
import { RecordError, ReferenceUnavailable } from './errors.js';
import { compileExpression } from './expression/index.js';
import { ok, reject, skip, type Outcome } from './outcome.js';
import { ExactNumber, PipelineRecord, type DecodedRecord } from './record.js';
import type { RejectResult, SkipResult, UsageResult } from './result.js';
import { runRecords, type RunOptions } from './run-records.js';
import type { Stage, Step, StepContext } from './step.js';

const context = {
  acceptedAt: '2026-04-16T14:32:00Z',
  feed: { timeZone: 'UTC', dstOverlap: 'earlier', dstGap: 'reject', format: 'records' },
} as unknown as StepContext;

const map: Step = {
  apply(record) {
    const { date, value, ...rest } = record.source;
    Object.assign(record.fields, { date: date ?? '2026-04-16T14:32:00Z', value, ...rest });
    return ok();
  },
};

function step(apply: Step['apply'], stage: Stage = 'mediate', name: string = stage): CompiledStep {
  return { name, stage, step: { apply }, when: null };
}

function profile(...steps: CompiledStep[]): CompiledProfile {
  return {
    decoder: {
      decode(raw) {
        if (typeof raw === 'object' && 'bad' in raw) throw new RecordError('malformed_row', 'it is bad');
        if (typeof raw === 'object' && 'defect' in raw) throw new TypeError('no such thing');
        return raw as DecodedRecord;
      },
    },
    decodeName: 'decode-test',
    format: 'records',
    decodedFields: null,
    steps: [{ name: 'map', stage: 'mediate', step: map, when: null }, ...steps],
  };
}

async function run(
  records: unknown[],
  steps: CompiledStep[] = [],
  options: Partial<RunOptions> = {},
  withContext = context,
) {
  const inputs = records.map((raw, index) => ({ index, raw }));
  return runRecords(profile(...steps), inputs, withContext, { keyFields: null, ...options });
}

async function one<R = RejectResult>(
  raw: unknown,
  steps: CompiledStep[] = [],
  options: Partial<RunOptions> = {},
) {
  const [result] = await run([raw], steps, options);
  return result as unknown as R;
}

const good = { value: 1 };
const away = new ReferenceUnavailable('database away');

describe('runRecords', () => {
  it('gives checked usage', async () => {
    const result = await one<UsageResult>({ value: 1250, usageClass: 'API' });
    expect(result).toMatchObject({ kind: 'usage', index: 0, key: null });
    expect(result.decodedHash).toHaveLength(16);
    expect(result.usageHash).toHaveLength(16);
    expect(result.parts).toEqual([
      expect.objectContaining({
        date: '2026-04-16T14:32:00Z',
        value: '1250',
        usageClass: 'API',
        inbound: false,
      }),
    ]);
  });

  it.each([['text'], [5], [null], [[]], [new ExactNumber('1e9')], [new (class Broken {})()]])(
    'takes %p for a malformed row',
    async (raw) => {
      expect(await one(raw)).toMatchObject({
        kind: 'reject',
        stage: 'decode',
        step: null,
        decodedHash: null,
        record: null,
        rejection: { code: 'malformed_row' },
      });
    },
  );

  it('keeps the order of the inputs and no record concerns another', async () => {
    const results = await run([{ bad: 1 }, good, { defect: 1 }, { value: 'x' }, good]);
    expect(results.map(({ kind }) => kind)).toEqual(['reject', 'usage', 'reject', 'reject', 'usage']);
    expect(results[2]).toMatchObject({
      stage: 'decode',
      step: 'decode-test',
      rejection: { code: 'step_crashed', details: { error: 'TypeError' } },
    });
    expect(results[3]).toMatchObject({
      stage: 'mediate',
      step: null,
      rejection: { code: 'invalid_value', field: 'value' },
      record: '{"date":"2026-04-16T14:32:00Z","value":"x"}',
    });
  });

  it.each<[string, () => Outcome | Promise<Outcome>, string]>([
    ['a rejection', () => reject('rate_not_found', 'no rate'), 'rate_not_found'],
    [
      'a thrown RecordError',
      () => {
        throw new RecordError('rate_not_found', 'no rate');
      },
      'rate_not_found',
    ],
    ['a promised rejection', async () => reject('rate_not_found', 'no rate'), 'rate_not_found'],
    [
      'a broken promise',
      async () => {
        throw new Error('boom');
      },
      'step_crashed',
    ],
    [
      'a throw',
      () => {
        throw new Error('boom');
      },
      'step_crashed',
    ],
    [
      'a thrown text',
      () => {
        throw 'boom';
      },
      'step_crashed',
    ],
    ['nothing', () => undefined as never, 'step_crashed'],
    ['garbage', () => ({ kind: 'maybe' }) as never, 'step_crashed'],
    ['a code that is none', () => reject('Rate Not Found', 'no'), 'step_crashed'],
    ['a reason that is none', () => skip('Zero value'), 'step_crashed'],
    ['no parts', () => ok([]), 'step_crashed'],
    ['parts that are no records', () => ok([{}] as never), 'step_crashed'],
  ])('turns %s into an exception', async (_, apply, code) => {
    const result = await one(good, [step(apply, 'rate', 'rate-usage')]);
    expect(result).toMatchObject({ kind: 'reject', stage: 'rate', step: 'rate-usage', rejection: { code } });
    expect(JSON.stringify(result)).not.toContain('run-records.spec');
  });

  it('skips for a reason', async () => {
    const result = await one<SkipResult>(good, [step(() => skip('zero_value'))]);
    expect(result).toMatchObject({ kind: 'skip', reason: 'zero_value' });
  });

  it('prepares once for the records that are still under way and fit the condition', async () => {
    const prepared: number[][] = [];
    const rating: CompiledStep = {
      name: 'rate',
      stage: 'rate',
      when: compileExpression('value > 1', ''),
      step: {
        async prepare(records) {
          prepared.push(records.map(({ index }) => index));
          return 'rates';
        },
        apply(record, _, rates) {
          record.fields.usageClass = String(rates);
          return ok();
        },
      },
    };
    const results = await run([{ value: 1 }, { value: 2 }, { bad: 1 }, { value: 3 }], [rating]);
    expect(prepared).toEqual([[1, 3]]);
    expect(results.map((r) => r.kind === 'usage' && r.parts[0]!.usageClass)).toEqual([
      null,
      'rates',
      false,
      'rates',
    ]);
  });

  it('rejects where a condition gives no boolean', async () => {
    const result = await one(good, [{ ...step(() => ok()), when: compileExpression('missing', '') }]);
    expect(result).toMatchObject({ step: 'mediate', rejection: { code: 'expression_failed' } });
    expect(result.rejection.message).toMatch(/^when: .*missing; use \$exists\(\) or \$boolean\(\)/);
  });

  it.each(['missing', '$number("x") = 1'])('names cancelWhen where %s cannot be told', async (source) => {
    const cancelWhen = compileExpression(source, '');
    const result = await one({ ...good, id: 'a' }, [], {
      keyFields: [{ field: 'id', as: 'text' }],
      cancelWhen,
    });
    expect(result).toMatchObject({
      stage: 'mediate',
      step: null,
      rejection: { code: 'expression_failed', message: expect.stringMatching(/^cancelWhen: /) },
    });
  });

  it.each([
    ['prepare', { prepare: () => Promise.reject(away), apply: () => ok() }],
    ['apply', { apply: () => Promise.reject(away) }],
    ['a look-up that says more', { apply: () => Promise.reject(new Error('looking up', { cause: away })) }],
  ])('decides nothing while reference data cannot be had: %s', async (_, failing: Step) => {
    await expect(run([good], [{ ...step(() => ok(), 'rate'), step: failing }])).rejects.toBe(away);
  });

  it('rejects only those records that a step cannot prepare', async () => {
    const prepared: number[] = [];
    const fragile: CompiledStep = {
      ...step(() => ok(), 'rate'),
      step: {
        async prepare(records) {
          if (records.some(({ source }) => source.odd)) throw new TypeError('it is odd');
          prepared.push(records.length);
        },
        apply: () => ok(),
      },
    };
    const results = await run([good, { ...good, odd: true }, good], [fragile]);
    expect(results.map(({ kind }) => kind)).toEqual(['usage', 'reject', 'usage']);
    expect(results[1]).toMatchObject({ stage: 'rate', rejection: { code: 'step_crashed', message: /odd/ } });
    expect(prepared).toEqual([1, 1]);
  });

  it('bounds and cleans what is stored of a rejection', async () => {
    const result = await one({ value: 1, big: 'x'.repeat(20_000) }, [
      step(() =>
        reject('bad_thing', `nul \0 and ${'y'.repeat(5000)}`, { field: '\ud800', details: { a: '\0' } }),
      ),
    ]);
    expect(Buffer.byteLength(result.rejection.message)).toBeLessThanOrEqual(1024);
    expect(result.rejection.message).toMatch(/^nul \ufffd and y+\.\.\.$/);
    expect(result.rejection).toMatchObject({ field: '\ufffd', details: { a: '\ufffd' } });
    expect(result.record).toBe('{"truncated":true}');
  });

  it('survives fields that are no data', async () => {
    const cycle = step((record) => {
      record.fields.extensions = {};
      Object.assign(record.fields.extensions, { self: record.fields.extensions });
      return ok();
    });
    expect(await one(good, [cycle])).toMatchObject({ kind: 'reject', rejection: { code: 'step_crashed' } });
  });
});

describe('parts', () => {
  const split = step((record) =>
    ok(
      [1, 2].map(
        (n) => new PipelineRecord(record.index, 7, record.source, { ...record.fields, value: String(n) }),
      ),
    ),
  );

  it('are numbered from 0, also when split again', async () => {
    const seen: number[] = [];
    const look = step((record) => {
      seen.push(record.part);
      return ok();
    });
    const result = await one<UsageResult>(good, [split, split, look]);
    expect(result.parts.map(({ value }) => value)).toEqual(['1', '2', '1', '2']);
    expect(seen).toEqual([0, 1, 2, 3]);
  });

  it('are all or none', async () => {
    const second = step((record) => (record.fields.value === '2' ? reject('bad_part', 'no') : ok()));
    expect(await one(good, [split, second])).toMatchObject({
      kind: 'reject',
      rejection: { code: 'bad_part' },
    });
  });

  it('are at most a thousand, by all steps together', async () => {
    const times = (n: number) =>
      step((record) =>
        ok(
          Array.from(
            { length: n },
            (_, i) => new PipelineRecord(record.index, i, record.source, record.fields),
          ),
        ),
      );
    const most = await one<UsageResult>({ date: '2026-04-16T14:32:00Z', ...good }, [times(40), times(25)]);
    expect(most.parts).toHaveLength(1000);
    expect(await one(good, [times(1000), times(1000)])).toMatchObject({
      kind: 'reject',
      step: 'mediate',
      rejection: { code: 'invalid_value', message: 'the record is split into more than 1000 parts' },
    });
  });

  it('are skipped one by one, and the record with the last', async () => {
    const first = step((record) => (record.fields.value === '1' ? skip('first_part') : ok()));
    const all = step((record) => skip(record.fields.value === '1' ? 'first_part' : 'other_part'));
    const result = await one<UsageResult>(good, [split, first]);
    expect(result.parts.map(({ value }) => value)).toEqual(['2']);
    expect(await one(good, [split, all])).toMatchObject({ kind: 'skip', reason: 'first_part' });
  });
});

describe('usage keys', () => {
  const keyFields = [{ field: 'id', as: 'text' }] as const;

  it('are read before the steps', async () => {
    const results = await run([{ id: 'a', value: 0 }, { value: 1 }], [step(() => skip('zero_value'))], {
      keyFields,
    });
    expect(results[0]).toMatchObject({ kind: 'skip', key: 'a' });
    expect(results[1]).toMatchObject({
      kind: 'reject',
      stage: 'decode',
      step: null,
      key: null,
      decodedHash: expect.stringMatching(/^[0-9a-f]{16}$/),
      rejection: { code: 'usage_key_missing', field: 'id' },
    });
  });
});

describe('hashes', () => {
  const hashes = async (raw: unknown, steps: CompiledStep[] = []) => {
    const result = await one<UsageResult>(raw, steps);
    return { decoded: result.decodedHash, usage: result.usageHash };
  };

  it('are equal for the same record in another order, by another transport', async () => {
    const a = await hashes({ value: 1250, usageClass: 'x', date: '2026-01-01T00:00:00Z' });
    const b = await hashes({
      date: '2026-01-01T00:00:00Z',
      usageClass: 'x',
      $event: { id: '1' },
      value: new ExactNumber('1250.0'),
    });
    expect(b).toEqual(a);
  });

  it('tell usage apart from the decoded record', async () => {
    const a = await hashes({ value: '94', unmapped: 1 });
    const b = await hashes({ value: '94.0', unmapped: 2 });
    expect(b.usage).toBe(a.usage);
    expect(b.decoded).not.toBe(a.decoded);
    expect((await hashes({ value: '95' })).usage).not.toBe(a.usage);
  });

  it('do not depend on resolving and rating', async () => {
    const resolve = step((record) => {
      record.fields.usageClass = 'resolved';
      return ok();
    }, 'resolve');
    expect((await hashes(good, [resolve])).usage).toBe((await hashes(good)).usage);
  });
});

describe('changed records', () => {
  const keyFields = [{ field: 'id', as: 'text' }] as const;
  const changed = async (sent: unknown) => {
    const inputs = [{ index: 0, raw: { id: 'a', value: '2' }, sent }];
    const [result] = await runRecords(profile(), inputs, context, { keyFields });
    return (result as UsageResult).sentHash;
  };

  it('are known as they were sent, where that has their key', async () => {
    const { decodedHash } = await one<UsageResult>({ value: 1, id: 'a' }, [], { keyFields });
    expect(await changed({ id: 'a', value: 1 })).toBe(decodedHash);
    for (const other of [undefined, { id: 'b', value: 1 }, { value: 1 }, { id: 'a', bad: 1 }, 'a row'])
      expect(await changed(other)).toBeUndefined();
  });
});

describe('records that end the process', () => {
  it('are marked before anything runs for them', async () => {
    const marks: number[] = [];
    await run([good, good], [step(() => ok())], { mark: (index) => marks.push(index) });
    expect(marks).toEqual([0, 1, 0, 1, 0, 1]);
  });

  it('are not run again, nor those given up', async () => {
    const ran: number[] = [];
    const results = await run([good, good, good], [], {
      mark: (index) => ran.push(index),
      crashed: new Set([1]),
      notRun: new Set([2]),
    });
    expect(ran).toEqual([0, 0]);
    expect(results.slice(1)).toMatchObject([
      { kind: 'reject', rejection: { code: 'step_crashed' } },
      { kind: 'reject', rejection: { code: 'step_crashed', details: { reason: 'not_run' } } },
    ]);
  });
});
