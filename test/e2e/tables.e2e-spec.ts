import pg from 'pg';
import { type TestServer, startServer } from '../support/index.js';

const TABLES = '/api/v1/tables';
const DESTINATIONS = `${TABLES}/destinations`;
const CSV = { 'content-type': 'text/csv' };

let server: TestServer;

beforeAll(async () => {
  server = await startServer({ configDir: null });
});
afterAll(() => server?.stop());

const send = (method: string, path: string, body: object | string, query?: Record<string, string>) =>
  server.api.request(method, path, body, {
    ...(typeof body === 'string' ? { headers: CSV } : {}),
    ...(query ? { query } : {}),
  });
const put = (path: string, body: object | string, query?: Record<string, string>) =>
  send('PUT', path, body, query);

const placesOf = ({ body }: { body: { errors: { pointer: string; code: string }[] } }) =>
  body.errors.map(({ pointer, code }) => `${pointer} ${code}`).sort();

/** What would take the API many requests. */
async function asOwner(sql: string): Promise<void> {
  const client = new pg.Client(server.database.url);
  await client.connect();
  await client.query(sql).finally(() => client.end());
}

const rowsOf = async (name: string, query: object = {}) =>
  (await server.api.list(`${TABLES}/${name}`, { ...query })).reverse();

describe('a table', () => {
  it('is created, left as it is when it is equal, and changed', async () => {
    const rows = [
      { prefix: '+1', destination: 'US', zone: '1' },
      { prefix: '+44', destination: 'UK', zone: null, validFrom: '2026-01-01', validTo: '' },
    ];
    const first = await put(`${TABLES}/first`, { key: ['prefix'], rows, timeZone: 'Europe/Berlin' });
    expect(first).toMatchObject({ status: 200, body: { created: 2, changed: 0, unchanged: 0, closed: 0 } });
    expect(first.body.changeId).toMatch(/^\d+$/);
    const again = await put(`${TABLES}/first`, { rows });
    expect(again.body).toEqual({
      changeId: null,
      created: 0,
      changed: 0,
      unchanged: 2,
      closed: 0,
      heals: { count: 0, selection: null },
    });
    const second = await put(`${TABLES}/first`, { rows: [{ ...rows[0], zone: '2' }, rows[1]] });
    expect(second.body).toMatchObject({ changed: 1, unchanged: 1 });
    expect(Number(second.body.changeId)).toBe(Number(first.body.changeId) + 1);

    const head = {
      name: 'first',
      key: ['prefix'],
      columns: ['prefix', 'destination', 'zone'],
      timeZone: 'Europe/Berlin',
      createdAt: expect.stringMatching(/Z$/),
    };
    expect(await server.api.get(`${TABLES}/first`)).toEqual({
      ...head,
      items: [
        { prefix: '+1', destination: 'US', zone: '2', validFrom: null, validTo: null },
        { prefix: '+44', destination: 'UK', zone: null, validFrom: '2025-12-31T23:00:00Z', validTo: null },
      ],
      nextCursor: null,
    });
    expect(await server.api.list(TABLES)).toContainEqual(head);
    const [audit] = await server.api.list('/api/v1/admin/audit', { action: 'tables.changed' });
    expect(audit).toMatchObject({
      actor: 'bootstrap',
      subject: 'table/first',
      after: { changeId: second.body.changeId, table: 'first', changed: 1 },
    });
  });

  it('comes as CSV: the first column is the key, or those that are named', async () => {
    const csv =
      '\ufeffprefix,destination,attributes,validFrom\r\n+1,"US, all","{""a"":1}",2026-01-01\r\n\r\n+44,UK,,\r\n';
    expect((await put(`${TABLES}/csv`, csv, { timeZone: 'America/New_York' })).body).toMatchObject({
      created: 2,
    });
    expect((await put(`${TABLES}/csv`, csv)).body).toMatchObject({ changeId: null, unchanged: 2 });
    expect(await rowsOf('csv')).toMatchObject([
      { prefix: '+1', destination: 'US, all', attributes: '{"a":1}', validFrom: '2026-01-01T05:00:00Z' },
      { prefix: '+44', attributes: null, validFrom: null },
    ]);
    const bands = 'country,from,band\nDE,0,low\nDE,100,high\n';
    expect((await put(`${TABLES}/bands`, bands, { key: 'country,from' })).body).toMatchObject({ created: 2 });
    expect((await put(`${TABLES}/bands`, bands)).body).toMatchObject({ unchanged: 2 });
    expect((await put(`${TABLES}/none`, bands)).status).toBe(422);
    expect((await server.api.get(`${TABLES}/bands`)).key).toEqual(['country', 'from']);
  });

  it('shows rows by column and by date, page by page', async () => {
    const rows = [
      { code: 'a', name: 'old', validTo: '2026-07-01' },
      { code: 'a', name: 'new', validFrom: '2026-07-01' },
      { code: 'b', name: 'new' },
    ];
    await put(`${TABLES}/paged`, { key: ['code'], rows });
    const codesOf = async (query: object) =>
      (await rowsOf('paged', query)).map(({ code, name }) => `${code} ${name}`);
    expect(await codesOf({ column: 'code', value: 'a' })).toEqual(['a old', 'a new']);
    expect(await codesOf({ column: 'name', value: 'new' })).toEqual(['a new', 'b new']);
    expect(await codesOf({ validAt: '2026-06-30T23:59:59.999999Z' })).toEqual(['a old', 'b new']);
    expect(await codesOf({ validAt: '2026-07-01T00:00:00Z' })).toEqual(['a new', 'b new']);
    const { items, nextCursor } = await server.api.get(`${TABLES}/paged`, { limit: 2 });
    const next = await server.api.get(`${TABLES}/paged`, { limit: 2, cursor: nextCursor });
    expect([...items, ...next.items].map(({ code }) => code)).toEqual(['b', 'a', 'a']);
    for (const query of [{ column: 'code' }, { value: 'a' }, { column: 'x', value: 'a' }, { code: 'a' }]) {
      const answer = await server.api.request('GET', `${TABLES}/paged`, undefined, { query });
      expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_parameter' } });
    }
    const missing = await server.api.request('GET', `${TABLES}/nothere`);
    expect(missing).toMatchObject({ status: 404, body: { code: 'table_not_found' } });
  });

  it('is refused whole, with every problem and its row', async () => {
    const answer = await put(`${TABLES}/wrong`, {
      key: ['code', 'country'],
      colour: 1,
      timeZone: 'Nowhere',
      rows: [
        { code: 'a', country: 'DE', rate: 0.5, 'a b': 'x', constructor: 'x' },
        { code: 'a', country: '' },
        { code: 'a', country: 'b', validFrom: '2026-02-30' },
        { code: 'a', country: 'c', validFrom: '2026-02-01', validTo: '2026-02-01' },
        { code: 'x'.repeat(1001), country: 'd' },
        { code: '\u0001'.repeat(400), country: 'e' },
        { code: 'a', country: 'f', note: 'a\u0000' },
        ['a', 'g'],
      ],
    });
    expect(answer).toMatchObject({ status: 422, body: { code: 'invalid_table' } });
    expect(placesOf(answer)).toEqual([
      '/colour unknown_key',
      '/rows/0/a b invalid_value',
      '/rows/0/constructor invalid_value',
      '/rows/0/rate invalid_value',
      '/rows/1/country required',
      '/rows/2/validFrom invalid_value',
      '/rows/3/validTo invalid_value',
      '/rows/4/code invalid_value',
      '/rows/5 invalid_value',
      '/rows/6/note invalid_value',
      '/rows/7 invalid_value',
      '/timeZone invalid_value',
    ]);
    expect((await server.api.request('GET', `${TABLES}/wrong`)).status).toBe(404);
    const csv = await put(`${TABLES}/wrong`, 'code,name\na,x\nb\n\n,y\na,z\n');
    expect(placesOf(csv)).toEqual(['/lines/3 malformed_row', '/lines/5/code required', '/lines/6 repeated']);
    const many = Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`c${i}`, 'x']));
    expect(placesOf(await put(`${TABLES}/wrong`, { key: ['c0'], rows: [many] }))).toEqual([
      ' table_too_large',
    ]);
  });

  it('refuses validities of one key that overlap, in the request or with what is stored', async () => {
    const row = (code: string, validFrom?: string, validTo?: string) => ({ code, validFrom, validTo });
    const table = {
      key: ['code'],
      rows: [row('a', '2026-01-01', '2026-07-01'), row('a', '2026-06-30'), row('a', '2026-01-01')],
    };
    expect(placesOf(await put(`${TABLES}/dated`, table))).toEqual(['/rows/1 overlap', '/rows/2 repeated']);
    await put(`${TABLES}/dated`, { key: ['code'], rows: [row('a')] });
    const overlap = await put(`${TABLES}/dated`, { rows: [row('b'), row('a', '2026-07-01')] });
    expect(placesOf(overlap)).toEqual(['/rows/1 overlap']);
    expect(overlap.body.errors[0].message).toContain(
      'code "a", valid from 2026-07-01T00:00:00Z, overlaps the stored row',
    );
    const beside = { key: ['code'], rows: [{ code: 'x' }, { code: 'x' }, { b: '1' }] };
    expect(placesOf(await put(`${TABLES}/beside`, beside))).toEqual([
      '/rows/1 repeated',
      '/rows/2/code required',
    ]);
    const both = { rows: [row('a', undefined, '2026-07-01'), row('a', '2026-07-01')] };
    expect((await put(`${TABLES}/dated`, both)).body).toMatchObject({ created: 1, changed: 1 });
  });

  it.each<[string, object | string, string]>([
    ['no key', { rows: [] }, '/key required'],
    ['an empty key', { key: [], rows: [] }, '/key invalid_value'],
    ['a key that is a text', { key: 'code', rows: [] }, '/key invalid_value'],
    [
      'a key of names that cannot be',
      { key: ['a', 'validTo', 5, 'a'], rows: [] },
      '/key/1 invalid_value,/key/2 invalid_value,/key/3 invalid_value',
    ],
    ['nine key columns', { key: [...'abcdefghi'], rows: [] }, '/key invalid_value'],
    ['no rows', { key: ['a'] }, '/rows invalid_value'],
    ['an empty CSV', '', '/key invalid_value,/lines/1 malformed_row'],
    ['a list', [], ' invalid_value,/key required,/rows invalid_value'],
  ])('is refused with %s', async (_, body, places) => {
    const answer = await put(`${TABLES}/refused`, body);
    expect(answer.status).toBe(422);
    expect(placesOf(answer).join()).toBe(places);
  });

  it('has the columns that are written, also where no row has a cell of them', async () => {
    await put(`${TABLES}/open`, 'from,to,tier\n1,,a\n2,,b\n');
    expect(await server.api.get(`${TABLES}/open`)).toMatchObject({
      columns: ['from', 'to', 'tier'],
      items: [
        { from: '2', to: null, tier: 'b' },
        { from: '1', to: null },
      ],
    });
    expect(
      (await put(`${TABLES}/open`, { rows: [{ from: '1', tier: 'a', note: null }] })).body,
    ).toMatchObject({
      changeId: expect.any(String),
      unchanged: 1,
    });
    expect((await server.api.get(`${TABLES}/open`)).columns).toEqual(['from', 'to', 'tier', 'note']);
  });

  it('keeps its key, its name and its size', async () => {
    await put(`${TABLES}/fixed`, { key: ['code'], rows: [{ code: 'a', other: 'b' }] });
    const changed = await put(`${TABLES}/fixed`, { key: ['other'], rows: [{ code: 'a', other: 'b' }] });
    expect(changed).toMatchObject({ status: 409, body: { code: 'key_fixed' } });
    expect((await put(`${TABLES}/fixed`, { key: ['code'], rows: [] })).body).toMatchObject({
      changeId: null,
    });
    expect((await put(`${TABLES}/a%2Fb`, { key: ['code'], rows: [] })).status).toBe(422);
    const many = { key: ['code'], rows: Array.from({ length: 10_001 }, () => ({})) };
    expect(await put(`${TABLES}/fixed`, many)).toMatchObject({
      status: 422,
      body: { code: 'too_many_rows' },
    });
  });

  it('ends the rows that are named, only if all of them are there, and stays', async () => {
    const rows = [
      { code: 'a', name: 'x' },
      { code: 'b', validFrom: '2026-01-01' },
    ];
    await put(`${TABLES}/ended`, { key: ['code'], rows });
    const missing = await send('DELETE', `${TABLES}/ended`, { rows: [{ code: 'a' }, { code: 'b' }] });
    expect(missing.status).toBe(422);
    expect(placesOf(missing)).toEqual(['/rows/1 not_found']);
    const done = await send('DELETE', `${TABLES}/ended`, 'code,validFrom\na,\nb,2026-01-01\n');
    expect(done).toMatchObject({ status: 200, body: { closed: 2, changeId: expect.any(String) } });
    expect((await server.api.get(`${TABLES}/ended`)).items).toEqual([]);
    expect((await put(`${TABLES}/ended`, { rows: [{ code: 'a' }] })).body).toMatchObject({ created: 1 });
    expect(await send('DELETE', `${TABLES}/nothere`, { rows: [] })).toMatchObject({ status: 404 });
  });

  it('takes 10,000 rows in about a second, again and changed, up to 200,000', async () => {
    const rows = (name: string, from = 0) =>
      `code,name\n${Array.from({ length: 10_000 }, (_, i) => `${from + i},${name}`).join('\n')}`;
    for (const [body, counts] of [
      [rows('a'), { created: 10_000 }],
      [rows('a'), { unchanged: 10_000 }],
      [rows('b'), { changed: 10_000 }],
    ] as const) {
      const started = performance.now();
      expect((await put(`${TABLES}/large`, body)).body).toMatchObject(counts);
      // A second on an idle machine; the tests share theirs.
      expect(performance.now() - started).toBeLessThan(5000);
    }
    await asOwner(`
      INSERT INTO lookup_row (table_id, key, cells, created_version)
      SELECT id, format('["%s"]', n), jsonb_build_object('code', n::text), current
      FROM lookup_table, reference_version, generate_series(10000, 199999) n WHERE name = 'large'`);
    const over = await put(`${TABLES}/large`, 'code\n200000\n');
    expect(over).toMatchObject({ status: 422, body: { code: 'table_too_large' } });
    expect((await put(`${TABLES}/large`, 'code,name\n1,d\n')).body).toMatchObject({ changed: 1 });
  });
});

describe('a look-up', () => {
  const call = (id: string, called: string, more: object = {}) => ({
    id,
    called,
    seconds: 60,
    start: '2026-10-20T10:00:00Z',
    ...more,
  });
  const steps = (config: object) => [
    {
      use: 'map-fields@1',
      config: {
        fields: [
          { field: 'date', from: 'start' },
          { field: 'value', from: 'seconds' },
        ],
      },
    },
    {
      use: 'lookup@1',
      config: {
        table: 'destinations',
        match: [{ from: 'called', by: 'longestPrefix', column: 'prefix' }],
        set: [
          { field: 'usageClass', column: 'destination', default: 'Other' },
          { field: 'extensions.zone', column: 'zone', as: 'integer' },
        ],
        ...config,
      },
    },
  ];

  async function createFeed(name: string, config: object = {}): Promise<void> {
    await server.api.post('/api/v1/profiles', { name });
    await server.api.post(`/api/v1/profiles/${name}/versions`, {
      decode: { use: 'decode-json@1', config: {} },
      steps: steps(config),
    });
    await server.api.post(`/api/v1/profiles/${name}/versions/1/publish`, { comment: 'first' });
    await server.api.post('/api/v1/feeds', {
      name,
      apiName: name,
      format: 'records',
      profile: name,
      usageKey: { fields: ['id'] },
    });
  }

  /** Class, or code and message, of each record, in the order sent. */
  async function resultOf(feed: string, ...records: object[]): Promise<string[]> {
    const { trackingId } = await server.api.importUsage(feed, { data: records });
    const results: string[] = [];
    for (const usage of await server.api.list('/api/v1/usage', { trackingId }))
      results[usage.index] = `${usage.usageClass} ${usage.extensions.zone ?? '-'}`;
    for (const exception of await server.api.list('/api/v1/exceptions', { trackingId }))
      results[exception.index] = `${exception.stage} ${exception.code}: ${exception.message}`;
    return results;
  }

  beforeAll(async () => {
    await createFeed('calls');
    await createFeed('callsWithDefault', { notFound: 'default' });
    await createFeed('callsAsTheyAre', { notFound: 'pass' });
  });

  it('finds nothing where there is no table', async () => {
    const nothing = 'mediate lookup_not_found: there is no table "destinations"';
    expect(await resultOf('calls', call('early', '+12125559999'))).toEqual([nothing]);
    expect(await resultOf('callsAsTheyAre', call('early', '+12125559999'))).toEqual([nothing]);
  });

  it('takes the longest prefix at the usage date; a change is seen by the next import and by no other', async () => {
    const rows = [
      { prefix: '+1', destination: 'US', zone: '1' },
      { prefix: '+44', destination: 'UK Fixed', zone: '2' },
      { prefix: '+447', destination: 'UK Mobile', validTo: '2026-11-01' },
    ];
    const put = (body: object) => server.api.put(DESTINATIONS, body);
    await put({ key: ['prefix'], rows, timeZone: 'America/New_York' });
    const before = [
      call('1', '+12125559999'),
      call('2', '+442079460000'),
      call('3', '+447700900123'),
      call('4', '+447700900123', { start: '2026-11-01T03:59:59.999999Z' }),
      call('5', '+447700900123', { start: '2026-11-01T04:00:00Z' }),
      call('6', '+99912345678'),
      call('7', ''),
    ];
    expect(await resultOf('calls', ...before)).toEqual([
      'US 1',
      'UK Fixed 2',
      'UK Mobile -',
      'UK Mobile -',
      'UK Fixed 2',
      'mediate lookup_not_found: no row of table "destinations" for "+99912345678" at 2026-10-20T10:00:00Z',
      'mediate missing_field: called: the record has none to look up in table "destinations"',
    ]);

    const { changeId } = await put({ rows: [{ prefix: '+44', destination: 'Britain', zone: '3' }] });
    expect(changeId).not.toBeNull();
    expect(await resultOf('calls', call('8', '+442079460000'), call('9', '+12125559999'))).toEqual([
      'Britain 3',
      'US 1',
    ]);
    const [second] = await server.api.list('/api/v1/usage', { feed: 'calls', usageKey: '2' });
    expect(second.usageClass).toBe('UK Fixed');

    await put({ rows: [{ prefix: '+999', destination: 'Satellite' }] });
    expect(await resultOf('calls', call('10', '+99912345678'))).toEqual(['Satellite -']);
    await server.api.request('DELETE', DESTINATIONS, { rows: [{ prefix: '+999' }] });
    expect((await resultOf('calls', call('11', '+99912345678')))[0]).toContain('lookup_not_found');
  });

  it('matches ranges that are all open', async () => {
    await put(`${TABLES}/tiers`, 'least,below,tier\n0,,Any\n');
    await createFeed('tiered', {
      table: 'tiers',
      match: [{ from: 'seconds', by: 'range', column: 'least', toColumn: 'below' }],
      set: [{ field: 'usageClass', column: 'tier' }],
    });
    expect(await resultOf('tiered', call('open', '+1'))).toEqual(['Any -']);
  });

  it('sets defaults, or lets the record go on, where the profile says so', async () => {
    const records = [call('a', '+12125559999'), call('b', '+99912345678'), call('c', '')];
    expect(await resultOf('callsWithDefault', ...records)).toEqual(['US 1', 'Other -', 'Other -']);
    expect(await resultOf('callsAsTheyAre', ...records)).toEqual(['US 1', 'null -', 'null -']);
  });

  it('is refused in a profile that cannot work', async () => {
    const wrong = steps({ notFound: 'nothing', match: [{ from: 'called', by: 'prefix', column: 'prefix' }] });
    const version = { decode: { use: 'decode-json@1', config: {} }, steps: wrong };
    const answer = await server.api.request('POST', '/api/v1/profiles/calls/versions', version);
    expect(answer.status).toBe(422);
    expect(placesOf(answer)).toEqual([
      '/steps/1/config/match/0/by invalid_value',
      '/steps/1/config/notFound invalid_value',
    ]);
  });
});
