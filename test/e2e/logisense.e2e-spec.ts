import pg from 'pg';
import { openToken, sealToken } from '../../apps/server/src/auth/access-token.js';
import { type ApiClient, type TestServer, startServer } from '../support/index.js';

const PREFIXES = ['v6', 'v7', 'v8', 'v9', 'v10'].flatMap((version) =>
  ['/api', '/ResourceServer/api'].flatMap((base) =>
    ['', '/internal'].map((internal) => `${base}/${version}${internal}`),
  ),
);
const API = '/ResourceServer/api/v10';
const NUMBER = '4038675309';

const record = (key: string, more: object = {}) => ({
  Date: '2026-04-16T14:32:00Z',
  UdrIdentifierTypeName: 'Unknown',
  OriginatingIdentifier: NUMBER,
  UdrUsageIdentifier: key,
  Value: 1250,
  UsageClassName: 'API Requests',
  UsageClassTypeName: 'Requests',
  ...more,
});

interface Row {
  readonly identity: number;
  readonly trackingId: string;
  readonly dataImportHistoryStatusTypeName: string;
  readonly [field: string]: unknown;
}
interface Paged<T> {
  readonly pagedResults: { readonly totalCount: number; readonly items: T[] };
  readonly pagination: { readonly pageNumber: number; readonly pageSize: number };
}

describe("a client of LogiSense's API", () => {
  let server: TestServer;
  let admin: ApiClient;
  let database: pg.Client;
  /** Keys by what they are for; `client` has logged in with the first. */
  let keys: Record<'gateway' | 'neighbour' | 'ofCsv' | 'viewer', { id: string; key: string }>;
  let client: ApiClient;
  let sent: Row;

  const logIn = (form: Record<string, string>, version = 'v10') =>
    admin.request(
      'POST',
      `/AuthorizationServer/api/${version}/Access/Login`,
      String(new URLSearchParams(form)),
      {
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        key: null,
      },
    );
  const logInWith = (secret: string, id: string) =>
    logIn({ grant_type: 'password', client_id: id, client_secret: secret });
  const refused = (status: number, type: string) => ({
    status,
    body: {
      trackingId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      type,
      errors: [{ code: 10_000_000 + status * 1000, message: expect.any(String) }],
    },
  });
  const of = (key: { key: string }) => admin.as(key.key);
  /** Asks the history until an import has ended, as a client would. */
  const follow = async (by: ApiClient, trackingId: string): Promise<Row> => {
    await admin.waitForImport(trackingId);
    const answer = await by.get<Paged<Row>>(`${API}/DataImport/Usage/History`, { trackingId });
    return answer.pagedResults.items[0]!;
  };
  const post = async (by: ApiClient, records: object[], feed: string | number = 'usageJson') => {
    const answer = await by.post(`${API}/DataImport/Usage/Json/Multi/${feed}`, { data: records });
    return follow(by, answer.trackingId as string);
  };

  beforeAll(async () => {
    server = await startServer();
    admin = server.api;
    database = new pg.Client({ connectionString: server.database.url });
    await database.connect();
    const newKey = (name: string, role: string, feeds?: string[]) =>
      admin.post<{ id: string; key: string }>('/api/v1/admin/keys', { name, role, feeds });
    keys = {
      gateway: await newKey('gateway', 'integrator'),
      neighbour: await newKey('neighbour', 'integrator'),
      ofCsv: await newKey('csv gateway', 'integrator', ['usageCsv']),
      viewer: await newKey('viewer', 'viewer'),
    };
    client = admin.as((await logInWith(keys.gateway.key, keys.gateway.id)).body.access_token);
    sent = await post(client, [
      record('one'),
      record('two', { OriginatingIdentifier: 'nobody' }),
      record('one'),
      record('nil', { Value: 0 }),
      record('odd', { Value: 'many' }),
      record('three', { UsageClassName: 'Unheard Of' }),
    ]);
  });
  afterAll(async () => {
    await database?.end();
    await server?.stop();
  });

  describe('logs in', () => {
    const tokenSecret = async () =>
      (await database.query<{ secret: Buffer }>('SELECT secret FROM token_secret')).rows[0]!.secret;

    it('in every version, for a token that is not the key and ends after half an hour', async () => {
      const { id, key } = keys.gateway;
      for (const version of ['v6', 'v7', 'v8', 'v9', 'v10']) {
        const { status, headers, body } = await logIn({ client_id: id, client_secret: key }, version);
        expect({ status, body }).toEqual({
          status: 200,
          body: { access_token: expect.any(String), token_type: 'bearer', expires_in: 1800 },
        });
        expect(headers.get('cache-control')).toBe('no-store');
        expect(body.access_token).not.toContain(key.slice(-8));
        const secret = await tokenSecret();
        expect(openToken(secret, body.access_token, Date.now() + 1_790_000)).toBe(key);
        expect(openToken(secret, body.access_token, Date.now() + 1_800_001)).toBeNull();
      }
    });

    it('again once the token has expired, with the key and not with the token', async () => {
      const { id, key } = keys.gateway;
      const path = `${API}/DataImport/Usage/History`;
      const secret = await tokenSecret();
      const fresh = sealToken(secret, key, Date.now() + 60_000);
      expect((await admin.as(fresh).request('GET', path)).status).toBe(200);
      const expired = sealToken(secret, key, Date.now() - 1);
      expect(await admin.as(expired).request('GET', path)).toMatchObject(refused(401, 'read'));
      expect(await logInWith(fresh, id)).toMatchObject(refused(401, 'create'));
    });

    it('until its key is revoked', async () => {
      const { id, key } = await admin.post('/api/v1/admin/keys', { name: 'short-lived', role: 'viewer' });
      const token = (await logInWith(key, id)).body.access_token;
      const path = `${API}/DataImport/Usage/History`;
      expect((await admin.as(token).request('GET', path)).status).toBe(200);
      await admin.post(`/api/v1/admin/keys/${id}/revoke`, {});
      expect(await admin.as(token).request('GET', path)).toMatchObject(refused(401, 'read'));
    });

    it('and is refused in their shape', async () => {
      const { id, key } = keys.gateway;
      const wrong = key.slice(0, -1) + (key.endsWith('0') ? '2' : '0');
      expect(await logInWith(wrong, id)).toMatchObject(refused(401, 'create'));
      expect(await logInWith(key, keys.viewer.id)).toMatchObject(refused(401, 'create'));
      expect(await logInWith('x', id)).toMatchObject(refused(401, 'create'));
      expect(await logIn({ client_id: id })).toMatchObject(refused(400, 'create'));
    });
  });

  describe('follows what it sent', () => {
    it('to a row of the history whose counts add up', async () => {
      const feed = await admin.get('/api/v1/feeds/usageJson');
      const profile = await database.query<{ id: number }>('SELECT id FROM profile WHERE name = $1', [
        feed.profile,
      ]);
      expect(sent).toEqual({
        identity: expect.any(Number),
        trackingId: expect.any(String),
        udrFeedId: feed.id,
        udrFeedName: 'usage-json',
        dataProfileId: profile.rows[0]!.id,
        dataProfileName: 'usage-json',
        fileName: null,
        importStart: expect.stringMatching(/^20\d\d-.*Z$/),
        importEnd: expect.stringMatching(/^20\d\d-.*Z$/),
        importCount: 3,
        importExceptionCount: 1,
        importSkipRecordCount: 1,
        importDuplicateCount: 1,
        recordCount: 6,
        dataImportHistoryStatusTypeName: 'Completed',
      });
      expect(Number.isSafeInteger(sent.identity)).toBe(true);
    });

    it('by its identity or tracking id, and into the detail', async () => {
      for (const id of [sent.identity, sent.trackingId]) {
        const path = `${API}/DataImport/Usage/History/${id}`;
        expect(await client.get(path)).toEqual({ ...sent, instance: sent });
        const { instance } = await client.get(`${path}/Detail`);
        expect(instance).toMatchObject({
          ...sent,
          detail: {
            counts: { total: 6, imported: 1, exception: 3, skipped: 1, duplicate: 1, pending: 0 },
            reasons: { skipped: { zero_value: 1 }, exception: { identifier_not_found: 1, invalid_value: 1 } },
            now: { live: 1, openExceptions: 3 },
          },
        });
      }
    });

    it('to its exceptions', async () => {
      const answer = await client.get<Paged<Record<string, unknown>>>(
        `${API}/DataImportHistory/${sent.identity}/Exception`,
      );
      expect(answer.pagination).toEqual({ pageNumber: 1, pageSize: 20 });
      expect(answer.pagedResults.totalCount).toBe(3);
      const [unrated, odd, nobody] = answer.pagedResults.items;
      expect(nobody).toEqual({
        dataImportExceptionId: `e${sent.identity}-1`,
        dataImportHistoryId: sent.identity,
        originatingFileRecordIndex: 1,
        dataImportExceptionErrorTypeName: 'identifier_not_found',
        dataImportExceptionStatusTypeName: 'New',
        revisionNumber: 0,
        dataSnippet: JSON.stringify(record('two', { OriginatingIdentifier: 'nobody' })),
        message: expect.stringContaining('nobody'),
        messageDetails: expect.any(String),
        exceptionDate: expect.stringMatching(/^20\d\d-.*Z$/),
        fileName: null,
      });
      expect(odd).toMatchObject({
        originatingFileRecordIndex: 4,
        dataImportExceptionErrorTypeName: 'invalid_value',
      });
      expect(unrated).toMatchObject({
        originatingFileRecordIndex: 5,
        dataImportExceptionErrorTypeName: 'rate_not_found',
      });
      const paged = (query: object) =>
        client.get<Paged<Record<string, unknown>>>(`${API}/DataImportHistory/Exception/Paged`, { ...query });
      expect(await paged({ dataImportHistoryId: sent.identity })).toEqual(answer);
      expect((await paged({ dataImportExceptionErrorTypeName: 'rate_not_found' })).pagedResults).toEqual({
        totalCount: 1,
        items: [unrated],
      });
      expect((await paged({ dataImportExceptionStatusTypeName: 'Discarded' })).pagedResults.totalCount).toBe(
        0,
      );
      expect((await paged({ udrFeedId: 'usageCsv' })).pagedResults.items).toEqual([]);
    });

    it('as rows and with a file name', async () => {
      const answer = await client.post(
        `${API}/DataImport/Usage/usage-csv`,
        { data: ['a,b', `2022-05-01T05:10:00,Unknown,${NUMBER},1,2,94,False,False,data_class,Data_1,`] },
        { headers: { 'feedmill-source': 'calls.csv' } },
      );
      const row = await follow(client, answer.trackingId);
      expect(row).toMatchObject({
        udrFeedName: 'usage-csv',
        fileName: 'calls.csv',
        importCount: 1,
        importExceptionCount: 1,
      });
      const { pagedResults } = await client.get(`${API}/DataImportHistory/${row.trackingId}/Exception`);
      expect(pagedResults.items).toMatchObject([{ dataSnippet: 'a,b', fileName: 'calls.csv' }]);
      const named = await client.get(`${API}/DataImport/Usage/History`, { fileName: 'calls.csv' });
      expect(named.pagedResults).toEqual({ totalCount: 1, items: [row] });
    });

    it('also where records say DateTime and not Date', async () => {
      const { Date: date, ...rest } = record('with DateTime');
      const row = await post(client, [
        { DateTime: date, ...rest },
        { ...rest, UdrUsageIdentifier: 'without' },
      ]);
      expect(row).toMatchObject({ importCount: 1, importExceptionCount: 1 });
      const [usage] = await admin.list('/api/v1/usage', { trackingId: row.trackingId });
      expect(usage.date).toBe(date);
    });
  });

  it('finds a feed and what was sent to it by id, API name and name', async () => {
    const { id } = await admin.get('/api/v1/feeds/usageJson');
    for (const name of [id, 'usageJson', 'usage-json']) {
      const answer = await client.get(`${API}/DataImport/Usage/Feed/${name}`);
      expect(answer).toMatchObject({
        udrFeedId: id,
        instance: {
          udrFeedId: id,
          udrFeedName: 'usage-json',
          apiFeedName: 'usageJson',
          dataProfileName: 'usage-json',
        },
        pagination: { pageNumber: 1, pageSize: 20 },
      });
      expect(answer.pagedResults.items.at(-1)).toEqual(sent);
      expect(answer.pagedResults.items.every((row: Row) => row.udrFeedId === id)).toBe(true);
    }
  });

  it('pages through the history until it has the total', async () => {
    const path = `${API}/DataImport/Usage/History`;
    const all = await client.get<Paged<Row>>(path);
    const seen: Row[] = [];
    for (let pageNumber = 1; ; pageNumber++) {
      const page = await client.get<Paged<Row>>(path, { pageNumber, pageSize: 2 });
      expect(page.pagination).toEqual({ pageNumber, pageSize: 2 });
      expect(page.pagedResults.totalCount).toBe(all.pagedResults.totalCount);
      seen.push(...page.pagedResults.items);
      if (pageNumber * 2 >= page.pagedResults.totalCount) break;
    }
    expect(seen).toEqual(all.pagedResults.items);
    const newestFirst = seen.map((row) => row.identity).sort((a, b) => b - a);
    expect(seen.map((row) => row.identity)).toEqual(newestFirst);
    const beyond = await client.get<Paged<Row>>(path, { pageNumber: 1_000_000, pageSize: 1000 });
    expect(beyond.pagedResults).toEqual({ totalCount: seen.length, items: [] });
  });

  it('filters by state and time', async () => {
    const count = async (query: Record<string, string>) =>
      (await client.get<Paged<Row>>(`${API}/DataImport/Usage/History`, query)).pagedResults.totalCount;
    const all = await count({});
    expect(all).toBeGreaterThan(0);
    expect(await count({ dataImportHistoryStatusTypeName: 'Completed' })).toBe(all);
    expect(await count({ dataImportHistoryStatusTypeName: 'Failed' })).toBe(0);
    expect(await count({ to: '2020-01-01' })).toBe(0);
    expect(await count({ from: '2020-01-01', udrFeedId: 'usageJson' })).toBeLessThan(all);
  });

  it('finds every route below every prefix', async () => {
    const body = record('again');
    const row = `2022-05-01T05:11:00,Unknown,${NUMBER},1,2,94,False,False,data_class,Data_1,`;
    for (const prefix of PREFIXES) {
      for (const [path, payload] of [
        ['DataImport/Usage/usageCsv', { data: [row] }],
        ['DataImport/Usage/Json/usageJson', body],
        ['DataImport/Usage/Json/Multi/usageJson', { data: [body] }],
      ] as const) {
        const { status } = await client.request('POST', `${prefix}/${path}`, payload);
        expect([prefix, path, status]).toEqual([prefix, path, 200]);
      }
      for (const path of [
        'DataImport/Usage/Feed/usageJson',
        'DataImport/Usage/History',
        `DataImport/Usage/History/${sent.identity}`,
        `DataImport/Usage/History/${sent.identity}/Detail`,
        `DataImportHistory/${sent.identity}/Exception`,
        'DataImportHistory/Exception/Paged',
      ]) {
        const { status } = await client.request('GET', `${prefix}/${path}`);
        expect([prefix, path, status]).toEqual([prefix, path, 200]);
      }
    }
  });

  describe('sees no more than its key may', () => {
    const reads = () => [
      `DataImport/Usage/History/${sent.identity}`,
      `DataImport/Usage/History/${sent.identity}/Detail`,
      `DataImportHistory/${sent.identity}/Exception`,
      `DataImportHistory/Exception/Paged?dataImportHistoryId=${sent.identity}`,
    ];

    it('as the neighbour of another integrator', async () => {
      const neighbour = of(keys.neighbour);
      for (const path of reads())
        expect(await neighbour.request('GET', `${API}/${path}`)).toMatchObject(refused(403, 'read'));
      for (const path of [
        'DataImport/Usage/History',
        'DataImportHistory/Exception/Paged',
        'DataImport/Usage/Feed/usageJson',
      ]) {
        const { pagedResults } = await neighbour.get(`${API}/${path}`);
        expect([path, pagedResults]).toEqual([path, { totalCount: 0, items: [] }]);
      }
    });

    it('as the client of another feed', async () => {
      const ofCsv = of(keys.ofCsv);
      for (const path of [
        ...reads(),
        'DataImport/Usage/Feed/usageJson',
        'DataImport/Usage/Feed/usage-json',
        'DataImport/Usage/History?udrFeedId=usageJson',
        'DataImportHistory/Exception/Paged?udrFeedId=usageJson',
      ]) {
        expect(await ofCsv.request('GET', `${API}/${path}`)).toMatchObject(refused(403, 'read'));
      }
    });

    it('as a viewer, to whom records are masked', async () => {
      const path = `${API}/DataImportHistory/${sent.identity}/Exception`;
      const masked = await of(keys.viewer).get<Paged<Record<string, string>>>(path);
      expect(masked.pagedResults.items.at(-1)).toMatchObject({
        dataImportExceptionErrorTypeName: 'identifier_not_found',
        dataSnippet: expect.stringContaining('"UdrUsageIdentifier":"***"'),
        message: expect.stringContaining('***'),
      });
      expect(JSON.stringify(masked)).not.toMatch(/nobody|4038675309/);
    });
  });

  it('is told in their shape what is wrong', async () => {
    for (const path of [
      'DataImport/Usage/History/0',
      'DataImport/Usage/History/999999999',
      'DataImport/Usage/History/99999999999999999999',
      'DataImport/Usage/History/abc/Detail',
      'DataImportHistory/999999999/Exception',
      'DataImportHistory/01976af0-0000-7000-8000-000000000000/Exception',
      'DataImport/Usage/Feed/nothing',
      'DataImport/Usage/Feed/%00',
    ]) {
      expect([path, await client.request('GET', `${API}/${path}`)]).toMatchObject([
        path,
        refused(404, 'read'),
      ]);
    }
    for (const list of ['DataImport/Usage/History', 'DataImportHistory/Exception/Paged']) {
      expect(await client.request('GET', `${API}/${list}?udrFeedId=abc`)).toMatchObject({
        status: 400,
        body: { errors: [{ code: 10400000, message: 'udrFeedId: names no feed.' }] },
      });
    }
    const bad = await client.request(
      'GET',
      `${API}/DataImport/Usage/History?pageNumber=0&pageSize=1001&sort=x&dataImportHistoryStatusTypeName=done`,
    );
    expect(bad).toMatchObject({ status: 400, body: { type: 'read' } });
    expect(
      bad.body.errors.map(({ code, message }: { code: number; message: string }) => [
        code,
        message.split(':')[0],
      ]),
    ).toEqual([
      [10400000, 'pageNumber'],
      [10400000, 'pageSize'],
      [10400000, 'sort'],
      [10400000, 'dataImportHistoryStatusTypeName'],
    ]);
    expect(
      await client.request('GET', `${API}/DataImportHistory/Exception/Paged?dataImportHistoryId=x`),
    ).toMatchObject(refused(400, 'read'));
    expect(server.logLines().filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
  });
});
