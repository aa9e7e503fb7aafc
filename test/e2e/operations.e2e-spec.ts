import { Socket } from 'node:net';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ApiClient, TEST_ADMIN_KEY, type TestServer, startServer } from '../support/index.js';
import { Ledger } from './reading/ledger.js';

const basic = (key: string) => ({ authorization: `Basic ${Buffer.from(`admin:${key}`).toString('base64')}` });

describe('operating a server', () => {
  let server: TestServer;
  let api: ApiClient;
  let viewer: string;
  let integrator: string;
  let limited: string;

  beforeAll(async () => {
    server = await startServer({ role: 'api', configDir: null });
    api = server.api;
    const ledger = await Ledger.open(server.database.url);
    viewer = (await ledger.key('a viewer', 'viewer')).text;
    integrator = (await ledger.key('an integrator', 'integrator')).text;
    limited = (await ledger.key('a limited viewer', 'viewer', [await ledger.feed('some')])).text;
    await ledger.close();
  });

  afterAll(() => server?.stop());

  it('says that it lives and is ready, to everybody', async () => {
    const nobody = api.as(null);
    expect((await nobody.request('GET', '/healthz/live')).body).toEqual({ status: 'live' });
    const { status, body } = await nobody.request('GET', '/healthz/ready');
    expect([status, body]).toEqual([
      200,
      {
        status: 'ready',
        role: 'api',
        shuttingDown: false,
        checks: { database: { status: 'up' }, migrations: { status: 'up' }, queue: { status: 'up' } },
        warnings: [],
      },
    ]);
  });

  it('gives metrics to keys that may read all feeds', async () => {
    const { status, headers, body } = await api.request<string>('GET', '/metrics', undefined, {
      key: viewer,
    });
    expect(status).toBe(200);
    expect(headers.get('content-type')).toContain('text/plain');
    for (const name of ['window_chunks', 'imports_running', 'oldest_pending_seconds']) {
      expect(body).toMatch(new RegExp(`^feedmill_${name} 0$`, 'm'));
    }
    for (const name of ['accepted_records_total', 'verdicts_total', 'chunk_seconds']) {
      expect(body).toContain(`# TYPE feedmill_${name}`);
    }
    expect(body).toContain('process_cpu_user_seconds_total');
    expect((await api.as(null).request('GET', '/metrics')).status).toBe(401);
    expect((await api.as(integrator).request('GET', '/metrics')).status).toBe(403);
    expect((await api.as(limited).request('GET', '/metrics')).status).toBe(403);
  });

  it('names every request, by the id it came with where that is one', async () => {
    const ask = (id?: string) =>
      api.request('GET', '/api/v1/imports?limit=x', undefined, { headers: id ? { 'x-request-id': id } : {} });
    const given = await ask('trace-1:a.b_c');
    expect(given.headers.get('x-request-id')).toBe('trace-1:a.b_c');
    expect(given.body.requestId).toBe('trace-1:a.b_c');
    for (const bad of ['a b', 'x'.repeat(129), '{"a":1}']) {
      expect((await ask(bad)).headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  it('logs one line for every request, without query, body or key', async () => {
    await api.request('GET', '/api/v1/imports?source=secret-file', undefined, {
      headers: { 'x-request-id': 'logged-1' },
    });
    const find = () => server.logLines().filter((line) => line.requestId === 'logged-1');
    for (let tries = 0; find().length === 0 && tries < 50; tries++) await sleep(20);
    const lines = find();
    expect(lines).toEqual([
      expect.objectContaining({
        level: 'info',
        method: 'GET',
        route: '/api/v1/imports',
        status: 200,
        ms: expect.any(Number),
        keyId: expect.any(String),
      }),
    ]);
    expect(server.log()).not.toContain('secret-file');
    expect(server.log()).not.toContain(TEST_ADMIN_KEY);
  });

  it('lets nobody keep, sniff or frame an answer', async () => {
    for (const path of ['/api/v1/imports', '/api/v1/nothing', '/api/docs', '/healthz/live']) {
      const { headers } = await api.request('GET', path);
      expect([path, headers.get('cache-control')]).toEqual([path, 'no-store']);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
      expect(headers.get('content-security-policy')).not.toContain('unsafe');
    }
  });

  it('describes its API, and shows it without the internet', async () => {
    const description = await api.as(null).get('/api/openapi.json');
    expect(description.components.securitySchemes.key).toMatchObject({ type: 'http', scheme: 'bearer' });
    expect(description.components.schemas.Problem.required).toContain('code');
    const ingest = description.paths['/api/v1/feeds/{feed}/usage'].post;
    const examples = ingest.requestBody.content['application/json'].examples;
    expect(examples.rows.value.data[0]).toContain('4038675309');
    expect(examples.record.value.UdrUsageIdentifier).toBe('evt-20260416-00012345');
    const parameters = description.paths['/api/v1/usage'].get.parameters.map((p: { name: string }) => p.name);
    expect(parameters).toEqual(expect.arrayContaining(['limit', 'cursor', 'account', 'live']));
    const page = await api.as(null).request<string>('GET', '/api/docs');
    const parts = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url!);
    expect(parts.length).toBeGreaterThan(4);
    for (const part of parts) {
      expect(part.startsWith('/api/')).toBe(true);
      expect([part, (await api.as(null).request('GET', part)).status]).toEqual([part, 200]);
    }
    expect(page.body).not.toMatch(/<style|style=|<script>/);
    expect((await api.request('GET', '/api/docs/package.json')).status).toBe(404);
  });

  it('shows the queue board to admins only, to look at', async () => {
    const board = (headers: Record<string, string>, path = '') =>
      api.as(null).request<string>('GET', `/admin/queues${path}`, undefined, { headers });
    const asked = await board({});
    expect([asked.status, asked.headers.get('www-authenticate')]).toEqual([
      401,
      expect.stringContaining('Basic'),
    ]);
    expect((await board(basic(viewer))).status).toBe(403);
    const shown = await board(basic(TEST_ADMIN_KEY));
    expect([shown.status, shown.body]).toEqual([200, expect.stringContaining('Feedmill queues')]);
    expect(shown.body).toContain('rel="stylesheet"');
    expect(shown.body).not.toMatch(/https?:/);
    const queues = await api.get('/admin/queues/api/queues');
    expect(queues.queues).toEqual([expect.objectContaining({ name: 'chunks', readOnlyMode: true })]);
    for (const path of ['pause', 'empty', 'clean/waiting']) {
      const { status } = await api.request('PUT', `/admin/queues/api/queues/chunks/${path}`, {});
      expect([path, status]).toEqual([path, 405]);
    }
  });

  it('serves health and metrics only as a worker', async () => {
    const worker = await startServer({ role: 'worker', configDir: null, database: server.database });
    try {
      expect((await worker.api.request('GET', '/metrics')).status).toBe(200);
      for (const path of [
        '/api/v1/imports',
        '/api/v1/feeds',
        '/api/docs',
        '/api/openapi.json',
        '/admin/queues',
      ]) {
        expect([path, (await worker.api.request('GET', path)).status]).toEqual([path, 404]);
      }
    } finally {
      await worker.stop();
    }
  });

  it('ends at once though a client keeps its connection', async () => {
    const other = await startServer({ role: 'api', configDir: null, database: server.database });
    const { hostname, port } = new URL(other.url);
    const client = new Socket();
    client.connect(Number(port), hostname);
    client.write(`GET /healthz/live HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`);
    await once(client, 'data');
    const start = Date.now();
    await other.stop();
    expect(Date.now() - start).toBeLessThan(15_000);
    client.destroy();
  });

  it('says by the name of the setting what keeps it from starting, and no password', async () => {
    const start = (env: Record<string, string>) =>
      startServer({ configDir: null, database: server.database, env }).then(
        () => 'it started',
        ({ message }: Error) => message,
      );
    const unreachable = await start({ DATABASE_URL: 'postgres://feedmill:s3cret@127.0.0.1:1/none' });
    expect(unreachable).toContain(
      'DATABASE_URL: Postgres at 127.0.0.1:1 cannot be used: connect ECONNREFUSED',
    );
    expect(unreachable).not.toContain('s3cret');
    const wrong = await start({ PORT: 'x', FEEDMILL_PLUGINS_DIR: '/nowhere/at/all' });
    expect(wrong).toMatch(/PORT: must be .*\n.*FEEDMILL_PLUGINS_DIR: must name folders that are there/);
  });

  it('tells apart what works without Redis and what does not', async () => {
    const alone = await startServer({ role: 'all', configDir: null, redisUrl: null });
    try {
      const { body } = await alone.api.request('GET', '/healthz/ready');
      expect(body.checks.queue).toEqual({ status: 'up', detail: expect.stringContaining('no Redis') });
      const page = await alone.api.request<string>('GET', '/admin/queues');
      expect([page.status, page.body]).toEqual([200, expect.stringContaining('no queue to show')]);
    } finally {
      await alone.stop();
    }
  });
});
