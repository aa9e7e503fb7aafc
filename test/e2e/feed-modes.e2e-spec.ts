import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type TestServer, startServer } from '../support/index.js';

let server: TestServer;
let database: pg.Client;

beforeAll(async () => {
  server = await startServer();
  database = new pg.Client({ connectionString: server.database.url });
  await database.connect();
  const { api } = server;
  await api.post('/api/v1/profiles', { name: 'by-parameters' });
  await api.post('/api/v1/profiles/by-parameters/versions', {
    decode: { use: 'decode-json@1', config: {} },
    steps: [
      {
        use: 'map-fields@1',
        config: {
          fields: [
            { field: 'date', from: 'at' },
            { field: 'value', from: 'count' },
          ],
        },
      },
      {
        use: 'normalize@1',
        config: {
          fields: [
            { field: 'value', expression: 'value * $feed.parameters.factor' },
            { field: 'usageClass', expression: '$feed.parameters.names.class', optional: true },
          ],
        },
      },
    ],
  });
  await api.post('/api/v1/profiles/by-parameters/versions/1/publish', { comment: 'first' });
});
afterAll(async () => {
  await database?.end();
  await server?.stop();
});

const createFeed = (apiName: string, more: object = {}) =>
  server.api.post('/api/v1/feeds', {
    name: `the ${apiName}`,
    apiName,
    format: 'records',
    profile: 'by-parameters',
    usageKey: { fields: ['id'] },
    parameters: { factor: '2.5' },
    ...more,
  });
const record = (id: string, count: unknown = 4) => ({ id, at: '2026-04-16T14:32:00Z', count });
const usageOf = (trackingId: string) => server.api.list('/api/v1/usage', { trackingId });

/** Looks until something is so: what is remembered for a few seconds comes late. */
async function until<T>(look: () => Promise<T>, isSo: (found: T) => boolean): Promise<T> {
  for (const deadline = Date.now() + 15_000; ; await sleep(100)) {
    const found = await look();
    if (isSo(found) || Date.now() > deadline) return found;
  }
}

describe('a paused feed', () => {
  it('accepts, its records wait, and resuming lets them go on', async () => {
    await createFeed('waiting', { paused: true });
    const posted = await server.api.postUsage('waiting', record('w-1'));
    expect([posted.status, posted.body.status]).toEqual([202, 'queued']);
    const elsewhere = await server.api.importUsage('usageJson', { Date: '2026-01-01' });
    expect(elsewhere.status).toBe('completed');
    await sleep(500);
    const path = `/api/v1/imports/${posted.body.trackingId}`;
    expect(await server.api.get(path)).toMatchObject({
      status: 'queued',
      startedAt: null,
      counts: { pending: 1 },
    });
    await server.api.patch('/api/v1/feeds/waiting', { paused: false });
    const done = await server.api.waitForImport(posted.body.trackingId);
    expect(done.counts).toMatchObject({ imported: 1, pending: 0 });
  });
});

describe('the parameters of a feed', () => {
  it('are read by expressions of its profile, so that one profile serves many feeds', async () => {
    await createFeed('halves', { parameters: { factor: '0.5', names: { class: 'Half' } } });
    await createFeed('plain');
    const [half] = await usageOf((await server.api.importUsage('halves', record('p-1'))).trackingId);
    const [plain] = await usageOf((await server.api.importUsage('plain', record('p-1'))).trackingId);
    expect([half.value, half.usageClass]).toEqual(['2', 'Half']);
    expect([plain.value, plain.usageClass]).toEqual(['10', null]);
    await server.api.patch('/api/v1/feeds/halves', { parameters: { factor: 3 } });
    const changed = await server.api.importUsage('halves', record('p-2'));
    expect((await usageOf(changed.trackingId))[0].value).toBe('12');
  });
});

describe('a feed of mode test', () => {
  it('mediates and shows its usage, which is marked in the ledger', async () => {
    await createFeed('trial', { mode: 'test' });
    const done = await server.api.importUsage('trial', record('t-1'));
    expect(done.counts.imported).toBe(1);
    expect(await usageOf(done.trackingId)).toMatchObject([{ value: '10', live: true }]);
    await server.api.patch('/api/v1/feeds/trial', { mode: 'live' });
    const live = await server.api.importUsage('trial', record('t-2'));
    const { rows } = await database.query<{ key: string; test: boolean }>(
      `SELECT usage_key AS key, flags & 8 <> 0 AS test FROM usage WHERE feed_id = $1 ORDER BY key`,
      [(live.feed as { id: number }).id],
    );
    expect(rows).toEqual([
      { key: 't-1', test: true },
      { key: 't-2', test: false },
    ]);
    const inMode = async (mode?: string) =>
      (await server.api.list('/api/v1/usage', { feed: 'trial', mode })).map((entry) => [
        entry.usageKey,
        entry.mode,
      ]);
    expect(await inMode()).toEqual([
      ['t-2', 'live'],
      ['t-1', 'test'],
    ]);
    expect([await inMode('live'), await inMode('test')]).toEqual([[['t-2', 'live']], [['t-1', 'test']]]);
    const [shown] = await usageOf(done.trackingId);
    expect(await server.api.get(`/api/v1/usage/${shown.id}`)).toMatchObject({ mode: 'test', live: true });
    const unknown = await server.api.request('GET', '/api/v1/usage?mode=both');
    expect([unknown.status, unknown.body.errors[0].pointer]).toEqual([400, 'mode']);
  });
});

describe('an exception of a feed of mode test', () => {
  it('is in no total, also once the feed is live', async () => {
    await createFeed('rehearsal', { mode: 'test', profile: 'usage-json', usageKey: { none: true } });
    const unowned = {
      Date: '2026-04-16T14:32:00Z',
      OriginatingIdentifier: 'nobody',
      UdrUsageIdentifier: 'x',
      Value: 7,
      UsageClassName: 'API Requests',
      UsageClassTypeName: 'Requests',
    };
    expect((await server.api.importUsage('rehearsal', unowned)).counts.exception).toBe(1);
    await server.api.patch('/api/v1/feeds/rehearsal', { mode: 'live' });
    const counted = async () =>
      (await server.api.list('/api/v1/usage/totals', { feed: 'rehearsal', include: 'exceptions' })).map(
        ({ exceptions }) => exceptions,
      );
    expect(await counted()).toEqual([]);
    await server.api.importUsage('rehearsal', unowned);
    expect(await counted()).toEqual([{ count: 1, value: '7' }]);
  });
});

describe('Feedmill-Source', () => {
  it('is what the history can be searched by, whole', async () => {
    const headers = { 'feedmill-source': 'switch-7/cdr 001.json' };
    const { trackingId } = await server.api.importUsage('usageJson', [{ Date: '2026-01-01' }], { headers });
    const find = async (source: string) =>
      (await server.api.list('/api/v1/imports', { source })).map((found) => found.trackingId);
    expect(await find('switch-7/cdr 001.json')).toEqual([trackingId]);
    expect(await find('switch-7')).toEqual([]);
  });
});

describe('a feed that is expected to send', () => {
  const metrics = async () => {
    const text = await server.api.get<string>('/metrics');
    const of = (name: string, feed: string) => {
      const line = text.split('\n').find((l) => l.startsWith(`feedmill_feed_${name}{feed="${feed}"}`));
      return line === undefined ? null : Number(line.split(' ')[1]);
    };
    return {
      quiet: (feed: string) => of('quiet', feed),
      lastAt: (feed: string) => of('last_import_timestamp_seconds', feed),
    };
  };
  const readiness = () => server.api.as(null).request('GET', '/healthz/ready');

  it('is reported while it is quiet, and the server stays ready', async () => {
    await createFeed('hourly', { expectEvery: 'PT1H' });
    await createFeed('daily', { expectEvery: 'P1D' });
    await createFeed('off', { expectEvery: 'P1D', enabled: false });
    await database.query(`UPDATE feed SET created_at = now() - interval '2 hours' WHERE api_name <> 'off'`);
    await database.query(`UPDATE feed SET created_at = now() - interval '9 days' WHERE api_name = 'off'`);
    const before = await until(metrics, ({ quiet }) => quiet('hourly') === 1);
    expect(['hourly', 'daily', 'off', 'usageCsv'].map(before.quiet)).toEqual([1, 0, null, null]);
    expect([before.lastAt('hourly'), before.lastAt('usageCsv')]).toEqual([null, null]);
    const { status, body } = await readiness();
    expect([status, body.status]).toEqual([200, 'ready']);
    expect(body.warnings).toEqual([
      { code: 'feeds_quiet', detail: expect.stringMatching(/^One feed has sent nothing/) },
    ]);
    expect(JSON.stringify(body)).not.toContain('hourly');

    await server.api.importUsage('hourly', record('q-1'));
    const after = await until(metrics, ({ quiet }) => quiet('hourly') === 0);
    expect(after.quiet('hourly')).toBe(0);
    expect(Math.abs(after.lastAt('hourly')! - Date.now() / 1000)).toBeLessThan(30);
    expect((await readiness()).body.warnings).toEqual([]);
  }, 60_000);

  it('has a duration or nothing; null takes it away', async () => {
    const refused = await server.api.request('PATCH', '/api/v1/feeds/daily', { expectEvery: '1 day' });
    expect([refused.status, refused.body.errors[0].pointer]).toEqual([422, '/expectEvery']);
    const longest = 'P999999Y999999M999999W999999DT999999H999999M999999S';
    expect((await server.api.patch('/api/v1/feeds/daily', { expectEvery: longest })).expectEvery).toBe(
      longest,
    );
    await sleep(5100);
    expect((await metrics()).quiet('daily')).toBe(0);
    expect((await server.api.patch('/api/v1/feeds/daily', { expectEvery: null })).expectEvery).toBeNull();
  }, 60_000);
});
