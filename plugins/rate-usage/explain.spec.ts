import { PipelineRecord, type Step, type UsageFields } from 'feedmill/pipeline';
import {
  createStep,
  stepContext,
  type TestRate,
  type TestRatePlan,
} from '../../libs/pipeline/testing/index.js';
import { explainPrice } from './explain-price.js';
import rateUsage from './index.js';
import { priceOf } from './price.js';

interface Considered {
  readonly plans: readonly {
    readonly rates: readonly { readonly rateId: string; readonly why?: object }[];
  }[];
  readonly price?: object;
}

const plan = (name: string, ...rates: Partial<TestRate>[]): TestRatePlan => ({
  name,
  rates: rates.map((rate) => ({ usageClass: 'Data', unitPrice: '1', ...rate })),
});

async function considered(
  ratePlans: TestRatePlan[],
  fields: UsageFields = {},
  config: object = { plan: 'retail' },
): Promise<Considered> {
  const context = stepContext({ reference: { ratePlans } });
  const own = { date: '2026-10-15T04:00:00Z', value: '10', usageClass: 'Data', ...fields };
  const record = new PipelineRecord(0, 0, {}, own);
  const step = createStep(rateUsage, config) as Step;
  return (await step.explain!(record, context, await step.prepare!([record], context))) as Considered;
}

describe('what rate-usage considers', () => {
  it('are the plans in their order, until one has a rate', async () => {
    const config = { plans: ['service-{serviceId}', 'account-{accountId}', 'empty', 'retail', 'everybody'] };
    const plans = [plan('empty', { usageClass: 'Voice' }), plan('retail', {}), plan('everybody', {})];
    expect((await considered(plans, { accountId: 'a' }, config)).plans).toMatchObject([
      { plan: 'service-{serviceId}', result: 'lacks_field' },
      { plan: 'account-a', result: 'no_such_plan' },
      { plan: 'empty', result: 'no_rate', rates: [] },
      { plan: 'retail', result: 'chosen' },
      { plan: 'everybody', result: 'not_tried' },
    ]);
  });

  it('are the rates, the one that is taken first, with all that speaks against the others', async () => {
    const eu = { match: { region: 'eu' } };
    const rates: Partial<TestRate>[] = [
      { id: 'any' },
      { id: 'us', match: { region: 'us' }, usageClassType: 'Fixed' },
      { id: 'eu', ...eu },
      { id: 'old', ...eu, validTo: '2026-10-15T04:00:00Z' },
      { id: 'new', ...eu, validFrom: '2026-10-16T00:00:00Z' },
    ];
    const { plans } = await considered([plan('retail', ...rates)], { extensions: { region: 'eu' } });
    expect(plans[0]!.rates.map(({ rateId, why }) => [rateId, why])).toEqual([
      ['eu', undefined],
      ['any', [{ reason: 'outranked' }]],
      ['old', [{ reason: 'no_longer_valid' }]],
      ['new', [{ reason: 'not_yet_valid' }]],
      [
        'us',
        [
          { reason: 'other_type', rate: 'Fixed', record: null },
          { reason: 'other_attribute', name: 'region', rate: 'us', record: 'eu' },
        ],
      ],
    ]);
  });

  it('are as many rates as can be read', async () => {
    const many = Array.from({ length: 50 }, (_, n) => ({ id: `r${n}`, match: { n: String(n) } }));
    const { plans } = await considered([plan('retail', ...many)], { extensions: { n: 33 } });
    expect(plans[0]).toMatchObject({ rates: { length: 20, 0: { rateId: 'r33' } }, moreRates: 30 });
  });

  it('is why there is no price', async () => {
    const [a, b] = [{ match: { a: '1' } }, { match: { b: '1' } }];
    const ambiguous = await considered([plan('retail', a, b)], { extensions: { a: '1', b: '1' } });
    expect(ambiguous).toMatchObject({
      plans: [{ result: 'ambiguous', rates: [{ result: 'ambiguous' }, {}] }],
    });
    expect(ambiguous.price).toBeUndefined();
    const euros = { plan: 'retail', currency: 'EUR' };
    expect((await considered([plan('retail', {})], {}, euros)).price).toEqual({
      refused: 'plan "retail" is in USD, and must be in EUR',
    });
    expect(await considered([], { usageClass: undefined })).toEqual({ plans: [] });
  });

  it('is the amount that the record brings', async () => {
    const config = { given: { amount: 'amount' }, currency: 'USD', plan: 'retail' };
    const fields = { amount: '5', reverseRating: true };
    expect(await considered([], fields, config)).toMatchObject({
      given: { source: 'given', amount: '-5', currency: 'USD' },
      isReverseRated: true,
    });
  });

  it('is each step of the price, and what is negated at its end', async () => {
    const rate = {
      unitPrice: '0.02',
      per: '7',
      increment: '6',
      minimumQuantity: '8',
      setupAmount: '0.01',
      minimumAmount: '0.02',
      scale: 3,
    };
    const { price } = await considered([plan('retail', rate)], { value: '1', reverseRating: true });
    expect(price).toEqual({
      value: '1',
      afterMinimumQuantity: '8',
      afterIncrement: '12',
      rawAmount: '0.034285714285714286',
      withSetupAmount: '0.044285714285714286',
      withMinimumAmount: '0.044285714285714286',
      isExact: false,
      rounding: { by: 'rate', scale: 3, rounding: 'halfUp' },
      quantity: '12',
      isReverseRated: true,
      amount: '-0.044',
    });
  });
});

describe('explainPrice', () => {
  const rate = (more: object) =>
    ({
      unitPrice: '0.35',
      per: '3',
      increment: null,
      minimumQuantity: null,
      setupAmount: null,
      minimumAmount: null,
      scale: null,
      rounding: 'up',
      ...more,
    }) as never;

  it.each(['0', '1', '-1', '2.5', '9007199254740993'])('comes to the price of %s', (value) => {
    for (const more of [{}, { scale: 2 }, { increment: '4', minimumAmount: '1' }, { setupAmount: '0.5' }]) {
      for (const defaults of [{}, { scale: 1 }, { scale: 0, rounding: 'down' as const }]) {
        expect(explainPrice(value, rate(more), defaults)).toMatchObject(priceOf(value, rate(more), defaults));
      }
    }
  });

  it('says who rounds', () => {
    const rounding = (more: object, defaults: object) => explainPrice('1', rate(more), defaults);
    expect(rounding({ scale: 2 }, { scale: 1 })).toMatchObject({
      rounding: { by: 'rate', scale: 2, rounding: 'up' },
    });
    expect(rounding({}, { scale: 1 })).toMatchObject({ rounding: { by: 'step', scale: 1, rounding: 'up' } });
    expect(rounding({}, {})).toMatchObject({ rounding: { by: 'nobody', scale: 18, rounding: 'halfEven' } });
    expect(rounding({ per: '5' }, {})).toMatchObject({ rawAmount: '0.07', isExact: true });
  });
});
