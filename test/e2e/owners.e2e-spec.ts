import { startServer, type TestServer } from '../support/index.js';
import { createFeed } from './pricing/feed.js';

const IDENTIFIERS = '/api/v1/identifiers';

let server: TestServer;
let feed: Awaited<ReturnType<typeof createFeed>>;

beforeAll(async () => {
  server = await startServer({ configDir: null });
  feed = await createFeed(server.api, [{ use: 'resolve-identifier@1', config: {} }]);
}, 120_000);
afterAll(() => server?.stop());

const owner = (value: string, accountId: string, more: object = {}) => ({
  type: 'MSISDN',
  value,
  accountId,
  serviceId: `${accountId}-voice`,
  ...more,
});
const put = (identifiers: object[], timeZone = 'UTC') =>
  server.api.put(IDENTIFIERS, { timeZone, identifiers });

describe('whose usage it is', () => {
  it('is that of the originating identifier, and of the terminating one where it came in', async () => {
    await put([owner('+100', 'ACME'), owner('+101', 'BRAVO')]);
    const call = { from: '+100', to: '+101', type: 'MSISDN' };
    expect(await feed.send(call, { ...call, inbound: true }, { from: '+100' })).toMatchObject([
      {
        accountId: 'ACME',
        serviceId: 'ACME-voice',
        resolvedIdentifier: { field: 'originatingIdentifier', type: 'MSISDN', value: '+100' },
      },
      {
        accountId: 'BRAVO',
        serviceId: 'BRAVO-voice',
        resolvedIdentifier: { field: 'terminatingIdentifier', type: 'MSISDN', value: '+101' },
      },
      { identifierType: 'Unknown', resolvedIdentifier: { type: 'MSISDN', value: '+100' } },
    ]);
    expect(await feed.send({ from: '+100', type: 'IMSI' }, { from: '+100', inbound: true })).toMatchObject([
      { stage: 'resolve', code: 'identifier_not_found', field: 'originatingIdentifier' },
      { stage: 'resolve', code: 'missing_field', field: 'terminatingIdentifier' },
    ]);
  });

  it('changes hands at an instant, by one request that closes an owner and opens the next', async () => {
    await put([owner('+200', 'ACME')]);
    const moved = await put(
      [owner('+200', 'ACME', { validTo: '2026-10-15' }), owner('+200', 'BRAVO', { validFrom: '2026-10-15' })],
      'America/New_York',
    );
    expect(moved).toMatchObject({ created: 1, changed: 1 });
    const times = [
      '2026-10-15T03:59:59.999999Z',
      '2026-10-15T04:00:00Z',
      '2026-10-14T23:59:59.999999-04:00',
      '2026-10-15T00:00:00-04:00',
    ];
    const usage = await feed.send(...times.map((at) => ({ from: '+200', at })));
    expect(usage.map(({ accountId }) => accountId)).toEqual(['ACME', 'BRAVO', 'ACME', 'BRAVO']);
  });

  it('is nobody else’s where an identifier is valid at another time', async () => {
    await put([
      owner('+300', 'ACME', { validFrom: '2026-10-15', validTo: '2026-10-20' }),
      owner('+301', 'BRAVO'),
    ]);
    const chosen = await createFeed(server.api, [
      {
        use: 'resolve-identifier@1',
        config: {
          candidates: [
            { field: 'originatingIdentifier', type: 'MSISDN' },
            { field: 'terminatingIdentifier', when: 'extensions.hunt = "yes"' },
            { field: 'extensions.device', type: 'IMEI' },
          ],
        },
      },
    ]);
    await put([owner('35', 'DEVICE', { type: 'IMEI' })]);
    const hunt = { ext: { hunt: 'yes' }, to: '+301' };
    const [gone, next, left, device] = await chosen.send(
      { ...hunt, from: '+300', at: '2026-10-20T00:00:00Z' },
      { ...hunt, from: '+399' },
      { from: '+399', to: '+301', ext: { hunt: 'no' } },
      { from: '+399', to: '+398', ext: { hunt: 'yes', device: '35' } },
    );
    expect(gone).toMatchObject({
      code: 'identifier_not_valid_at_date',
      field: 'originatingIdentifier',
      details: {
        validities: [
          { accountId: 'ACME', validFrom: '2026-10-15T00:00:00Z', validTo: '2026-10-20T00:00:00Z' },
        ],
      },
    });
    expect(next).toMatchObject({
      accountId: 'BRAVO',
      resolvedIdentifier: { field: 'terminatingIdentifier', type: 'MSISDN', value: '+301' },
    });
    expect(left).toMatchObject({ code: 'identifier_not_found', field: 'originatingIdentifier' });
    expect(device).toMatchObject({
      accountId: 'DEVICE',
      resolvedIdentifier: { field: 'extensions.device', type: 'IMEI', value: '35' },
    });
  });

  it('is not guessed where several have it', async () => {
    await put([owner('+400', 'ACME'), owner('+400', 'BRAVO', { type: 'IMSI' })]);
    await put([owner('+401', 'ACME'), owner('+401', 'ACME', { type: 'IMSI' })]);
    await put([owner('+402', 'ACME', { attributes: { package: 'gold' } })]);
    await put([owner('+402', 'ACME', { type: 'IMSI', attributes: { package: 'basic' } })]);
    expect(
      await feed.send({ from: '+400' }, { from: '+400', type: 'IMSI' }, { from: '+401' }, { from: '+402' }),
    ).toMatchObject([
      {
        code: 'identifier_ambiguous',
        details: { owners: [{ accountId: 'ACME' }, { accountId: 'BRAVO' }] },
      },
      { accountId: 'BRAVO' },
      { accountId: 'ACME' },
      { code: 'identifier_ambiguous' },
    ]);
  });

  it('is nobody’s once the identifier is deleted, and usage from before keeps whose it was', async () => {
    await put([owner('+500', 'ACME')]);
    const [before] = await feed.send({ from: '+500' });
    const row = { type: 'MSISDN', value: '+500' };
    await server.api.request('DELETE', IDENTIFIERS, { identifiers: [row] });
    expect(await feed.send({ from: '+500' })).toMatchObject([{ code: 'identifier_not_found' }]);
    expect(await server.api.get(`/api/v1/usage/${before.id}`)).toMatchObject({
      accountId: 'ACME',
      resolvedIdentifier: { field: 'originatingIdentifier', type: 'MSISDN', value: '+500' },
    });
    await put([owner('+500', 'BRAVO')]);
    expect(await feed.send({ from: '+500' })).toMatchObject([{ accountId: 'BRAVO' }]);
  });

  it('follows the midnights of a zone over a change of its clocks', async () => {
    // In Berlin 2026-03-29 has 23 hours and 2026-10-25 has 25.
    const days = ['2026-03-29', '2026-03-30', '2026-10-25', '2026-10-26'];
    const rows = days.slice(1).map((day, i) => owner('+600', `A${i}`, { validFrom: days[i], validTo: day }));
    await put(rows, 'Europe/Berlin');
    const midnights = [
      '2026-03-28T23:00:00Z',
      '2026-03-29T22:00:00Z',
      '2026-10-24T22:00:00Z',
      '2026-10-25T23:00:00Z',
    ];
    const justBefore = (at: string) => new Date(Date.parse(at) - 1).toISOString().replace('999Z', '999999Z');
    const times = midnights.flatMap((at) => [justBefore(at), at]);
    const found = await feed.send(...times.map((at) => ({ from: '+600', at })));
    expect(found.map(({ accountId, code }) => accountId ?? code)).toEqual([
      'identifier_not_valid_at_date',
      'A0',
      'A0',
      'A1',
      'A1',
      'A2',
      'A2',
      'identifier_not_valid_at_date',
    ]);
  });

  it('gives its attributes to conditions, expressions, the match of rates and the names of plans', async () => {
    await put([
      owner('+700', 'ACME', { attributes: { package: 'gold', region: 'eu' } }),
      owner('+701', 'ACME', { attributes: { package: 'trial' } }),
      owner('+702', 'ACME', { attributes: { package: 'basic', region: 'us' } }),
    ]);
    const rate = (unitPrice: string, match = {}) => ({ usageClass: 'Data', unitPrice, match });
    await server.api.put('/api/v1/rate-plans/package-gold', {
      currency: 'USD',
      rates: [rate('1'), rate('2', { region: 'eu' })],
    });
    await server.api.put('/api/v1/rate-plans/everybody', { currency: 'USD', rates: [rate('5')] });
    const attributed = await createFeed(server.api, [
      { use: 'resolve-identifier@1', config: {} },
      { use: 'filter@1', config: { skip: 'attributes.package = "trial"', reason: 'trial' } },
      {
        use: 'normalize@1',
        when: '$exists(attributes.region)',
        config: {
          fields: [{ field: 'extensions.market', expression: '$uppercase(attributes.region)' }],
        },
      },
      { use: 'rate-usage@1', config: { plans: ['package-{attributes.package}', 'everybody'] } },
    ]);
    const [gold, trial, basic] = await attributed.send(
      { from: '+700' },
      { from: '+701' },
      { from: '+702', ext: { a: 1 } },
    );
    expect(gold).toMatchObject({
      extensions: { market: 'EU' },
      rating: { plan: 'package-gold', unitPrice: '2', amount: '2' },
    });
    expect(trial).toBeUndefined();
    expect(basic).toMatchObject({
      extensions: { a: 1, market: 'US' },
      rating: { plan: 'everybody', amount: '5' },
    });
  });
});
