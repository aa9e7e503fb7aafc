import { startServer, type TestServer } from '../support/index.js';
import { createFeed } from './pricing/feed.js';

const RESOLVE = { use: 'resolve-identifier@1', config: {} };

let server: TestServer;

beforeAll(async () => {
  server = await startServer({ configDir: null });
  const accounts = ['ACME', 'BRAVO', 'CHARLIE GmbH & Co. KG', 'DELTA/1'];
  await server.api.put('/api/v1/identifiers', {
    identifiers: accounts.map((accountId, i) => ({
      type: 'MSISDN',
      value: `+${i + 1}`,
      accountId,
      serviceId: `s${i + 1}`,
      attributes: i === 1 ? { package: 'gold' } : {},
    })),
  });
}, 120_000);
afterAll(() => server?.stop());

const putPlan = (name: string, rates: object[], more: object = {}) =>
  server.api.put(`/api/v1/rate-plans/${encodeURIComponent(name)}`, { currency: 'USD', rates, ...more });
const rateBy = (config: object) => createFeed(server.api, [RESOLVE, { use: 'rate-usage@1', config }]);
const data = (unitPrice: string, more: object = {}) => ({ usageClass: 'Data', unitPrice, ...more });
const amounts = (entries: { rating?: { amount: string }; code?: string }[]) =>
  entries.map(({ rating, code }) => rating?.amount ?? code);

describe('the plan', () => {
  it('is the first in order that has a rate: of the service, the account, its package, then of everybody', async () => {
    await putPlan('service-s1', [data('1')]);
    await putPlan('account-ACME', [data('2'), { usageClass: 'Voice', unitPrice: '2' }]);
    await putPlan('package-gold', [data('3')]);
    await putPlan('account-CHARLIE GmbH & Co. KG', [data('4')]);
    await putPlan('retail', [data('5'), { usageClass: 'SMS', unitPrice: '5' }]);
    const feed = await rateBy({
      plans: ['service-{serviceId}', 'account-{accountId}', 'package-{attributes.package}', 'retail'],
    });
    const found = await feed.send(
      { from: '+1' },
      { from: '+1', class: 'Voice' },
      { from: '+1', class: 'SMS' },
      { from: '+2' },
      { from: '+3' },
      { from: '+4' },
      { from: '+4', class: 'Voice' },
    );
    expect(found.map(({ rating, code }) => rating?.plan ?? code)).toEqual([
      'service-s1',
      'account-ACME',
      'retail',
      'package-gold',
      'account-CHARLIE GmbH & Co. KG',
      'retail',
      'rate_not_found',
    ]);
    expect(found.at(-1)).toMatchObject({
      stage: 'rate',
      message:
        'no rate for Voice, without a type in plans "service-s4", "account-DELTA/1", "retail" at 2026-10-20T12:00:00Z',
      details: {
        unknownPlans: ['service-s4', 'account-DELTA/1'],
        skippedPlans: ['package-{attributes.package}'],
      },
    });
  });

  it('is there for the next record once it is made, where it was not before', async () => {
    const feed = await rateBy({ plan: 'later-{accountId}' });
    expect(amounts(await feed.send({}, { from: '+2' }))).toEqual(['rate_not_found', 'rate_not_found']);
    await putPlan('later-BRAVO', [data('7')]);
    expect(amounts(await feed.send({}, { from: '+2' }))).toEqual(['rate_not_found', '7']);
    await putPlan('later-BRAVO', [data('8')]);
    expect(amounts(await feed.send({ from: '+2' }))).toEqual(['8']);
  });

  it('needs the fields of its name from a step before', async () => {
    const steps = [{ use: 'rate-usage@1', config: { plan: 'account-{accountId}' } }, RESOLVE];
    await expect(createFeed(server.api, steps)).rejects.toThrow(
      /unmet_requirement.*accountId.*stands behind/,
    );
  });
});

describe('the rate', () => {
  it('is the one that matches most, then the one that names the type', async () => {
    await putPlan('ranks', [
      data('1'),
      data('2', { usageClassType: 'Mobile' }),
      data('3', { match: { region: 'eu' } }),
      data('4', { match: { region: 'eu' }, usageClassType: 'Mobile' }),
      data('5', { match: { region: 'eu', tier: 'gold' } }),
    ]);
    const refused = await server.api.request('PUT', '/api/v1/rate-plans/ranks', {
      rates: [data('6', { match: { tier: 'gold' } })],
    });
    expect(refused).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/rates/0', code: 'overlap' }] },
    });
    const feed = await rateBy({ plan: 'ranks' });
    const eu = { region: 'eu' };
    const found = await feed.send(
      {},
      { classType: 'Mobile' },
      { ext: eu },
      { ext: eu, classType: 'Mobile' },
      { ext: { ...eu, tier: 'gold' }, classType: 'Mobile' },
      { ext: { region: 'us', tier: 'gold' } },
    );
    expect(amounts(found)).toEqual(['1', '2', '3', '4', '5', '1']);
  });

  it('changes at midnight of the plan’s zone, to the microsecond', async () => {
    const change = '2026-11-01';
    await putPlan('new-york', [data('1', { validTo: change }), data('2', { validFrom: change })], {
      timeZone: 'America/New_York',
    });
    const { items } = await server.api.get('/api/v1/rate-plans/new-york');
    expect(items.map(({ validFrom, validTo }: Record<string, string>) => validFrom ?? validTo)).toEqual([
      '2026-11-01T04:00:00Z',
      '2026-11-01T04:00:00Z',
    ]);
    const feed = await rateBy({ plan: 'new-york' });
    const times = ['2026-11-01T03:59:59.999999Z', '2026-11-01T04:00:00Z', '2026-11-01T00:00:00-04:00'];
    expect(amounts(await feed.send(...times.map((at) => ({ at }))))).toEqual(['1', '2', '2']);
  });

  it('is valid for the 23 and the 25 hours of a day on which clocks change', async () => {
    const day = (from: string, to: string, price: string) => data(price, { validFrom: from, validTo: to });
    await putPlan(
      'berlin',
      [
        day('2026-03-29', '2026-03-30', '23'),
        day('2026-10-25', '2026-10-26', '25'),
        {
          usageClass: 'Voice',
          unitPrice: '1',
          validFrom: '2026-10-25T02:30:00',
          validTo: '2026-10-25T03:00:00',
        },
      ],
      { timeZone: 'Europe/Berlin' },
    );
    const feed = await rateBy({ plan: 'berlin' });
    const hours = async (from: string, price: string) => {
      const start = Date.parse(from);
      const moments = Array.from({ length: 30 }, (_, i) => ({
        at: new Date(start + (i - 2) * 3_600_000).toISOString(),
      }));
      return amounts(await feed.send(...moments)).filter((amount) => amount === price).length;
    };
    expect(await hours('2026-03-28T23:00:00Z', '23')).toBe(23);
    expect(await hours('2026-10-24T22:00:00Z', '25')).toBe(25);
    // 02:30 is there twice, and its first time is meant; 03:00 is there once.
    const voice = [
      '2026-10-25T00:29:59Z',
      '2026-10-25T00:30:00Z',
      '2026-10-25T01:59:59Z',
      '2026-10-25T02:00:00Z',
    ];
    expect(amounts(await feed.send(...voice.map((at) => ({ at, class: 'Voice' }))))).toEqual([
      'rate_not_found',
      '1',
      '1',
      'rate_not_found',
    ]);
  });
});

describe('the price', () => {
  it('is that of the usual tariffs, credits and corrections included', async () => {
    const terms = {
      second: { unitPrice: '0.0100', per: '60', increment: '6', minimumQuantity: '30', scale: 4 },
      minute: { unitPrice: '0.0200', per: '60', increment: '60' },
      setup: { unitPrice: '0.02', per: '60', setupAmount: '0.05' },
      flat: { unitPrice: '0', setupAmount: '0.25' },
      package: { unitPrice: '4', per: '1000', increment: '1000' },
      least: { unitPrice: '0.05', minimumAmount: '1' },
      tiny: { unitPrice: '0.00000000001' },
      storage: { unitPrice: '0.0230', per: '730000000000', scale: 4 },
    };
    await putPlan(
      'tariffs',
      Object.entries(terms).map(([usageClass, members]) => ({ usageClass, ...members })),
    );
    const feed = await rateBy({ plan: 'tariffs' });
    const cases: [string, string, string, string][] = [
      ['second', '31', '36', '0.006'],
      ['second', '61', '66', '0.011'],
      ['minute', '61', '120', '0.04'],
      ['setup', '60', '60', '0.07'],
      ['flat', '987', '987', '0.25'],
      ['package', '2001', '3000', '12'],
      ['least', '3', '3', '1'],
      ['tiny', '3', '3', '0.00000000003'],
      ['storage', '9007199254740993', '9007199254740993', '283.7885'],
    ];
    const found = await feed.send(
      ...cases.map(([usageClass, value]) => ({ class: usageClass, value })),
      ...cases.map(([usageClass, value]) => ({ class: usageClass, value: `-${value}` })),
      ...cases.map(([usageClass, value]) => ({ class: usageClass, value, credit: true })),
    );
    const prices = found.map(({ rating }) => [rating.quantity, rating.amount]);
    expect(prices).toEqual([
      ...cases.map(([, , quantity, amount]) => [quantity, amount]),
      ...cases.map(([, , quantity, amount]) => [`-${quantity}`, `-${amount}`]),
      ...cases.map(([, , quantity, amount]) => [quantity, `-${amount}`]),
    ]);
  });

  it('is rounded as the rate says, on both sides of zero alike', async () => {
    await putPlan(
      'roundings',
      ['halfUp', 'halfEven', 'up', 'down'].map((rounding) => ({
        usageClass: rounding,
        unitPrice: '1',
        scale: 2,
        rounding,
      })),
    );
    const feed = await rateBy({ plan: 'roundings' });
    const cases = [
      ['halfUp', '0.125', '0.13'],
      ['halfUp', '0.1249', '0.12'],
      ['halfEven', '0.125', '0.12'],
      ['halfEven', '0.135', '0.14'],
      ['up', '0.121', '0.13'],
      ['down', '0.129', '0.12'],
    ] as const;
    const found = await feed.send(
      ...cases.map(([usageClass, value]) => ({ class: usageClass, value })),
      ...cases.map(([usageClass, value]) => ({ class: usageClass, value: `-${value}` })),
      ...cases.map(([usageClass, value]) => ({ class: usageClass, value, credit: true })),
    );
    const expected = cases.map(([, , amount]) => amount);
    const negated = expected.map((amount) => `-${amount}`);
    expect(amounts(found)).toEqual([...expected, ...negated, ...negated]);
  });

  it('may be a share of an amount, in the currency of the plan', async () => {
    const base = { amount: 'extensions.amount', currency: 'extensions.currency' };
    const csv =
      'usageClass,unitPrice,per,base.amount,base.currency,scale\n' +
      `Marketplace,15,100,${base.amount},${base.currency},2\n`;
    await server.api.put('/api/v1/rate-plans/commission', csv, {
      headers: { 'content-type': 'text/csv' },
      query: { currency: 'USD' },
    });
    const { items } = await server.api.get('/api/v1/rate-plans/commission');
    expect(items).toMatchObject([{ unitPrice: '15', per: '100', base }]);
    const feed = await rateBy({ plan: 'commission' });
    const found = await feed.send(
      { class: 'Marketplace', value: 3, ext: { amount: '12.340', currency: 'USD' } },
      { class: 'Marketplace', ext: { amount: 12.34, currency: 'EUR' } },
      { class: 'Marketplace', ext: { currency: 'USD' } },
    );
    // 15 % of 12.34 is 1.851
    expect(found).toMatchObject([
      {
        value: '3',
        rating: { source: 'rated', plan: 'commission', quantity: '12.34', unitPrice: '15', amount: '1.85' },
      },
      { stage: 'rate', code: 'currency_mismatch', field: 'extensions.currency' },
      { stage: 'rate', code: 'missing_field', field: 'extensions.amount' },
    ]);
    const refused = await server.api.request('PUT', '/api/v1/rate-plans/commission', {
      rates: [data('1', { base: { field: 'x' } }), data('1', { base: 'amount', usageClass: 'B' })],
    });
    expect(
      refused.body.errors.map(({ pointer, code }: Record<string, string>) => `${pointer} ${code}`),
    ).toEqual([
      '/rates/0/base/field unknown_key',
      '/rates/0/base/amount required',
      '/rates/1/base invalid_value',
    ]);
  });

  it('may come with the record', async () => {
    await putPlan('others', [data('5')]);
    const feed = await rateBy({
      plan: 'others',
      given: {
        amount: 'extensions.amount',
        currency: 'extensions.currency',
        when: 'usageClass = "Marketplace"',
      },
    });
    const ext = { amount: '12.340', currency: 'USD' };
    const found = await feed.send(
      { class: 'Marketplace', ext },
      { class: 'Marketplace', ext, credit: true },
      { ext },
      { class: 'Marketplace', ext: { amount: '12,340', currency: 'USD' } },
      { class: 'Marketplace', ext: { amount: '1', currency: '$' } },
      { class: 'Marketplace' },
    );
    const given = {
      source: 'given',
      plan: null,
      rateId: null,
      quantity: '1',
      unitPrice: null,
      amount: '12.34',
      currency: 'USD',
    };
    expect(found.slice(0, 2).map(({ rating }) => rating)).toEqual([given, { ...given, amount: '-12.34' }]);
    expect(found.slice(2)).toMatchObject([
      { rating: { source: 'rated', amount: '5' } },
      { stage: 'rate', code: 'invalid_value', field: 'extensions.amount' },
      { stage: 'rate', code: 'invalid_value', field: 'extensions.currency' },
      { stage: 'rate', code: 'missing_field', field: 'extensions.amount' },
    ]);
  });

  it('is in the currency that the profile demands, whether rated or given', async () => {
    await putPlan('dollars', [data('1')]);
    await putPlan('euros', [data('2')], { currency: 'EUR' });
    const given = { amount: 'extensions.amount', currency: 'extensions.currency' };
    const ext = (currency: string) => ({ ext: { amount: '3', currency } });
    const euros = await rateBy({ plan: 'euros', currency: 'EUR', given });
    expect(amounts(await euros.send({}, ext('EUR'), ext('USD')))).toEqual(['2', '3', 'currency_mismatch']);
    const dollars = await rateBy({ plan: 'dollars', currency: 'EUR' });
    expect(await dollars.send({})).toMatchObject([
      {
        stage: 'rate',
        code: 'currency_mismatch',
        message: 'plan "dollars" is in USD, and must be in EUR',
        details: { currency: 'USD', demanded: 'EUR' },
      },
    ]);
  });

  it('is kept beside what the usage costs', async () => {
    await putPlan('sell', [data('0.40'), { usageClass: 'SMS', unitPrice: '1' }]);
    await putPlan('buy', [data('0.123456789012', { usageClassType: 'Mobile' })], { currency: 'EUR' });
    await putPlan('share', [
      data('85', { per: '100', base: { amount: 'rating.amount', currency: 'rating.currency' } }),
    ]);
    const feed = await createFeed(server.api, [
      RESOLVE,
      { use: 'rate-usage@1', config: { plan: 'sell' } },
      { use: 'rate-usage@1', name: 'cost', config: { plans: ['buy', 'share'], into: 'cost' } },
    ]);
    const [bought, shared, credit] = await feed.send(
      { value: 10, classType: 'Mobile' },
      { value: 10 },
      { value: 10, credit: true },
    );
    expect(bought.rating).toMatchObject({ plan: 'sell', amount: '4', currency: 'USD' });
    expect(bought.cost).toEqual({
      source: 'rated',
      plan: 'buy',
      rateId: expect.stringMatching(/^\d+$/),
      quantity: '10',
      unitPrice: '0.123456789012',
      amount: '1.23456789012',
      currency: 'EUR',
    });
    expect(await server.api.get(`/api/v1/usage/${bought.id}`)).toEqual(bought);
    expect(shared.cost).toMatchObject({ plan: 'share', quantity: '4', amount: '3.4', currency: 'USD' });
    expect([credit.rating.amount, credit.cost.amount]).toEqual(['-4', '-3.4']);
    expect(await feed.send({ class: 'Voice' }, { class: 'SMS' })).toMatchObject([
      { stage: 'rate', step: 'rate-usage', code: 'rate_not_found' },
      { stage: 'rate', step: 'cost', code: 'rate_not_found' },
    ]);
  });
});
