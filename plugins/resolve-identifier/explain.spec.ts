import { PipelineRecord, type Step, type UsageFields } from 'feedmill/pipeline';
import { createStep, stepContext, type TestIdentifier } from '../../libs/pipeline/testing/index.js';
import resolveIdentifier from './index.js';

const DATE = '2026-10-15T04:00:00Z';
const acme: TestIdentifier = { value: '+1', accountId: 'acme', serviceId: 'voice', type: 'MSISDN' };

async function considered(identifiers: TestIdentifier[], fields: UsageFields, config: object = {}) {
  const context = stepContext({ reference: { identifiers } });
  const record = new PipelineRecord(0, 0, {}, { date: DATE, ...fields });
  const step = createStep(resolveIdentifier, config) as Step;
  return (await step.explain!(record, context, await step.prepare!([record], context))) as {
    candidates: { result: string; identifiers?: { result: string }[] }[];
  };
}

describe('what resolve-identifier considers', () => {
  it('are the candidates in their order, and what became of each', async () => {
    const config = {
      candidates: [
        { field: 'extensions.imei', when: 'usageClass = "Data"' },
        { field: 'extensions.sim' },
        { field: 'terminatingIdentifier', type: 'MSISDN' },
        { field: 'originatingIdentifier' },
        { field: 'usageIdentifier' },
      ],
    };
    const fields = {
      terminatingIdentifier: '+9',
      originatingIdentifier: '+1',
      usageIdentifier: 'x',
      extensions: { imei: '1' },
    };
    const { candidates } = await considered([acme], fields, config);
    expect(candidates).toMatchObject([
      { field: 'extensions.imei', value: '1', result: 'not_concerned' },
      { field: 'extensions.sim', value: null, result: 'no_value' },
      { field: 'terminatingIdentifier', type: 'MSISDN', value: '+9', result: 'not_found', identifiers: [] },
      { field: 'originatingIdentifier', type: null, value: '+1', result: 'owner' },
      { field: 'usageIdentifier', result: 'not_tried' },
    ]);
  });

  it('are all identifiers of the value, with their validity and what speaks against them', async () => {
    const rows: TestIdentifier[] = [
      { ...acme, accountId: 'first', validTo: DATE },
      { ...acme, accountId: 'second', validFrom: DATE, attributes: { package: 'gold' } },
      { ...acme, accountId: 'third', validFrom: '2026-12-01T00:00:00Z' },
      { ...acme, type: 'IMSI' },
    ];
    const fields = { originatingIdentifier: '+1', identifierType: 'MSISDN' };
    const { candidates } = await considered(rows, fields);
    expect(candidates[1]!.identifiers).toMatchObject([
      { accountId: 'first', validFrom: null, validTo: DATE, result: 'no_longer_valid' },
      { accountId: 'second', attributes: { package: 'gold' }, result: 'owner' },
      { accountId: 'third', result: 'not_yet_valid' },
      { type: 'IMSI', result: 'other_type' },
    ]);
  });

  it('is why there is no owner', async () => {
    const fields = { originatingIdentifier: '+1' };
    const late = await considered([{ ...acme, validTo: DATE }], fields);
    expect(late.candidates[1]).toMatchObject({ result: 'identifier_not_valid_at_date' });
    const two = await considered([acme, { ...acme, type: 'IMSI', accountId: 'bravo' }], fields);
    expect(two.candidates[1]).toMatchObject({
      result: 'identifier_ambiguous',
      identifiers: [{ result: 'valid' }, { result: 'valid' }],
    });
    expect(await considered([acme], { ...fields, date: undefined })).toEqual({ candidates: [] });
  });
});
