import {
  ConfigError,
  ExactNumber,
  PipelineRecord,
  RecordError,
  type Step,
  type StepContext,
  type UsageFields,
} from 'feedmill/pipeline';
import {
  createStep,
  stepContext,
  type TestRate,
  type TestRatePlan,
} from '../../libs/pipeline/testing/index.js';
import rateUsage from './index.js';
import type { KnownPlans } from './rate-usage.js';

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
  const step = createStep(rateUsage, config) as Step<KnownPlans>;
  const outcome = await outcomeOf(step, record, context);
  return { outcome, rating: record.fields.rating, cost: record.fields.cost };
}

/** As the runner has it: a thrown RecordError is a rejection. */
async function outcomeOf(step: Step<KnownPlans>, record: PipelineRecord, context: StepContext) {
  const prepared = await step.prepare!([record], context);
  try {
    return await step.apply(record, context, prepared);
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    const { code, message, field, details } = error;
    return { kind: 'reject', code, message, field, details };
  }
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

  it("negates a base once, where it is the source's own rating", async () => {
    const plans = retail({ base: { amount: 'rating.amount', currency: null } });
    const source = { rating: { amount: '10' } };
    const { rating } = await rate(plans, { reverseRating: true }, { plan: 'retail' }, source);
    expect(rating?.amount).toBe('-10');
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

    it('matches extensions, fields, attributes of the identifier, as texts', async () => {
      const matched = async (match: Record<string, string>, fields: UsageFields, source: object = {}) =>
        (await rate(retail({ match }), fields, undefined, source)).rating !== undefined;
      expect(await matched({ zone: '7' }, { extensions: { zone: 7 } })).toBe(true);
      expect(await matched({ zone: '7' }, { extensions: { zone: new ExactNumber('7.0') } })).toBe(true);
      expect(await matched({ zone: '7.0' }, { extensions: { zone: '7.0' } })).toBe(true);
      expect(await matched({ zone: '7' }, { extensions: { zone: '7.0' } })).toBe(false);
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

    it('fills fields into the names of plans, and passes over a plan whose field has no value', async () => {
      const names = ['service-7', 'account-acme', 'package-gold', 'retail'];
      const plans = names.map((name, i) => ({
        name,
        rates: [{ usageClass: 'Data', unitPrice: String(i + 1) }],
      }));
      const config = {
        plans: ['service-{serviceId}', 'account-{accountId}', 'package-{attributes.package}', 'retail'],
      };
      const planOf = async (fields: UsageFields) => (await rate(plans, fields, config)).rating?.plan;
      expect(await planOf({ serviceId: '7', accountId: 'acme' })).toBe('service-7');
      expect(await planOf({ serviceId: '8', accountId: 'acme' })).toBe('account-acme');
      expect(await planOf({ serviceId: ' ', attributes: { package: 'gold' } })).toBe('package-gold');
      expect(await planOf({ serviceId: '8', attributes: { tier: 'gold' } })).toBe('retail');
      expect(await planOf({})).toBe('retail');
    });

    it('asks once for all plans of a chunk', async () => {
      const asked: string[][] = [];
      const context = stepContext();
      const reference: StepContext['reference'] = {
        ...context.reference,
        ratePlans: (names) => {
          asked.push([...names]);
          return Promise.resolve(new Map());
        },
      };
      const step = createStep(rateUsage, { plans: ['account-{accountId}', 'retail'] }) as Step<KnownPlans>;
      const records = ['a', 'b', undefined, 'a'].map(
        (accountId, i) => new PipelineRecord(i, 0, {}, { accountId }),
      );
      await step.prepare!(records, { ...context, reference });
      expect(asked).toEqual([['account-a', 'account-b', 'retail']]);
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
      const config = { plans: ['service-{serviceId}', 'account-{accountId}', 'retail'] };
      expect((await rate(retail({ usageClass: 'Voice' }), { accountId: 'a' }, config)).outcome).toMatchObject(
        {
          message: 'no rate for Data/Mobile in plans "account-a", "retail" at 2026-10-15T04:00:00Z',
          missing: { value: 'retail/Data/Mobile' },
          details: {
            plans: ['account-a', 'retail'],
            unknownPlans: ['account-a'],
            skippedPlans: ['service-{serviceId}'],
          },
        },
      );
      expect((await rate([], {}, { plan: 'account-{accountId}' })).outcome).toMatchObject({
        code: 'rate_not_found',
        message: 'the record lacks the fields in the names of its rate plans "account-{accountId}"',
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
      expect(outcome).toMatchObject({
        code: 'invalid_value',
        field: 'value',
        message: `value: ${'9'.repeat(38)} costs ${'9'.repeat(38)}0, which has more than 38 digits`,
      });
    });

    it('refuses quantities that cannot be stored, whatever they cost', async () => {
      const terms = { unitPrice: '1', per: '3', increment: '10' };
      const { outcome } = await rate(retail(terms), { value: '9'.repeat(38) });
      expect(outcome).toMatchObject({
        code: 'invalid_value',
        message: `value: ${'9'.repeat(38)} is billed as 1${'0'.repeat(38)}, which has more than 38 digits`,
      });
    });
  });

  describe('the usual tariffs', () => {
    it.each<[string, Partial<TestRate>, string, { quantity: string; amount: string }]>([
      // 3 of 0.05 each
      ['per unit', { unitPrice: '0.05' }, '3', { quantity: '3', amount: '0.15' }],
      // 61 s are two minutes begun of 0.02
      [
        'per minute begun',
        { unitPrice: '0.02', per: '60', increment: '60' },
        '61',
        { quantity: '120', amount: '0.04' },
      ],
      // 36 / 60 x 0.01
      [
        'by 6 s after 30 s',
        { unitPrice: '0.01', per: '60', increment: '6', minimumQuantity: '30' },
        '31',
        { quantity: '36', amount: '0.006' },
      ],
      ['flat', { unitPrice: '0', setupAmount: '0.25' }, '987', { quantity: '987', amount: '0.25' }],
      // 2,001 requests are three packages of 1,000 for 4 each
      [
        'package',
        { unitPrice: '4', per: '1000', increment: '1000' },
        '2001',
        { quantity: '3000', amount: '12' },
      ],
      ['a least amount', { unitPrice: '0.05', minimumAmount: '1' }, '3', { quantity: '3', amount: '1' }],
    ])('%s', async (_, terms, value, price) => {
      expect((await rate(retail(terms), { value })).rating).toMatchObject(price);
      const negated = { quantity: `-${price.quantity}`, amount: `-${price.amount}` };
      expect((await rate(retail(terms), { value: `-${value}` })).rating).toMatchObject(negated);
    });

    describe('a share of an amount', () => {
      const share = {
        unitPrice: '12.5',
        per: '100',
        base: { amount: 'extensions.amount', currency: 'extensions.currency' },
      };
      const by = (extensions: Record<string, string>, fields: UsageFields = {}, rateOf = {}) =>
        rate(retail({ ...share, ...rateOf }), { value: '1', extensions, ...fields });

      it('is priced by the amount in place of the value', async () => {
        // 12.5 % of 12.340
        expect((await by({ amount: '12.340', currency: 'USD' })).rating).toEqual({
          source: 'rated',
          plan: 'retail',
          rateId: 'retail-0',
          quantity: '12.34',
          unitPrice: '12.5',
          amount: '1.5425',
          currency: 'USD',
        });
        const rounded = { scale: 2, rounding: 'down' };
        expect((await by({ amount: '12.340', currency: 'USD' }, {}, rounded)).rating?.amount).toBe('1.54');
        expect((await by({ amount: '-8', currency: 'USD' })).rating?.amount).toBe('-1');
        expect((await by({ amount: '8', currency: 'USD' }, { reverseRating: true })).rating).toMatchObject({
          quantity: '8',
          amount: '-1',
        });
      });

      it('needs the amount, in the currency of the plan', async () => {
        expect((await by({ amount: '8', currency: 'EUR' })).outcome).toMatchObject({
          code: 'currency_mismatch',
          message: 'extensions.amount: the base of the price is in EUR, and must be in USD',
          field: 'extensions.currency',
          details: { currency: 'EUR', demanded: 'USD' },
        });
        expect((await by({ currency: 'USD' })).outcome).toMatchObject({
          code: 'missing_field',
          field: 'extensions.amount',
        });
        expect((await by({ amount: '8' })).outcome).toMatchObject({
          code: 'missing_field',
          field: 'extensions.currency',
        });
        expect((await by({ amount: '8,50', currency: 'USD' })).outcome).toMatchObject({
          code: 'invalid_value',
          field: 'extensions.amount',
        });
        expect((await by({ amount: '8', currency: 'dollars' })).outcome).toMatchObject({
          code: 'invalid_value',
          field: 'extensions.currency',
        });
        const unsaid = { base: { amount: 'extensions.amount', currency: null } };
        expect((await by({ amount: '8', currency: 'EUR' }, {}, unsaid)).rating?.amount).toBe('1');
      });

      it('may be of what the record is charged, credits too', async () => {
        const base = { base: { amount: 'rating.amount', currency: 'rating.currency' } };
        const rating = {
          source: 'rated',
          plan: 'p',
          rateId: '1',
          quantity: '1',
          unitPrice: '8',
          amount: '-8',
          currency: 'USD',
        } as const;
        expect((await by({}, { rating, reverseRating: true }, base)).rating).toMatchObject({
          quantity: '8',
          amount: '-1',
        });
        expect((await by({}, { rating }, base)).rating?.amount).toBe('-1');
      });
    });
  });

  describe('records that come rated', () => {
    const given = { amount: 'extensions.amount', currency: 'extensions.currency' };
    const extensions = { amount: '12.340', currency: 'USD' };
    const kept = {
      source: 'given',
      plan: null,
      rateId: null,
      quantity: '10',
      unitPrice: null,
      amount: '12.34',
      currency: 'USD',
    };

    it('keep their amount as it is, whatever the class, and without rounding', async () => {
      expect((await rate([], { extensions, usageClass: undefined }, { given })).rating).toEqual(kept);
      const config = { given, plan: 'retail', scale: 0 };
      expect((await rate(retail({}), { extensions }, config)).rating).toEqual(kept);
      expect((await rate([], { extensions, value: '0' }, { given })).rating).toMatchObject({
        quantity: '0',
        amount: '12.34',
      });
    });

    it('have it negated where they are reverse rated', async () => {
      expect((await rate([], { extensions, reverseRating: true }, { given })).rating).toMatchObject({
        quantity: '10',
        amount: '-12.34',
      });
    });

    it('are those that have an amount, or those that a condition names', async () => {
      const plans = retail({});
      const config = { given, plan: 'retail' };
      expect((await rate(plans, { extensions: { amount: ' ' } }, config)).rating?.source).toBe('rated');
      const when = { given: { ...given, when: 'usageClass = "Marketplace"' }, plan: 'retail' };
      expect((await rate(plans, { extensions }, when)).rating?.source).toBe('rated');
      const marketplace = { usageClass: 'Marketplace' };
      expect((await rate(plans, { ...marketplace, extensions }, when)).rating).toEqual(kept);
      expect((await rate(plans, marketplace, when)).outcome).toMatchObject({
        code: 'missing_field',
        field: 'extensions.amount',
      });
      const broken = { given: { ...given, when: 'usageClass' }, plan: 'retail' };
      expect((await rate(plans, {}, broken)).outcome).toMatchObject({ code: 'expression_failed' });
    });

    it('must have an amount where there is no plan', async () => {
      expect((await rate([], {}, { given })).outcome).toMatchObject({
        code: 'missing_field',
        field: 'extensions.amount',
      });
      expect((await rate([], { extensions, value: undefined }, { given })).outcome).toMatchObject({
        code: 'missing_field',
        field: 'value',
      });
    });

    it.each([
      [{ amount: '12.340 USD', currency: 'USD' }, 'extensions.amount'],
      [{ amount: `1${'0'.repeat(38)}`, currency: 'USD' }, 'extensions.amount'],
      [{ amount: `0.${'1'.repeat(19)}`, currency: 'USD' }, 'extensions.amount'],
      [{ amount: '1', currency: 'usd' }, 'extensions.currency'],
      [{ amount: '1', currency: { code: 'USD' } }, 'extensions.currency'],
    ])('are refused with %j', async (wrong, field) => {
      expect((await rate([], { extensions: wrong }, { given })).outcome).toMatchObject({
        code: 'invalid_value',
        field,
      });
    });
  });

  describe('a currency that is demanded', () => {
    const plans: TestRatePlan[] = [
      { name: 'dollars', currency: 'USD', rates: [{ usageClass: 'Data', unitPrice: '1' }] },
      { name: 'voice', currency: 'USD', rates: [{ usageClass: 'Voice', unitPrice: '1' }] },
      { name: 'euros', currency: 'EUR', rates: [{ usageClass: 'Data', unitPrice: '2' }] },
    ];

    it('is that of the plan that is chosen, not of those passed over', async () => {
      const config = { plans: ['voice', 'euros'], currency: 'EUR' };
      expect((await rate(plans, {}, config)).rating).toMatchObject({ amount: '20', currency: 'EUR' });
      expect((await rate(plans, {}, { plan: 'dollars', currency: 'EUR' })).outcome).toMatchObject({
        code: 'currency_mismatch',
        message: 'plan "dollars" is in USD, and must be in EUR',
        details: { currency: 'USD', demanded: 'EUR' },
      });
    });

    it('is that of a given amount, and taken for it where no field says one', async () => {
      const given = { amount: 'extensions.amount', currency: 'extensions.currency' };
      const extensions = { amount: '1', currency: 'USD' };
      expect((await rate([], { extensions }, { given, currency: 'EUR' })).outcome).toMatchObject({
        code: 'currency_mismatch',
        field: 'extensions.currency',
      });
      const bare = { given: { amount: 'extensions.amount' }, currency: 'EUR' };
      expect((await rate([], { extensions }, bare)).rating).toMatchObject({ amount: '1', currency: 'EUR' });
    });
  });

  it('prices the cost beside the rating', async () => {
    const { rating, cost } = await rate(retail({}), {}, { plan: 'retail', into: 'cost' });
    expect(rating).toBeUndefined();
    expect(cost).toMatchObject({ amount: '10' });
    const config = (more: object) => more as never;
    expect(rateUsage.provides(config({ into: 'cost' }))).toEqual(['cost']);
  });

  it('requires what it needs, and the fields in the names of its plans', () => {
    const required = (config: object) => rateUsage.requires(config as never);
    expect(required({ plan: 'retail' })).toEqual(['date', 'value', 'usageClass']);
    expect(required({ plans: ['{serviceId}', 'x-{attributes.package}-{extensions.region}'] })).toEqual([
      'date',
      'value',
      'usageClass',
      'serviceId',
      'attributes',
    ]);
    expect(required({ given: { amount: 'a' } })).toEqual(['value']);
  });

  it.each(['date', 'value', 'usageClass'])('needs %s', async (field) => {
    expect((await rate(retail({}), { [field]: undefined })).outcome).toMatchObject({
      code: 'missing_field',
      field,
    });
  });

  it.each([
    [{}, 'needs one of plan, plans, given'],
    [{ plan: 'a', plans: ['b'] }, 'only one of plan'],
    [{ plan: 'a', rounding: 'up' }, '/rounding'],
    [{ plan: 'a', scale: 19 }, '/scale'],
    [{ plan: 'service-{serviceId' }, '/plan'],
    [{ plans: ['retail', 'service-{}'] }, '/plans/1'],
    [{ plans: [] }, '/plans'],
    [{ plan: 'a', currency: 'eur' }, '/currency'],
    [{ plan: 'a', into: 'price' }, '/into'],
    [{ plan: 'a', given: {} }, '/given/amount'],
    [{ plan: 'a', given: { amount: 'b' } }, '/given'],
    [{ given: { amount: 'b', currency: 'c', when: 'true' } }, '/given/when'],
    [{ plan: 'a', given: { amount: 'b', currency: 'c', when: '(' } }, '/given/when'],
  ])('refuses the config %j', (config, why) => {
    expect(() => createStep(rateUsage, config)).toThrow(ConfigError);
    expect(() => createStep(rateUsage, config)).toThrow(why);
  });

  it('says all that is wrong with a config', () => {
    const config = { plan: '{', rounding: 'up', given: { amount: 'a', when: '(' } };
    expect(() => createStep(rateUsage, config)).toThrow(
      /rounding: needs scale.*given: needs currency.*plan: "\{" stands alone.*given\/when: /s,
    );
  });
});
