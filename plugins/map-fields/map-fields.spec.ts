import { ConfigError, ExactNumber, PipelineRecord, RecordError, type FeedContext } from 'feedmill/pipeline';
import { createStep, stepContext } from '../../libs/pipeline/testing/index.js';
import mapFields from './index.js';

interface Field {
  readonly field: string;
  readonly [member: string]: unknown;
}

const SOURCE = {
  Date: '2026-04-16T14:32:00Z',
  From: 'acct-1',
  To: 'svc-1',
  Value: 1250,
  Blank: ' ',
  Empty: null,
  Inbound: 'False',
  Big: new ExactNumber('9007199254740993'),
  Extensions: { region: 'us-east-1', plan: 'growth', count: 7 },
};

function map(fields: Field[], more: { config?: object; source?: object; feed?: Partial<FeedContext> } = {}) {
  const record = new PipelineRecord(0, 0, (more.source ?? SOURCE) as never);
  const step = createStep(mapFields, { fields, ...more.config });
  step.apply(record, stepContext({ feed: more.feed }));
  return record.fields;
}

function rejectionOf(fields: Field[], more?: Parameters<typeof map>[1]): RecordError {
  try {
    map(fields, more);
  } catch (error) {
    expect(error).toBeInstanceOf(RecordError);
    return error as RecordError;
  }
  throw new Error('the record was accepted');
}

function problemsOf(config: object): string[] {
  try {
    createStep(mapFields, config);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).problems.map(({ pointer, message }) => `${pointer} ${message}`);
  }
  return [];
}

describe('map-fields', () => {
  it('reads each usage field as its own kind', () => {
    expect(
      map([
        { field: 'date', from: 'Date' },
        { field: 'value', from: 'Big' },
        { field: 'inbound', from: 'Inbound' },
        { field: 'primaryDataRow', constant: '1' },
        { field: 'usageClass', from: 'Value' },
      ]),
    ).toEqual({
      date: '2026-04-16T14:32:00Z',
      value: '9007199254740993',
      inbound: false,
      primaryDataRow: 1,
      usageClass: '1250',
    });
  });

  it('takes the first that is not missing', () => {
    const fields = [{ field: 'date', fromFirst: ['Nothing', 'Empty', 'Blank', 'Date', 'To'] }];
    expect(map(fields)).toEqual({ date: '2026-04-16T14:32:00Z' });
    const none = rejectionOf([{ field: 'date', fromFirst: ['Nothing', 'Blank'] }]);
    expect(none).toMatchObject({ code: 'missing_field', field: 'date' });
    expect(none.message).toContain('"Nothing" or "Blank"');
  });

  it('requires date and value, and what it is told to', () => {
    expect(rejectionOf([{ field: 'value', from: 'Blank' }]).code).toBe('missing_field');
    expect(rejectionOf([{ field: 'usageClass', from: 'Blank', required: true }]).code).toBe('missing_field');
    expect(map([{ field: 'usageClass', from: 'Blank' }])).toEqual({});
    expect(map([{ field: 'value', from: 'Blank', required: false }])).toEqual({});
  });

  it('gives defaults and constants in the kind of the field', () => {
    expect(
      map([
        { field: 'value', from: 'Nothing', default: '1.50' },
        { field: 'inbound', from: 'Blank', default: 'no' },
        { field: 'usageClass', constant: 'Voice' },
      ]),
    ).toEqual({ value: '1.5', inbound: false, usageClass: 'Voice' });
  });

  it('fills templates, or finds nothing where one of their fields is missing', () => {
    expect(map([{ field: 'usageIdentifier', template: '{{{From}/{ Extensions.region }}}-{Value}' }])).toEqual(
      {
        usageIdentifier: '{acct-1/us-east-1}-1250',
      },
    );
    expect(map([{ field: 'usageIdentifier', template: '{From}/{Blank}' }])).toEqual({});
    const rejection = rejectionOf([{ field: 'usageIdentifier', template: '{From}/{Blank}', required: true }]);
    expect(rejection.message).toContain('"From", "Blank"');
  });

  it('reads the record as it came into the step, so that fields may trade places', () => {
    const source = { originatingIdentifier: 'a', terminatingIdentifier: 'b' };
    const fields = [
      { field: 'originatingIdentifier', from: 'terminatingIdentifier' },
      { field: 'terminatingIdentifier', from: 'originatingIdentifier' },
    ];
    expect(map(fields, { source })).toEqual({ originatingIdentifier: 'b', terminatingIdentifier: 'a' });
  });

  it('leaves a record that it refuses as it was', () => {
    const record = new PipelineRecord(0, 0, SOURCE, { usageClass: 'before' });
    const step = createStep(mapFields, {
      fields: [
        { field: 'usageClass', from: 'From' },
        { field: 'value', from: 'To' },
      ],
    });
    expect(() => step.apply(record, stepContext())).toThrow('"svc-1" is not a decimal');
    expect(record.fields).toEqual({ usageClass: 'before' });
  });

  it('reads local times in the zone of the feed, or the one it names', () => {
    const source = { local: '2026-10-25 02:30' };
    const feed: Partial<FeedContext> = { timeZone: 'Europe/Berlin', dstOverlap: 'later' };
    expect(map([{ field: 'date', from: 'local' }], { source, feed }).date).toBe('2026-10-25T01:30:00Z');
    const own = { field: 'date', from: 'local', timeZone: 'America/New_York' };
    expect(map([own], { source, feed }).date).toBe('2026-10-25T06:30:00Z');
    const constant = { field: 'date', constant: '2026-10-25 02:30' };
    expect(map([constant], { feed }).date).toBe('2026-10-25T01:30:00Z');
    const gap = { source: { local: '2026-03-29 02:30' }, feed };
    expect(rejectionOf([{ field: 'date', from: 'local' }], gap).message).toContain(
      'did not happen in Europe/Berlin',
    );
  });

  it('keeps blanks as texts where it is told to', () => {
    const config = { blankAs: 'text' };
    expect(map([{ field: 'usageClass', from: 'Blank', default: 'x' }], { config })).toEqual({
      usageClass: ' ',
    });
    expect(map([{ field: 'usageClass', from: 'Empty', default: 'x' }], { config })).toEqual({
      usageClass: 'x',
    });
  });

  describe('extensions', () => {
    const date = { field: 'date', from: 'Date' };

    it('copies an object, adds fields as they are and mapped ones', () => {
      const config = {
        extensions: { from: 'Extensions', fields: { from: 'From', big: 'Big', none: 'Blank' } },
      };
      const fields = map([date, { field: 'extensions.plan', from: 'Value' }], { config });
      expect(fields.extensions).toEqual({
        region: 'us-east-1',
        plan: '1250',
        count: 7,
        from: 'acct-1',
        big: SOURCE.Big,
      });
      expect(SOURCE.Extensions.plan).toBe('growth');
    });

    it('has none where the source has none, and refuses what is no object', () => {
      expect(map([date], { config: { extensions: { from: 'Nothing' } } }).extensions).toEqual({});
      for (const from of ['Value', 'Big', 'From']) {
        expect(rejectionOf([date], { config: { extensions: { from } } })).toMatchObject({
          code: 'invalid_value',
          field: 'extensions',
        });
      }
    });

    it('keeps those of an earlier step', () => {
      const record = new PipelineRecord(0, 0, SOURCE, { extensions: { early: 1 } });
      const step = createStep(mapFields, { fields: [{ field: 'extensions.late', from: 'From' }] });
      step.apply(record, stepContext());
      expect(record.fields.extensions).toEqual({ early: 1, late: 'acct-1' });
    });
  });

  it('finds every problem of a config, each in its place', () => {
    const problems = problemsOf({
      fields: [
        { field: 'date' },
        { field: 'value', from: 'a', constant: 1 },
        { field: 'value', from: 'a', as: 'text' },
        { field: 'usageClass', from: 'a', formats: ['iso'] },
        { field: 'inbound', constant: 'perhaps' },
        { field: 'rating', from: 'a' },
        { field: 'date2', from: 'a', as: 'timestamp', formats: ['dd.MM'] },
        { field: 'usageClassType', template: '{a' },
        { field: 'accountId', from: 'a', default: 'x', required: true },
        { field: 'extensions.region', from: 'a' },
      ],
      extensions: { fields: { region: 'b', other: 5 } },
    });
    expect(problems).toEqual([
      '/fields/0 needs exactly one of from, fromFirst, constant, template; has none',
      '/fields/1 needs exactly one of from, fromFirst, constant, template; has from and constant',
      '/fields/2/field "value" is set by /fields/1 already',
      '/fields/2/as "value" is always decimal',
      '/fields/3/formats is for timestamp values; "usageClass" is text',
      '/fields/4/constant inbound: "perhaps" is not a boolean (true, 1, yes, false, 0, no)',
      '/fields/5/field "rating" is set by the steps that find it',
      '/fields/6/formats/0 "dd.MM" must have one year, one month and one day',
      '/fields/7/template "{" stands alone; write {field}, or {{ for a brace',
      '/fields/8/required a field with a default is never missing',
      '/extensions/fields/region "region" is set by /fields/9 already',
      '/extensions/fields/other must name a field of the source',
    ]);
    expect(problemsOf({ fields: [{ field: 'date', temlate: '{a}' }] })).toEqual([
      '/fields/0/temlate "temlate" is not known here; did you mean "template"?',
    ]);
    expect(problemsOf({ fields: [] })).toHaveLength(1);
    expect(problemsOf({ fields: [{ field: 'value', constant: { a: 1 } }] })).toHaveLength(1);
  });

  it('says what it provides', () => {
    const fields = [
      { field: 'date', from: 'Date' },
      { field: 'extensions.a', from: 'Value' },
    ];
    expect(mapFields.provides({ fields, blankAs: 'missing' })).toEqual(['date', 'extensions']);
  });
});
