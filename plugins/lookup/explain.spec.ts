import { PipelineRecord, RecordError, type Step, type UsageFields } from 'feedmill/pipeline';
import { createStep, stepContext, type TestTable } from '../../libs/pipeline/testing/index.js';
import lookup from './index.js';

const PREFIXES: TestTable = {
  name: 'destinations',
  key: ['prefix'],
  rows: [
    { prefix: '+44', destination: 'UK Fixed' },
    { prefix: '+447', destination: 'UK Mobile', validTo: '2026-11-01T00:00:00Z' },
    { prefix: '+4479', destination: 'Pager', validFrom: '2027-01-01T00:00:00Z' },
    { prefix: '+1', destination: 'US' },
  ],
};
const BY_PREFIX = { from: 'called', by: 'longestPrefix', column: 'prefix' };
const SET = [{ field: 'usageClass', column: 'destination' }];

async function considered(source: object, date?: string, more: object = {}, table = PREFIXES) {
  const context = stepContext({ reference: { tables: [table] } });
  const step = createStep(lookup, { table: table.name, match: [BY_PREFIX], set: SET, ...more }) as Step;
  const record = new PipelineRecord(0, 0, source as never, { ...(date && { date }) } as UsageFields);
  return step.explain!(record, context, await step.prepare!([record], context)) as object;
}

describe('what lookup considers', () => {
  it('is every row that fits, with the one that was taken first', async () => {
    expect(await considered({ called: '+447900900123' }, '2026-10-01T00:00:00Z')).toEqual({
      table: 'destinations',
      fields: ['called'],
      value: '+447900900123',
      date: '2026-10-01T00:00:00Z',
      result: 'found',
      rows: [
        {
          cells: { prefix: '+447', destination: 'UK Mobile' },
          validFrom: null,
          validTo: '2026-11-01T00:00:00Z',
          result: 'chosen',
        },
        expect.objectContaining({ cells: PREFIXES.rows[0], result: 'outranked' }),
        expect.objectContaining({ validFrom: '2027-01-01T00:00:00Z', result: 'not_yet_valid' }),
      ],
    });
    expect(await considered({ called: '+447700900123' }, '2026-12-01T00:00:00Z')).toMatchObject({
      rows: [{ result: 'chosen' }, { result: 'no_longer_valid' }],
    });
  });

  it('are ranges that hold the value', async () => {
    const bands: TestTable = {
      name: 'bands',
      key: ['country', 'from'],
      rows: [
        { country: 'DE', from: '0', to: '100', band: 'low' },
        { country: 'DE', from: '50', to: '60', band: 'middle' },
        { country: 'FR', from: '0', to: '100', band: 'other' },
      ],
    };
    const match = [
      { from: 'country', column: 'country' },
      { from: 'n', by: 'range', column: 'from', toColumn: 'to' },
    ];
    const config = { match, set: [{ field: 'usageClass', column: 'band' }] };
    expect(await considered({ country: 'DE', n: 55 }, undefined, config, bands)).toMatchObject({
      value: 'DE/55',
      date: null,
      rows: [
        { cells: { band: 'middle' }, result: 'chosen' },
        { cells: { band: 'low' }, result: 'outranked' },
      ],
    });
    await expect(considered({ country: 'DE', n: 'x' }, undefined, config, bands)).rejects.toThrow(
      RecordError,
    );
  });

  it('is nothing where there is nothing to look up', async () => {
    const date = '2026-10-01T00:00:00Z';
    expect(await considered({ called: '+99' }, date)).toMatchObject({ result: 'not_found', rows: [] });
    expect(await considered({}, date)).toMatchObject({ result: 'no_value', emptyField: 'called' });
    expect(await considered({ called: '+1' })).toMatchObject({ result: 'no_date' });
    expect(await considered({ called: '+1' }, date, { table: 'others' })).toEqual({
      table: 'others',
      result: 'refused',
      why: 'there is no table "others"',
    });
  });
});
