import { type TestServer, startServer } from '../support/index.js';

const IDENTIFIERS = '/api/v1/identifiers';
const PLANS = '/api/v1/rate-plans';
const CSV = { 'content-type': 'text/csv' };

let server: TestServer;

beforeAll(async () => {
  server = await startServer({ configDir: null });
});
afterAll(() => server?.stop());

const put = (path: string, body: object | string, query?: Record<string, string>) =>
  server.api.request('PUT', path, body, {
    ...(typeof body === 'string' ? { headers: CSV } : {}),
    ...(query ? { query } : {}),
  });

const placesOf = ({ body }: { body: { errors: { pointer: string; code: string }[] } }) =>
  body.errors.map(({ pointer, code }) => `${pointer} ${code}`).sort();

const owner = (value: string, accountId: string, more: object = {}) => ({
  type: 'MSISDN',
  value,
  accountId,
  serviceId: 's',
  ...more,
});

describe('identifiers', () => {
  it('are created, left as they are when they are equal, and changed', async () => {
    const rows = [
      owner('100', 'a', { attributes: { b: '2', a: '1' } }),
      owner('101', 'a', { validFrom: '2026-01-01' }),
    ];
    const first = await put(IDENTIFIERS, { identifiers: rows });
    expect(first).toMatchObject({ status: 200, body: { created: 2, changed: 0, unchanged: 0, closed: 0 } });
    expect(first.body.changeId).toMatch(/^\d+$/);
    const again = await put(IDENTIFIERS, { identifiers: rows });
    expect(again.body).toEqual({
      changeId: null,
      created: 0,
      changed: 0,
      unchanged: 2,
      closed: 0,
      heals: { count: 0, selection: null },
    });
    const second = await put(IDENTIFIERS, { identifiers: [rows[0], { ...rows[1], accountId: 'b' }] });
    expect(second.body).toMatchObject({ created: 0, changed: 1, unchanged: 1, closed: 0 });
    expect(Number(second.body.changeId)).toBe(Number(first.body.changeId) + 1);
    expect(await server.api.list(IDENTIFIERS, { type: 'MSISDN' })).toMatchObject([
      { value: '101', accountId: 'b', validFrom: '2026-01-01T00:00:00Z', validTo: null },
      { value: '100', accountId: 'a', attributes: { a: '1', b: '2' }, validFrom: null },
    ]);
    const [audit] = await server.api.list('/api/v1/admin/audit', { action: 'identifiers.changed' });
    expect(audit).toMatchObject({
      actor: 'bootstrap',
      after: { changeId: second.body.changeId, changed: 1 },
    });
  });

  it('change owners in one request that closes one and opens the next', async () => {
    await put(IDENTIFIERS, { identifiers: [owner('200', 'old')] });
    const overlap = await put(IDENTIFIERS, {
      identifiers: [owner('200', 'new', { validFrom: '2026-07-01' })],
    });
    expect(overlap).toMatchObject({ status: 422, body: { code: 'invalid_identifiers' } });
    expect(placesOf(overlap)).toEqual(['/identifiers/0 overlap']);
    expect(overlap.body.errors[0].message).toMatch(/account new.*overlaps the stored row: account old/);
    const handOver = await put(IDENTIFIERS, {
      timeZone: 'Europe/Berlin',
      identifiers: [
        owner('200', 'old', { validTo: '2026-07-01' }),
        owner('200', 'new', { validFrom: '2026-07-01' }),
      ],
    });
    expect(handOver.body).toMatchObject({ created: 1, changed: 1 });
    const at = async (validAt: string) =>
      (await server.api.list(IDENTIFIERS, { value: '200', validAt })).map(({ accountId }) => accountId);
    expect(await at('2026-06-30T21:59:59.999999Z')).toEqual(['old']);
    expect(await at('2026-06-30T22:00:00Z')).toEqual(['new']);
  });

  it('come as CSV, with attributes in columns or as JSON, a BOM, quotes and CRLF', async () => {
    const csv =
      '\ufefftype,value,accountId,serviceId,validFrom,attributes.region,attributes.plan\r\n' +
      'IMSI,"1,5",a,s,2026-01-01T00:00:00+01:00,eu,\r\n\r\n' +
      'IMSI,2,a,s,,,growth\r\n';
    expect((await put(IDENTIFIERS, csv)).body).toMatchObject({ created: 2 });
    const json = 'type,value,accountId,serviceId,attributes\nIMSI,2,a,s,"{""plan"":""growth""}"\n';
    expect((await put(IDENTIFIERS, json)).body).toMatchObject({ created: 0, unchanged: 1 });
    expect(await server.api.list(IDENTIFIERS, { type: 'IMSI' })).toMatchObject([
      { value: '2', attributes: { plan: 'growth' }, validFrom: null },
      { value: '1,5', attributes: { region: 'eu' }, validFrom: '2025-12-31T23:00:00Z' },
    ]);
  });

  it('are refused whole, with every problem and its row', async () => {
    const before = (await server.api.list(IDENTIFIERS)).length;
    const answer = await put(IDENTIFIERS, {
      colour: 1,
      timeZone: 'Nowhere',
      identifiers: [
        owner('300', 'a'),
        { type: 'X', value: 5, accountId: '', colour: 'red' },
        owner('301', 'a', { validFrom: '2026-02-30', attributes: { n: 1 } }),
        owner('302', 'a', { validFrom: '2026-02-01', validTo: '2026-02-01' }),
        owner('x'.repeat(1001), 'a'),
        owner('a\u0000', 'a'),
        'row',
      ],
    });
    expect(answer).toMatchObject({ status: 422, body: { code: 'invalid_identifiers' } });
    expect(placesOf(answer)).toEqual([
      '/colour unknown_key',
      '/identifiers/1/accountId required',
      '/identifiers/1/colour unknown_key',
      '/identifiers/1/serviceId required',
      '/identifiers/1/value invalid_value',
      '/identifiers/2/attributes/n invalid_value',
      '/identifiers/2/validFrom invalid_value',
      '/identifiers/3/validTo invalid_value',
      '/identifiers/4/value invalid_value',
      '/identifiers/5/value invalid_value',
      '/identifiers/6 invalid_value',
      '/timeZone invalid_value',
    ]);
    const twice = await put(IDENTIFIERS, { identifiers: [owner('300', 'a'), owner('300', 'b')] });
    expect(placesOf(twice)).toEqual(['/identifiers/1 repeated']);
    const csv = await put(IDENTIFIERS, 'type,value,accountId,serviceId\nA,1,a,s\nA,2,a\n\nA,3,,s\n');
    expect(placesOf(csv)).toEqual(['/lines/3 malformed_row', '/lines/5/accountId required']);
    expect(placesOf(await put(IDENTIFIERS, 'type,value,value\nA,"x'))).toEqual(['/lines/2 malformed_row']);
    expect((await server.api.list(IDENTIFIERS)).length).toBe(before);
  });

  it.each<[string, object | string | undefined, string, number]>([
    ['null', 'null', 'application/json', 422],
    ['a list', '[]', 'application/json', 422],
    ['no rows member', '{}', 'application/json', 422],
    ['broken JSON', '{"identifiers":[', 'application/json', 400],
    ['text/plain', 'a', 'text/plain', 415],
    ['Latin-1', 'a', 'text/csv; charset=latin1', 415],
    ['an empty CSV', '', 'text/csv', 422],
    ['10,001 rows', { identifiers: Array.from({ length: 10_001 }, () => ({})) }, 'application/json', 422],
  ])('are refused as %s', async (_, body, type, status) => {
    const answer = await server.api.request('PUT', IDENTIFIERS, body, { headers: { 'content-type': type } });
    expect(answer.status).toBe(status);
  });

  it('are ended by the rows that were put, and only if all of them are there', async () => {
    await put(IDENTIFIERS, { identifiers: [owner('400', 'a'), owner('401', 'a')] });
    const rows = [
      { type: 'MSISDN', value: '400' },
      { type: 'MSISDN', value: '402' },
    ];
    const missing = await server.api.request('DELETE', IDENTIFIERS, { identifiers: rows });
    expect(missing).toMatchObject({ status: 422 });
    expect(placesOf(missing)).toEqual(['/identifiers/1 not_found']);
    const done = await server.api.request('DELETE', IDENTIFIERS, { identifiers: [rows[0]] });
    expect(done).toMatchObject({ status: 200, body: { created: 0, changed: 0, closed: 1 } });
    expect((await server.api.list(IDENTIFIERS, { value: '400' })).length).toBe(0);
    expect((await put(IDENTIFIERS, { identifiers: [owner('400', 'b')] })).body).toMatchObject({ created: 1 });
  });

  it('are masked for viewers', async () => {
    const { key } = await server.api.post('/api/v1/admin/keys', { name: 'viewer', role: 'viewer' });
    await put(IDENTIFIERS, { identifiers: [owner('4038675309', 'a')] });
    const [seen] = await server.api.as(key).list(IDENTIFIERS, { value: '4038675309' });
    expect(seen.value).toBe('***5309');
  });

  it('take 10,000 rows in about a second, again and changed', async () => {
    const rows = (accountId: string) => ({
      identifiers: Array.from({ length: 10_000 }, (_, i) => owner(`bulk-${i}`, accountId)),
    });
    for (const [body, counts] of [
      [rows('a'), { created: 10_000 }],
      [rows('a'), { unchanged: 10_000 }],
      [rows('b'), { changed: 10_000 }],
    ] as const) {
      const started = performance.now();
      expect((await put(IDENTIFIERS, body)).body).toMatchObject(counts);
      // A second on an idle machine; the tests share theirs.
      expect(performance.now() - started).toBeLessThan(5000);
    }
    const { items, nextCursor } = await server.api.get(IDENTIFIERS, { limit: 3, accountId: 'b' });
    expect(items.length).toBe(3);
    const next = await server.api.get(IDENTIFIERS, { limit: 3, accountId: 'b', cursor: nextCursor });
    expect(Number(next.items[0].id)).toBeLessThan(Number(items[2].id));
  });
});

describe('a rate plan', () => {
  const plan = (rates: object[], more: object = {}) => ({ currency: 'USD', rates, ...more });
  const api = { usageClass: 'API', unitPrice: '0.00000000001' };

  it('keeps prices exactly, from the text of the request to the answer', async () => {
    const rates = [
      {
        ...api,
        usageClassType: 'Requests',
        per: '1000',
        increment: '1',
        minimumQuantity: '0',
        scale: 4,
        rounding: 'up',
      },
      {
        usageClass: 'Data',
        match: { region: 'eu', plan: 'x' },
        unitPrice: '123456789012345678.123456789012345678',
      },
      {
        usageClass: 'Data',
        unitPrice: '-1.50',
        setupAmount: '0.10',
        minimumAmount: '1',
        validFrom: '2026-01-01',
      },
    ];
    expect(await put(`${PLANS}/retail`, plan(rates, { timeZone: 'America/New_York' }))).toMatchObject({
      status: 200,
      body: { created: 3 },
    });
    expect(await server.api.get(`${PLANS}/retail`)).toMatchObject({
      name: 'retail',
      currency: 'USD',
      timeZone: 'America/New_York',
      items: [
        {
          unitPrice: '-1.5',
          setupAmount: '0.1',
          validFrom: '2026-01-01T05:00:00Z',
          rounding: 'halfUp',
          per: '1',
        },
        { match: { plan: 'x', region: 'eu' }, unitPrice: '123456789012345678.123456789012345678' },
        {
          unitPrice: '0.00000000001',
          per: '1000',
          increment: '1',
          scale: 4,
          rounding: 'up',
          usageClassType: 'Requests',
        },
      ],
    });
    expect((await put(`${PLANS}/retail`, plan(rates))).body).toMatchObject({ changeId: null, unchanged: 3 });
    const cheaper = [{ ...rates[2], unitPrice: '-1.5000000000001' }];
    expect((await put(`${PLANS}/retail`, plan(cheaper))).body).toMatchObject({ changed: 1 });
  });

  it('comes as CSV, with what is matched in columns', async () => {
    const csv =
      'usageClass,usageClassType,match.region,unitPrice,validFrom\nAPI,,eu,0.1,2026-01-01\nAPI,,us,0.2,2026-01-01\n';
    const query = { currency: 'EUR', timeZone: 'Europe/Berlin' };
    expect((await put(`${PLANS}/csv`, csv, query)).body).toMatchObject({ created: 2 });
    expect(await server.api.get(`${PLANS}/csv`, { usageClass: 'API' })).toMatchObject({
      currency: 'EUR',
      items: [{ match: { region: 'us' } }, { match: { region: 'eu' }, validFrom: '2025-12-31T23:00:00Z' }],
    });
    expect((await put(`${PLANS}/csv`, csv)).body).toMatchObject({ unchanged: 2 });
  });

  it('refuses rates of equal rank that are valid at one time', async () => {
    const at = (match: object, more: object = {}) => ({ ...api, match, ...more });
    const refused = await put(`${PLANS}/ranks`, plan([at({ region: 'eu' }), at({ plan: 'x' })]));
    expect(placesOf(refused)).toEqual(['/rates/1 overlap']);
    expect(refused.body.errors[0].message).toContain('/rates/0');
    const accepted = plan([
      at({}),
      at({}, { usageClassType: 'T' }),
      at({ region: 'eu' }),
      at({ region: 'us' }),
      at({ region: 'eu', plan: 'x' }),
      at({ region: 'us', zone: 'y' }),
      at({ plan: 'x' }, { usageClass: 'Data' }),
    ]);
    expect((await put(`${PLANS}/ranks`, accepted)).body).toMatchObject({ created: 7 });
    const stored = await put(`${PLANS}/ranks`, plan([at({ plan: 'x' })]));
    expect(stored.body.errors[0].message).toContain('the stored row');
    const overlapping = plan([
      at({ region: 'ap' }, { validTo: '2026-07-02' }),
      at({ region: 'ap' }, { validFrom: '2026-07-01' }),
    ]);
    expect(placesOf(await put(`${PLANS}/ranks`, overlapping))).toEqual(['/rates/1 overlap']);
  });

  it('is refused whole, with every problem and its row', async () => {
    const answer = await put(`${PLANS}/wrong`, {
      currency: 'usd',
      rates: [
        { unitPrice: 0.5 },
        { usageClass: 'A', unitPrice: '1,5', per: '0', increment: '-1', scale: 19, rounding: 'floor' },
        { usageClass: 'A', unitPrice: '1e400', minimumQuantity: '-1', price: '1' },
        { usageClass: 'A', unitPrice: `0.${'1'.repeat(19)}`, match: { region: 5 } },
      ],
    });
    expect(answer).toMatchObject({ status: 422, body: { code: 'invalid_rate_plan' } });
    expect(placesOf(answer)).toEqual([
      '/currency invalid_value',
      '/rates/0/unitPrice invalid_value',
      '/rates/0/usageClass required',
      '/rates/1/increment invalid_value',
      '/rates/1/per invalid_value',
      '/rates/1/rounding invalid_value',
      '/rates/1/scale invalid_value',
      '/rates/1/unitPrice invalid_value',
      '/rates/2/minimumQuantity invalid_value',
      '/rates/2/price unknown_key',
      '/rates/2/unitPrice invalid_value',
      '/rates/3/match/region invalid_value',
      '/rates/3/unitPrice invalid_value',
    ]);
    expect(await server.api.request('GET', `${PLANS}/wrong`)).toMatchObject({
      status: 404,
      body: { code: 'rate_plan_not_found' },
    });
    expect(placesOf(await put(`${PLANS}/wrong`, { rates: [] }))).toEqual(['/currency required']);
    expect(await put(`${PLANS}/retail`, plan([], { currency: 'EUR' }))).toMatchObject({
      status: 409,
      body: { code: 'currency_fixed' },
    });
    expect((await put(`${PLANS}/a%2Fb`, plan([api]))).status).toBe(422);
  });
});

it('changes made at once are all there, in versions of their own', async () => {
  const answers = await Promise.all(
    Array.from({ length: 12 }, (_, i) => put(IDENTIFIERS, { identifiers: [owner('once', `a${i}`)] })),
  );
  const versions = answers.map(({ body }) => Number(body.changeId));
  expect(new Set(versions).size).toBe(12);
  expect(answers.filter(({ body }) => body.created === 1).length).toBe(1);
  const [live] = await server.api.list(IDENTIFIERS, { value: 'once' });
  expect(live.accountId).toBe(`a${versions.indexOf(Math.max(...versions))}`);
});

describe('a CSV whose header names what objects inherit', () => {
  const HEADER = '__proto__.polluted,constructor.keys,__proto__';

  it.each<[string, string, string]>([
    ['PUT', IDENTIFIERS, 'unknown_key'],
    ['DELETE', IDENTIFIERS, 'unknown_key'],
    ['PUT', `${PLANS}/polluted?currency=USD`, 'unknown_key'],
    ['PUT', '/api/v1/usage-classes', 'unknown_key'],
    ['PUT', '/api/v1/tables/polluted?key=code', 'invalid_value'],
    ['DELETE', '/api/v1/tables/inherited', 'invalid_value'],
  ])('is refused by %s %s, and changes nothing of the server', async (method, path, code) => {
    await put('/api/v1/tables/inherited', { key: ['code'], rows: [] });
    const answer = await server.api.request(method, path, `${HEADER}\na,b,c\n`, { headers: CSV });
    expect(answer.status).toBe(422);
    expect(placesOf(answer)).toEqual(
      expect.arrayContaining(HEADER.split(',').map((column) => `/lines/2/${column} ${code}`)),
    );
    expect(await server.api.get('/api/v1/feeds')).toEqual({ items: [], nextCursor: null });
  });
});
