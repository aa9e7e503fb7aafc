import { ConfigError, PipelineRecord, RecordError, type UsageFields } from 'feedmill/pipeline';
import { createStep, stepContext } from '../../libs/pipeline/testing/index.js';
import normalize from './index.js';

async function run(fields: object[], before: UsageFields = {}, source: object = {}): Promise<UsageFields> {
  const record = new PipelineRecord(0, 0, source as never, { ...before });
  const outcome = await createStep(normalize, { fields }).apply(record, stepContext());
  expect(outcome).toEqual({ kind: 'ok' });
  return record.fields;
}

const rejectionOf = (...args: Parameters<typeof run>) =>
  run(...args).then(
    () => 'accepted',
    (error: RecordError) => `${error.code} ${error.field ?? ''}`.trim(),
  );

describe('normalize', () => {
  it('sets fields in the order given, each seeing those before', async () => {
    const fields = [
      { field: 'usageClass', expression: '$uppercase($trim(usageClass))' },
      { field: 'usageIdentifier', expression: 'usageClass & "/" & Region' },
    ];
    expect(await run(fields, { usageClass: ' voice ' }, { Region: 'eu' })).toEqual({
      usageClass: 'VOICE',
      usageIdentifier: 'VOICE/eu',
    });
  });

  it('computes exact decimals and fits quotients', async () => {
    const bytes = [{ field: 'value', expression: 'usageClassType = "Bytes" ? value / 1048576 : value' }];
    expect((await run(bytes, { value: '524288', usageClassType: 'Bytes' })).value).toBe('0.5');
    expect((await run(bytes, { value: '9007199254740993', usageClassType: 'x' })).value).toBe(
      '9007199254740993',
    );
    expect((await run([{ field: 'value', expression: 'value / 3' }], { value: '1' })).value).toBe(
      '0.333333333333333333',
    );
    expect((await run([{ field: 'value', expression: 'value + 0.2' }], { value: '0.1' })).value).toBe('0.3');
  });

  it("sets the source's own names before map-fields, and leaves the source as it was", async () => {
    const source = { Value: 5, Extensions: { a: 1 } };
    const fields = [
      { field: 'Value', expression: 'Value * 2' },
      { field: 'Twice', expression: 'Value * 2' },
    ];
    expect(await run(fields, {}, source)).toEqual({ Value: 10, Twice: 20 });
    expect(source.Value).toBe(5);
  });

  it('sets extensions one by one', async () => {
    const fields = [{ field: 'extensions.segment', expression: '$lookup(Extensions, "region") & "/x"' }];
    const before = { extensions: { kept: 1 } };
    expect(await run(fields, before, { Extensions: { region: 'eu' } })).toEqual({
      extensions: { kept: 1, segment: 'eu/x' },
    });
    expect(before.extensions).toEqual({ kept: 1 });
  });

  it('shows later expressions the value and the extensions as they are by then', async () => {
    const fields = [
      { field: 'value', expression: 'value / 8' },
      { field: 'extensions.double', expression: 'value * 2' },
      { field: 'usageClass', expression: 'extensions.double = 0.25 and value < 0.5 ? "seen" : "stale"' },
    ];
    expect(await run(fields, { value: '1' })).toEqual({
      value: '0.125',
      extensions: { double: 0.25 },
      usageClass: 'seen',
    });
  });

  it('refuses nothing, null and blank unless they are optional', async () => {
    for (const expression of ['Missing', 'null', '$trim("  ")']) {
      expect(await rejectionOf([{ field: 'usageClass', expression }])).toBe('missing_field usageClass');
      const optional = [{ field: 'usageClass', expression, optional: true }];
      expect(await run(optional, { usageClass: 'kept' })).toEqual({ usageClass: 'kept' });
    }
  });

  it('reads results as the kind of their field', async () => {
    expect(await rejectionOf([{ field: 'value', expression: '"1,000"' }])).toBe('invalid_value value');
    expect(await rejectionOf([{ field: 'inbound', expression: '"maybe"' }])).toBe('invalid_value inbound');
    expect(
      await run([{ field: 'inbound', expression: 'Direction = "IN"' }], {}, { Direction: 'IN' }),
    ).toEqual({ inbound: true });
    expect(await run([{ field: 'count', expression: '"7"', as: 'integer' }])).toEqual({ count: 7 });
  });

  it('says what failed', async () => {
    expect(await rejectionOf([{ field: 'usageClass', expression: '$uppercase(5)' }])).toBe(
      'expression_failed',
    );
  });

  it.each([
    [[{ field: 'value', expression: 'value >' }], '/fields/0/expression'],
    [[{ field: 'value', expression: '1', as: 'text' }], '/fields/0/as'],
    [[{ field: 'rating', expression: '1' }], '/fields/0/field'],
    [[{ field: 'value' }], '/fields/0/expression'],
    [[], 'fields'],
  ])('refuses the fields %j', (fields, where) => {
    expect(() => createStep(normalize, { fields })).toThrow(ConfigError);
    expect(() => createStep(normalize, { fields })).toThrow(where);
  });

  it('finds the problems of all fields', () => {
    const bad = { field: 'value', expression: '(' };
    try {
      createStep(normalize, { fields: [bad, bad] });
      throw new Error('the config was accepted');
    } catch (error) {
      expect((error as ConfigError).problems.map(({ pointer }) => pointer)).toEqual([
        '/fields/0/expression',
        '/fields/1/expression',
      ]);
    }
  });
});
