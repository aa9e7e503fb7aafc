import { ConfigError, PipelineRecord, type Step, type UsageFields } from 'feedmill/pipeline';
import {
  createStep,
  stepContext,
  type TestRate,
  type TestRatePlan,
} from '../../libs/pipeline/testing/index.js';
import rateUsage from './index.js';
import type { PlanChoice } from './rate-usage.js';

const FIELDS: UsageFields = {
  date: '2026-10-15T04:00:00Z',
  value: '10',
  usageClass: 'Data',
  usageClassType: 'Mobile',
};

async function rate(
  ratePlans: TestRatePlan[],
  fields: UsageFields = {},
  config: object = { plan: 'retail' },
  source: object = {},
) {
  const context = stepContext({ reference: { ratePlans } });
  const record = new PipelineRecord(0, 0, source as never, { ...FIELDS, ...fields });
  const step = createStep(rateUsage, config) as Step<readonly PlanChoice[]>;
  const outcome = await step.apply(record, context, await step.prepare!([record], context));
  return { outcome, rating: record.fields.rating };
}

const retail = (...rates: Partial<TestRate>[]): TestRatePlan[] => [
  { name: 'retail', rates: rates.map((r) => ({ usageClass: 'Data', unitPrice: '1', ...r })) },
];
const amountOf = async (rateOf: Partial<TestRate>, fields: UsageFields = {}, config?: object) =>
  (await rate(retail(rateOf), fields, config)).rating?.amount;
const priceBy = async (fields: UsageFields, ...rates: Partial<TestRate>[]) =>
  (await rate(retail(...rates), fields)).rating?.unitPrice;

describe('rate-usage', () => {
  it.each([
    ['1250', '0.0004', '0.5'],
    ['94', '0.05', '4.7'],
    ['-50', '0.0004', '-0.02'],
    ['0', '0.0004', '0'],
    ['0.00000000001', '0.00000001', '0'],
    ['3', '0.00000000001', '0.00000000003'],
    ['9007199254740993', '1', '9007199254740993'],
    ['2', '-0.0811', '-0.1622'],
  ])('%s x %s costs %s', async (value, unitPrice, amount) => {
    expect(await amountOf({ unitPrice }, { value })).toBe(amount);
  });

  it('keeps what was used', async () => {
    const { rating, outcome } = await rate([
      { name: 'retail', currency: 'EUR', rates: [{ id: 'r1', usageClass: 'Data', unitPrice: '0.3' }] },
    ]);
    expect(outcome).toEqual({ kind: 'ok' });
    expect(rating).toEqual({
      source: 'rated',
      plan: 'retail',
      rateId: 'r1',
      quantity: '10',
      unitPrice: '0.3',
      amount: '3',
      currency: 'EUR',
    });
  });

  it('negates the amount of reverse rated usage, and only the amount', async () => {
    expect((await rate(retail({}), { reverseRating: true })).rating).toMatchObject({
      quantity: '10',
      amount: '-10',
    });
    expect((await rate(retail({}), { reverseRating: true, value: '-10' })).rating).toMatchObject({
      quantity: '-10',
      amount: '10',
    });
  });

  describe('choosing', () => {
    it('takes more matched attributes, then the rate that names the type', async () => {
      const rates: Partial<TestRate>[] = [
        { unitPrice: '1' },
        { unitPrice: '2', usageClassType: 'Mobile' },
        { unitPrice: '3', match: { region: 'eu' } },
        { unitPrice: '4', match: { region: 'eu' }, usageClassType: 'Mobile' },
        { unitPrice: '5', match: { region: 'eu', plan: 'gold' } },
      ];
      const by = (extensions: Record<string, string>, usageClassType?: string) =>
        priceBy({ extensions, usageClassType }, ...rates);
      expect(await by({})).toBe('1');
      expect(await by({}, 'Fixed')).toBe('1');
      expect(await by({}, 'Mobile')).toBe('2');
      expect(await by({ region: 'eu' })).toBe('3');
      expect(await by({ region: 'eu' }, 'Mobile')).toBe('4');
      expect(await by({ region: 'eu', plan: 'gold' }, 'Mobile')).toBe('5');
      expect(await by({ region: 'us', plan: 'gold' })).toBe('1');
    });

    it('goes by the date: from is inclusive, to exclusive', async () => {
      const change = '2026-11-01T04:00:00Z';
      const rates = [
        { unitPrice: '1', validTo: change },
        { unitPrice: '2', validFrom: change },
      ];
      expect(await priceBy({ date: '2026-11-01T03:59:59.999999Z' }, ...rates)).toBe('1');
      expect(await priceBy({ date: change }, ...rates)).toBe('2');
      const expired = { unitPrice: '9', match: { region: 'eu' }, validTo: '2020-01-01T00:00:00Z' };
      expect(await priceBy({ extensions: { region: 'eu' } }, { unitPrice: '1' }, expired)).toBe('1');
    });

    it('matches extensions, fields, attributes of the identifier, and numbers by value', async () => {
      const matched = async (match: Record<string, string>, fields: UsageFields, source: object = {}) =>
        (await rate(retail({ match }), fields, undefined, source)).rating !== undefined;
      expect(await matched({ zone: '7' }, { extensions: { zone: 7 } })).toBe(true);
      expect(await matched({ inbound: 'true' }, { inbound: true })).toBe(true);
      expect(await matched({ package: 'gold' }, { attributes: { package: 'gold' } })).toBe(true);
      expect(await matched({ Region: 'eu' }, {}, { Region: 'eu' })).toBe(true);
      expect(await matched({ zone: '7' }, { extensions: { zone: { a: 1 } } })).toBe(false);
      expect(await matched({ constructor: 'x' }, { extensions: {}, attributes: {} })).toBe(false);
    });

    it('never mistakes two attributes for others that read the same together', async () => {
      const rates = retail({ match: { a: 'x1:y', b: 'z' } });
      expect((await rate(rates, { extensions: { a: 'x', b: '1:yz' } })).rating).toBeUndefined();
    });

    it('offers only the attributes that it is told to', async () => {
      const rates = retail({ unitPrice: '1' }, { unitPrice: '2', match: { region: 'eu' } });
      const fields = { extensions: { region: 'eu' } };
      expect((await rate(rates, fields, { plan: 'retail', attributes: ['zone'] })).rating?.unitPrice).toBe(
        '1',
      );
      expect((await rate(rates, fields, { plan: 'retail', attributes: ['region'] })).rating?.unitPrice).toBe(
        '2',
      );
    });

    it('refuses rates of equal rank', async () => {
      const { outcome, rating } = await rate(retail({ match: { a: '1' } }, { match: { b: '2' } }), {
        extensions: { a: '1', b: '2' },
      });
      expect(outcome).toMatchObject({
        code: 'rate_ambiguous',
        details: { rates: [{ match: { a: '1' } }, { match: { b: '2' } }] },
      });
      expect(rating).toBeUndefined();
    });

    it('takes the first plan that has a rate', async () => {
      const plans = [
        ...retail({ unitPrice: '1' }),
        { name: 'promotion', rates: [{ usageClass: 'Voice', unitPrice: '0.5' }] },
      ];
      const config = { plans: ['nowhere', 'promotion', 'retail'] };
      expect((await rate(plans, {}, config)).rating).toMatchObject({ plan: 'retail', unitPrice: '1' });
      const voice = [...plans, { name: 'retail', rates: [{ usageClass: 'Voice', unitPrice: '9' }] }];
      expect((await rate(voice, { usageClass: 'Voice' }, config)).rating).toMatchObject({
        plan: 'promotion',
      });
    });

    it('says what rate is missing', async () => {
      const { outcome } = await rate(retail({ usageClass: 'Voice' }));
      expect(outcome).toMatchObject({
        code: 'rate_not_found',
        message: 'no rate for Data/Mobile in plan "retail" at 2026-10-15T04:00:00Z',
        missing: { kind: 'rate', value: 'retail/Data/Mobile' },
      });
      expect((await rate([], { usageClassType: undefined })).outcome).toMatchObject({
        message: 'there is no rate plan "retail"',
        missing: { kind: 'rate', value: 'retail/Data' },
      });
    });
  });

  describe('pricing', () => {
    it('bills at least the minimum, then whole increments', async () => {
      const quantityOf = async (value: string, increment: string, minimumQuantity: string | null = null) =>
        (await rate(retail({ increment, minimumQuantity }), { value })).rating?.quantity;
      expect(await quantityOf('61', '60')).toBe('120');
      expect(await quantityOf('60', '60')).toBe('60');
      expect(await quantityOf('31', '6', '30')).toBe('36');
      expect(await quantityOf('4', '6', '30')).toBe('30');
      expect(await quantityOf('0.25', '0.1')).toBe('0.3');
      expect(await quantityOf('-61', '60')).toBe('-120');
      expect(await quantityOf('0', '6', '30')).toBe('0');
    });

    it('divides by per exactly', async () => {
      expect(await amountOf({ unitPrice: '0.0200', per: '60' }, { value: '120' })).toBe('0.04');
      expect(
        await amountOf({ unitPrice: '0.0230', per: '730000000000', scale: 4 }, { value: '9007199254740993' }),
      ).toBe('283.7885');
      expect(await amountOf({ unitPrice: '1', per: '3' }, { value: '1' })).toBe('0.333333333333333333');
      expect(await amountOf({ unitPrice: '2', per: '3' }, { value: '-1' })).toBe('-0.666666666666666667');
    });

    it.each([
      ['halfUp', '0.125', '0.13'],
      ['halfEven', '0.125', '0.12'],
      ['halfEven', '0.135', '0.14'],
      ['up', '0.121', '0.13'],
      ['down', '0.129', '0.12'],
      ['halfUp', '-0.125', '-0.13'],
      ['up', '-0.121', '-0.13'],
      ['down', '-0.129', '-0.12'],
    ] as const)('rounds %s %s to %s', async (rounding, value, amount) => {
      expect(await amountOf({ scale: 2, rounding }, { value })).toBe(amount);
      expect(await amountOf({ scale: 2, rounding, per: '3', unitPrice: '3' }, { value })).toBe(amount);
    });

    it('rounds once: a quotient just over a half goes up however many digits show it', async () => {
      const unitPrice = '0.500000000000000001';
      expect(await amountOf({ unitPrice, per: '7', scale: 0, rounding: 'halfEven' }, { value: '7' })).toBe(
        '1',
      );
      expect(
        await amountOf({ unitPrice: '0.5', per: '7', scale: 0, rounding: 'halfEven' }, { value: '7' }),
      ).toBe('0');
    });

    it("takes the rate's rounding before the step's", async () => {
      const config = { plan: 'retail', scale: 1, rounding: 'up' };
      expect(await amountOf({}, { value: '0.123' }, config)).toBe('0.2');
      expect(await amountOf({ scale: 2, rounding: 'down' }, { value: '0.123' }, config)).toBe('0.12');
      expect(await amountOf({ rounding: 'down' }, { value: '0.19' }, { plan: 'retail', scale: 1 })).toBe(
        '0.1',
      );
    });

    it('adds the set-up amount and raises to the minimum amount, with the sign of the usage', async () => {
      const terms = { unitPrice: '0.1', per: '60', setupAmount: '0.05' };
      expect(await amountOf(terms, { value: '120' })).toBe('0.25');
      expect(await amountOf(terms, { value: '-120' })).toBe('-0.25');
      expect(await amountOf({ ...terms, minimumAmount: '1' }, { value: '120', reverseRating: true })).toBe(
        '-1',
      );
      expect(await amountOf({ ...terms, minimumAmount: '1' }, { value: '0' })).toBe('0');
    });

    it('refuses amounts that cannot be stored', async () => {
      const { outcome } = await rate(retail({ unitPrice: '10' }), { value: '9'.repeat(38) });
      expect(outcome).toMatchObject({ code: 'invalid_value', field: 'value' });
    });
  });

  it.each(['date', 'value', 'usageClass'])('needs %s', async (field) => {
    expect((await rate(retail({}), { [field]: undefined })).outcome).toMatchObject({
      code: 'missing_field',
      field,
    });
  });

  it.each([
    [{}, 'exactly one of plan'],
    [{ plan: 'a', plans: ['b'] }, 'exactly one of plan'],
    [{ plan: 'a', rounding: 'up' }, '/rounding'],
    [{ plan: 'a', scale: 19 }, '/scale'],
    [{ plan: 'service-{serviceId}' }, '/plan'],
    [{ plans: [] }, '/plans'],
  ])('refuses the config %j', (config, why) => {
    expect(() => createStep(rateUsage, config)).toThrow(ConfigError);
    expect(() => createStep(rateUsage, config)).toThrow(why);
  });
});
