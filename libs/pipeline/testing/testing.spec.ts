import { IsString } from 'class-validator';
import { RecordError } from '../errors.js';
import { ok, reject } from '../outcome.js';
import { ExactNumber, PipelineRecord } from '../record.js';
import type { RecordStepType, Step } from '../step.js';
import { assertStepCompliance, parseStepCase, runStepCase, testHost, type StepCase } from './index.js';

class Config {
  @IsString()
  field!: string;
}

/** A step that copies a field of the source; tests spoil one thing at a time. */
const good: RecordStepType<Config> = {
  type: 'copy-field',
  version: 1,
  stage: 'mediate',
  title: 'Copy a field',
  description: 'Copies a field of the source into the usage class, for the tests of this library.',
  config: Config,
  errorCodes: { missing_field: 'The source has no such field.' },
  examples: [{ title: 'One', config: { field: 'a' } }],
  requires: () => ['value'],
  create: ({ field }) => ({
    apply(record: PipelineRecord) {
      if (record.source[field] === undefined) return reject('missing_field', `${field}: none`, { field });
      record.fields.usageClass = String(record.source[field]);
      return ok();
    },
  }),
};

const stepCase: StepCase = {
  title: 'copying',
  config: { field: 'a' },
  records: [
    { input: { a: 'x' }, fields: { value: '1' }, expect: { fields: { usageClass: 'x' } } },
    { title: 'nothing', expect: { reject: { code: 'missing_field', message: 'none' } } },
  ],
};

/** The good step with another `apply`. */
function applying(apply: (record: PipelineRecord) => unknown): RecordStepType<Config> {
  return { ...good, create: () => ({ apply: apply as () => ReturnType<typeof ok> }) };
}

describe('runStepCase', () => {
  it('gives what the step set, and only what the case asks of a rejection', async () => {
    expect(await runStepCase(good, stepCase)).toEqual([
      {
        title: 'copying: record 0',
        actual: { fields: { usageClass: 'x' } },
        expected: { fields: { usageClass: 'x' } },
      },
      {
        title: 'copying: nothing',
        actual: { reject: { code: 'missing_field', message: 'none' } },
        expected: { reject: { code: 'missing_field', message: 'none' } },
      },
    ]);
  });

  it('shows what differs', async () => {
    const records = [
      { input: { a: 'x' }, expect: { skip: 'zero_value' } },
      { expect: { reject: { code: 'missing_field', message: 'other' } } },
    ];
    const [first, second] = await runStepCase(good, { ...stepCase, records });
    expect(first!.actual).toEqual({ fields: { usageClass: 'x' } });
    expect(second!.actual).toEqual({ reject: { code: 'missing_field', message: 'a: none' } });
  });

  it('gives what each part sets where the step splits', async () => {
    const halves = applying((record: PipelineRecord) =>
      ok(['a', 'b'].map((usageClass, i) => new PipelineRecord(record.index, i, {}, { usageClass }))),
    );
    const parts = [{ usageClass: 'a' }, { usageClass: 'b' }];
    const split = { ...stepCase, records: [{ expect: { parts } }] };
    expect(await runStepCase(halves as never, split)).toMatchObject([{ actual: { parts } }]);
  });

  it('reads long numbers with all their digits', () => {
    const { records } = parseStepCase('{"records":[{"input":{"a":9007199254740993,"b":0.25,"c":1e3}}]}');
    expect(records[0]!.input).toEqual({
      a: new ExactNumber('9007199254740993'),
      b: 0.25,
      c: new ExactNumber('1e3'),
    });
  });
});

describe('assertStepCompliance', () => {
  it('takes a step that keeps to the contract', async () => {
    await assertStepCompliance(good, [stepCase]);
  });

  it.each<[string, RecordStepType<Config>]>([
    ['title must', { ...good, title: '' }],
    ['description must', { ...good, description: 'Copies.' }],
    ['must be snake_case', { ...good, errorCodes: { ...good.errorCodes, 'Bad Code': 'x' } }],
    ['must say what it means', { ...good, errorCodes: { missing_field: ' ' } }],
    ['there must be an example', { ...good, examples: [] }],
    ['"One" is refused', { ...good, examples: [{ title: 'One', config: {} }] }],
    ['"missing_field" is not among the errorCodes', { ...good, errorCodes: {} }],
    ['crashes', applying((record) => Object.assign(record.source, { a: 'changed' }))],
    ['crashes', applying(() => undefined)],
  ])('says "%s"', async (message, type) => {
    await expect(assertStepCompliance(type, [stepCase])).rejects.toThrow(message);
  });

  it('finds a step that gives something else each time', async () => {
    let count = 0;
    const type = applying((record) => {
      record.fields.usageClass = String(count++);
      return ok();
    });
    await expect(assertStepCompliance(type, [stepCase])).rejects.toThrow('something else');
  });

  it('finds a step that keeps something from one record to the next', async () => {
    const type: RecordStepType<Config> = {
      ...good,
      create: () => {
        let previous = 'none';
        return {
          apply(record: PipelineRecord) {
            record.fields.usageClass = previous;
            previous = String(record.source.a);
            return ok();
          },
        };
      },
    };
    await expect(assertStepCompliance(type, [stepCase])).rejects.toThrow('the order of records matters');
  });

  describe('of what a step considers', () => {
    const considering = (explain: Step['explain']): RecordStepType<Config> => ({
      ...good,
      create: (config) => ({ ...good.create(config, testHost), explain }),
    });

    it('takes JSON, and a refusal as that of the record', async () => {
      await assertStepCompliance(
        considering(({ source }) => {
          if (source.a === undefined) throw new RecordError('missing_field', 'a: none');
          return { a: source.a };
        }),
        [stepCase],
      );
    });

    let count = 0;
    it.each<[string, Step['explain']]>([
      ['explain must give JSON', () => 'x'],
      ['explain must give JSON', () => ({ a: '\0' })],
      ['explain crashes', () => JSON.parse('')],
      ['explain changes the record', ({ fields }) => ({ was: (fields.usageClass = 'changed') })],
      ['explain gives something else', () => ({ count: count++ })],
    ])('says "%s"', async (message, explain) => {
      await expect(assertStepCompliance(considering(explain), [stepCase])).rejects.toThrow(message);
    });
  });

  it('needs a case', async () => {
    await expect(assertStepCompliance(good, [])).rejects.toThrow('there must be a case');
  });
});
