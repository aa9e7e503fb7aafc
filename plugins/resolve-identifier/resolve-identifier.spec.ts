import {
  ConfigError,
  PipelineRecord,
  type Identifier,
  type Step,
  type StepContext,
  type UsageFields,
} from 'feedmill/pipeline';
import { createStep, stepContext, type TestIdentifier } from '../../libs/pipeline/testing/index.js';
import resolveIdentifier from './index.js';

const DATE = '2026-10-15T04:00:00Z';

async function resolve(identifiers: TestIdentifier[], fields: UsageFields, config: object = {}) {
  const context = stepContext({ reference: { identifiers } });
  const record = new PipelineRecord(0, 0, {}, { date: DATE, ...fields });
  const step = createStep(resolveIdentifier, config) as Step<ReadonlyMap<string, readonly Identifier[]>>;
  const outcome = await step.apply(record, context, await step.prepare!([record], context));
  return { outcome, fields: record.fields, account: record.fields.accountId };
}

const acme: TestIdentifier = { value: '+1', accountId: 'acme', serviceId: 'voice', type: 'MSISDN' };

describe('resolve-identifier', () => {
  it('resolves the terminating identifier of inbound records, else the originating one', async () => {
    const identifiers = [acme, { ...acme, value: '+2', accountId: 'bravo' }];
    const fields = { originatingIdentifier: '+1', terminatingIdentifier: '+2' };
    expect((await resolve(identifiers, fields)).account).toBe('acme');
    expect((await resolve(identifiers, { ...fields, inbound: false })).account).toBe('acme');
    expect((await resolve(identifiers, { ...fields, inbound: true })).account).toBe('bravo');
    expect((await resolve(identifiers, { terminatingIdentifier: '+2' })).outcome).toMatchObject({
      code: 'missing_field',
      field: 'originatingIdentifier',
    });
  });

  it('names every field that it looked for a value in', async () => {
    const candidates = [
      { field: 'originatingIdentifier', type: 'MSISDN' },
      { field: 'originatingIdentifier', type: 'IMSI' },
      { field: 'extensions.imei' },
    ];
    expect((await resolve([acme], {}, { candidates })).outcome).toMatchObject({
      code: 'missing_field',
      field: 'originatingIdentifier',
      message: 'originatingIdentifier, extensions.imei: the record has none of them to resolve',
    });
    expect((await resolve([acme], {}, { candidates: candidates.slice(0, 1) })).outcome).toMatchObject({
      message: 'originatingIdentifier: the record has none to resolve',
    });
  });

  it('sets what it found and what it was found by', async () => {
    const row = { ...acme, id: 'i7', attributes: { package: 'gold' } };
    const { fields, outcome } = await resolve([row], {
      originatingIdentifier: '+1',
      identifierType: 'Unknown',
    });
    expect(outcome).toEqual({ kind: 'ok' });
    expect(fields).toMatchObject({
      accountId: 'acme',
      serviceId: 'voice',
      attributes: { package: 'gold' },
      resolvedIdentifier: { field: 'originatingIdentifier', type: 'MSISDN', value: '+1', identifierId: 'i7' },
    });
  });

  it('matches by type unless the type is unknown', async () => {
    const by = async (identifierType?: string) =>
      (await resolve([acme], { originatingIdentifier: '+1', identifierType })).outcome;
    expect(await by('MSISDN')).toEqual({ kind: 'ok' });
    expect(await by('Unknown')).toEqual({ kind: 'ok' });
    expect(await by(undefined)).toEqual({ kind: 'ok' });
    expect(await by('IMSI')).toMatchObject({
      code: 'identifier_not_found',
      field: 'originatingIdentifier',
      missing: { kind: 'identifier', type: 'IMSI', value: '+1' },
    });
  });

  it('hands over at an instant: from is inclusive, to exclusive', async () => {
    const identifiers = [
      { ...acme, validTo: DATE },
      { ...acme, accountId: 'bravo', validFrom: DATE },
    ];
    const at = async (date: string) =>
      (await resolve(identifiers, { date, originatingIdentifier: '+1' })).account;
    expect(await at(DATE)).toBe('bravo');
    expect(await at('2026-10-15T03:59:59.999999Z')).toBe('acme');
  });

  it('says when an identifier that exists was valid', async () => {
    const rows = [{ ...acme, validFrom: '2026-11-01T00:00:00Z' }];
    expect((await resolve(rows, { originatingIdentifier: '+1' })).outcome).toMatchObject({
      code: 'identifier_not_valid_at_date',
      details: {
        validities: [{ type: 'MSISDN', accountId: 'acme', validFrom: '2026-11-01T00:00:00Z', validTo: null }],
      },
      missing: { kind: 'identifier', value: '+1' },
    });
  });

  it('refuses several owners, and takes one owner under several types', async () => {
    const other = { ...acme, type: 'IMSI', accountId: 'bravo' };
    const { outcome, fields } = await resolve([acme, other], { originatingIdentifier: '+1' });
    expect(outcome).toMatchObject({
      code: 'identifier_ambiguous',
      details: { owners: [{ accountId: 'acme' }, { accountId: 'bravo' }] },
    });
    expect(fields.accountId).toBeUndefined();
    const same = [
      { ...acme, type: 'IMSI', id: 'b' },
      { ...acme, id: 'a' },
    ];
    expect(
      (await resolve(same, { originatingIdentifier: '+1' })).fields.resolvedIdentifier?.identifierId,
    ).toBe('a');
    const attributesOf = async (one: Record<string, string>, other: Record<string, string>) =>
      (
        await resolve(
          [
            { ...acme, attributes: one },
            { ...acme, type: 'IMSI', attributes: other },
          ],
          { originatingIdentifier: '+1' },
        )
      ).outcome;
    expect(await attributesOf({ a: '1', b: '2' }, { b: '2', a: '1' })).toEqual({ kind: 'ok' });
    expect(await attributesOf({ package: 'gold' }, {})).toMatchObject({
      code: 'identifier_ambiguous',
      message: expect.stringContaining('has one owner, but other attributes under each type, at'),
    });
    expect(
      (await resolve([acme, { ...acme, type: 'IMSI', serviceId: 'data' }], { originatingIdentifier: '+1' }))
        .outcome,
    ).toMatchObject({
      code: 'identifier_ambiguous',
    });
  });

  describe('with candidates of its own', () => {
    const config = {
      candidates: [
        { field: 'originatingIdentifier', type: 'MSISDN' },
        { field: 'extensions.imei', type: 'IMEI', when: 'usageClass = "Data"' },
        { field: 'usageIdentifier', type: 'Unknown' },
      ],
    };
    const device: TestIdentifier = { value: '35', accountId: 'device-owner', type: 'IMEI' };
    const fields: UsageFields = {
      originatingIdentifier: '+1',
      usageIdentifier: '35',
      extensions: { imei: '35' },
      identifierType: 'IMEI',
    };

    it('tries the next only where nothing of that value exists', async () => {
      expect((await resolve([device, acme], { ...fields, usageClass: 'Data' }, config)).account).toBe('acme');
      const found = await resolve([device], { ...fields, usageClass: 'Data' }, config);
      expect(found.fields.resolvedIdentifier?.field).toBe('extensions.imei');
      const expired = { ...acme, validTo: '2020-01-01T00:00:00Z' };
      expect(
        (await resolve([device, expired], { ...fields, usageClass: 'Data' }, config)).outcome,
      ).toMatchObject({
        code: 'identifier_not_valid_at_date',
      });
    });

    it('leaves out candidates whose condition is false or that have no value', async () => {
      const voice = await resolve([device], { ...fields, usageClass: 'Voice' }, config);
      expect(voice.fields.resolvedIdentifier?.field).toBe('usageIdentifier');
      const bare = await resolve(
        [device],
        { ...fields, originatingIdentifier: ' ', usageClass: 'Voice' },
        config,
      );
      expect(bare.account).toBe('device-owner');
    });

    it('names all it tried', async () => {
      const { outcome } = await resolve([], { ...fields, usageClass: 'Data' }, config);
      expect(outcome).toMatchObject({
        code: 'identifier_not_found',
        missing: { type: 'MSISDN', value: '+1' },
        details: { tried: [{ value: '+1' }, { value: '35', type: 'IMEI' }, { value: '35', type: null }] },
      });
    });

    it('says where no candidate concerns a record', async () => {
      const only = { candidates: [{ field: 'originatingIdentifier', when: 'false' }] };
      expect((await resolve([acme], fields, only)).outcome).toMatchObject({ code: 'identifier_not_found' });
    });

    it('names the candidate whose condition cannot be told', async () => {
      const failing = (when: string) => ({
        candidates: [{ field: 'a' }, { field: 'usageIdentifier', when }],
      });
      for (const when of ['missing', '$number("x") = 1'])
        await expect(resolve([acme], fields, failing(when))).rejects.toThrow(
          /^candidates\[1\]\.when \(usageIdentifier\): /,
        );
    });

    it('requires the usage fields that it looks at', () => {
      expect(resolveIdentifier.requires(config)).toEqual([
        'date',
        'originatingIdentifier',
        'usageIdentifier',
      ]);
      expect(() => createStep(resolveIdentifier, { candidates: [{ field: 'a', when: '(' }] })).toThrow(
        ConfigError,
      );
      expect(() => createStep(resolveIdentifier, { candidates: [] })).toThrow(ConfigError);
    });
  });

  it('asks once for all values of a chunk, and only for those it will look at', async () => {
    const asked: string[][] = [];
    const context: StepContext = {
      ...stepContext(),
      reference: {
        ...stepContext().reference,
        identifiers: (values) => {
          asked.push([...values]);
          return Promise.resolve(new Map());
        },
      },
    };
    const records = [
      new PipelineRecord(0, 0, {}, { originatingIdentifier: 'a', terminatingIdentifier: 'x' }),
      new PipelineRecord(1, 0, {}, { originatingIdentifier: 'y', terminatingIdentifier: 'b', inbound: true }),
      new PipelineRecord(2, 0, {}, { originatingIdentifier: 'a' }),
      new PipelineRecord(3, 0, {}, {}),
    ];
    await (createStep(resolveIdentifier, {}) as Step).prepare!(records, context);
    expect(asked).toEqual([['a', 'b']]);
  });

  it('needs a date', async () => {
    const { outcome } = await resolve([acme], { date: undefined, originatingIdentifier: '+1' });
    expect(outcome).toMatchObject({ code: 'missing_field', field: 'date' });
  });
});
