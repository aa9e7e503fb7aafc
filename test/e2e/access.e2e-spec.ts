import { setTimeout as sleep } from 'node:timers/promises';
import { TEST_ADMIN_KEY, type TestServer, startServer } from '../support/index.js';

const ROLES = ['integrator', 'viewer', 'operator', 'implementer', 'admin'];
const KEYS = '/api/v1/admin/keys';

let server: TestServer;
const keys: Record<string, string> = {};

const newKey = (body: object) =>
  server.api.post<{ id: string; key: string }>(KEYS, { name: 'a test', ...body });

beforeAll(async () => {
  server = await startServer();
  for (const role of ROLES) keys[role] = (await newKey({ role })).key;
});
afterAll(() => server?.stop());

describe('a key', () => {
  const whoami = (key: string | null, headers: Record<string, string> = {}) =>
    server.api.request('GET', '/api/v1/feeds', undefined, { key, headers });

  it('is shown once, and is in no list, audit row or log line', async () => {
    const { id, key } = await newKey({ name: 'shown once', role: 'viewer' });
    expect(key).toMatch(new RegExp(`^fm_${id}_[a-z0-9]{32}$`));
    const secret = key.slice(-32);
    const { body: list } = await server.api.request('GET', KEYS);
    expect(list.items[0]).toMatchObject({
      id,
      name: 'shown once',
      role: 'viewer',
      feeds: null,
      revokedAt: null,
    });
    const { body: audit } = await server.api.request('GET', '/api/v1/admin/audit', undefined, {
      query: { subject: `key/${id}` },
    });
    expect(audit.items).toMatchObject([{ action: 'key.created', actor: 'bootstrap', before: null }]);
    await whoami(key);
    for (const text of [JSON.stringify(list), JSON.stringify(audit), server.log()])
      expect(text).not.toContain(secret);
  });

  it.each<[string, Record<string, string>]>([
    ['no header', {}],
    ['an empty scheme', { authorization: 'Bearer' }],
    ['a wrong secret', { authorization: `${TEST_ADMIN_KEY.slice(0, -1)}0` }],
    ['a wrong secret, as Bearer', { authorization: `Bearer ${TEST_ADMIN_KEY.slice(0, -1)}0` }],
    ['an unknown id', { authorization: 'Bearer fm_nosuchkey001_0123456789abcdefghijklmnopqrstuv' }],
    ['10 kB', { authorization: `Bearer ${'x'.repeat(10_240)}` }],
    ['another scheme', { authorization: `Digest ${TEST_ADMIN_KEY}` }],
    ['Basic where no page is', { authorization: `Basic ${btoa(`key:${TEST_ADMIN_KEY}`)}` }],
  ])('is refused as %s: 401', async (_, headers) => {
    const answer = await whoami(null, headers);
    expect(answer).toMatchObject({ status: 401, body: { code: 'unauthorized' } });
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="feedmill"');
  });

  it('is not taken from the query string', async () => {
    for (const name of ['key', 'api_key', 'access_token', 'token']) {
      const query = { [name]: TEST_ADMIN_KEY };
      const { status } = await server.api.request('GET', '/api/v1/feeds', undefined, { key: null, query });
      expect(status).toBe(401);
    }
  });

  it('is refused with every problem at once', async () => {
    const body = { name: '', role: 'root', feeds: ['nothere'], expiresAt: '2020-01-01', extra: 1 };
    const first = await server.api.request('POST', KEYS, body);
    expect(first).toMatchObject({ status: 422, body: { code: 'invalid_key' } });
    expect(first.body.errors.map((e: { pointer: string }) => e.pointer).sort()).toEqual([
      '/extra',
      '/name',
      '/role',
    ]);
    const second = await server.api.request('POST', KEYS, {
      ...body,
      name: 'config',
      role: 'viewer',
      extra: undefined,
    });
    expect(second.body.errors.map((e: { pointer: string }) => e.pointer).sort()).toEqual([
      '/expiresAt',
      '/feeds/0',
      '/name',
    ]);
  });

  it('ends by itself when it expires', async () => {
    const expiresAt = new Date(Date.now() + 1500).toISOString();
    const { id, key } = await newKey({ role: 'viewer', expiresAt });
    expect((await whoami(key)).status).toBe(200);
    await sleep(1600);
    expect((await whoami(key)).status).toBe(401);
    const rotated = await server.api.request('POST', `${KEYS}/${id}/rotate`);
    expect(rotated).toMatchObject({ status: 409, body: { code: 'key_expired' } });
  });

  it('is limited to its feeds: lists are filtered, another feed is 403', async () => {
    const { key } = await newKey({ role: 'implementer', feeds: ['usageCsv'] });
    const limited = server.api.as(key);
    expect((await limited.list('/api/v1/feeds')).map((feed) => feed.apiName)).toEqual(['usageCsv']);
    expect((await limited.request('GET', '/api/v1/feeds/usageJson')).status).toBe(403);
    expect((await limited.request('PATCH', '/api/v1/feeds/usageJson', { description: 'x' })).status).toBe(
      403,
    );
    expect((await limited.request('DELETE', '/api/v1/feeds/usageJson')).status).toBe(403);
    expect((await limited.request('GET', '/api/v1/feeds/usageCsv')).status).toBe(200);
  });

  it('opens HTML pages as the password of HTTP Basic', async () => {
    const page = (authorization: string | null) =>
      fetch(`${server.url}/admin/queues`, { headers: authorization ? { authorization } : {} });
    const closed = await page(null);
    expect(closed.status).toBe(401);
    expect(closed.headers.get('www-authenticate')).toContain('Basic');
    expect((await page(`Basic ${btoa(`viewer:${keys.viewer}`)}`)).status).toBe(403);
    expect((await page(`Basic ${btoa(`anybody:${TEST_ADMIN_KEY}`)}`)).status).toBe(200);
  });

  it('is never the last admin key to be revoked', async () => {
    const items = await server.api.list<{ id: string; role: string }>(KEYS);
    const others = items.filter(({ id, role }) => role === 'admin' && id !== 'testadmin001');
    for (const { id } of others) await server.api.post(`${KEYS}/${id}/revoke`, undefined);
    const last = await server.api.request('POST', `${KEYS}/testadmin001/revoke`);
    expect(last).toMatchObject({ status: 409, body: { code: 'last_admin_key' } });
    expect((await whoami(TEST_ADMIN_KEY)).status).toBe(200);
  });
});

describe('a key on two processes', () => {
  let other: TestServer;

  beforeAll(async () => {
    other = await startServer({ role: 'api', database: server.database });
  });
  afterAll(() => other?.stop());

  const statusOn = async (process: TestServer, key: string) =>
    (await process.api.as(key).request('GET', '/api/v1/feeds')).status;

  it('is revoked everywhere within five seconds', async () => {
    const { id, key } = await newKey({ role: 'viewer' });
    expect([await statusOn(server, key), await statusOn(other, key)]).toEqual([200, 200]);
    await server.api.post(`${KEYS}/${id}/revoke`, undefined);
    const revokedAt = Date.now();
    expect(await statusOn(server, key)).toBe(401);
    while ((await statusOn(other, key)) === 200) await sleep(100);
    expect(Date.now() - revokedAt).toBeLessThan(5000);
    expect((await server.api.request('POST', `${KEYS}/${id}/rotate`)).status).toBe(409);
  });

  it('has two live secrets while it is being rotated', async () => {
    const { id, key: first } = await newKey({ role: 'viewer' });
    const { key: second } = await server.api.post(`${KEYS}/${id}/rotate`, { graceSeconds: 4 });
    expect(second).not.toBe(first);
    expect([await statusOn(server, first), await statusOn(server, second)]).toEqual([200, 200]);
    expect(await statusOn(other, second)).toBe(200);
    await sleep(6500);
    expect([await statusOn(server, first), await statusOn(other, first)]).toEqual([401, 401]);
    expect([await statusOn(server, second), await statusOn(other, second)]).toEqual([200, 200]);
  });
});

it('refuses unknown and bad parameters of lists: 400', async () => {
  for (const query of [
    { limit: 0 },
    { limit: 1001 },
    { limit: -1 },
    { limit: 'x' },
    { cursor: 'x' },
    { sort: 'name' },
  ]) {
    for (const path of [
      KEYS,
      '/api/v1/admin/audit',
      '/api/v1/feeds',
      '/api/v1/profiles',
      '/api/v1/identifiers',
    ]) {
      const answer = await server.api.request('GET', path, undefined, { query });
      expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_parameter' } });
    }
  }
});
