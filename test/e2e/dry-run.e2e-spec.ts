import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import {
  type ApiClient,
  PROJECT_DIR,
  TEST_ADMIN_KEY,
  type TestServer,
  startServer,
} from '../support/index.js';

const RECORD = {
  Date: '2026-04-16T14:32:00Z',
  OriginatingIdentifier: 'acct-100001',
  Value: 1250,
  UsageClassName: 'API Requests',
  UsageClassTypeName: 'Requests',
  Extensions: { region: 'eu' },
};
const record = (id: string, more: object = {}) => ({ ...RECORD, UdrUsageIdentifier: id, ...more });
const batchOf = (count: number) => Array.from({ length: count }, (_, i) => record(`batch-${i}`));
const DRY = { query: { dryRun: true } };

let server: TestServer;
let database: pg.Client;
const dryRun = (
  feed: string,
  body: string | object,
  headers: Record<string, string> = {},
  api = server.api,
) => api.postUsage(feed, body, { ...DRY, headers });

beforeAll(async () => {
  const plugins = join(PROJECT_DIR, 'test/fixtures/plugins');
  server = await startServer({ env: { FEEDMILL_PLUGINS_DIR: plugins } });
  database = new pg.Client({ connectionString: server.database.url });
  await database.connect();
});
afterAll(async () => {
  await database?.end();
  await server?.stop();
});

/** How much there is of everything that a post could leave behind. */
async function stored(): Promise<Record<string, number>> {
  const tables = [
    'import',
    'import_body',
    'chunk',
    'idempotency',
    'key_cell',
    'posting',
    'usage',
    'exception',
  ];
  const counts = tables.map((table) => `(SELECT count(*)::int FROM ${table}) AS "${table}"`);
  return (await database.query<Record<string, number>>(`SELECT ${counts.join(', ')}`)).rows[0]!;
}

async function createFeed(apiName: string, profile: string, usageKey: object): Promise<void> {
  await server.api.post('/api/v1/feeds', {
    name: `a ${apiName}`,
    apiName,
    format: 'records',
    profile,
    usageKey,
  });
}

async function integrator(more: object = {}): Promise<ApiClient> {
  const { key } = await server.api.post('/api/v1/admin/keys', {
    name: 'gateway',
    role: 'integrator',
    ...more,
  });
  return server.api.as(key);
}

describe('a dry run', () => {
  const sent = [
    record('dry-new'),
    record('dry-live'),
    record('dry-live', { Value: 9 }),
    record('dry-zero', { Value: 0 }),
    record('dry-stranger', { OriginatingIdentifier: 'nobody' }),
    record('dry-new'),
    5,
    'text',
  ];

  it('gives the verdicts that the same records get when they are posted, and stores nothing', async () => {
    const live = await server.api.importUsage('usageJson', record('dry-live'));
    const before = await stored();
    const { status, body } = await dryRun('usageJson', sent, { 'idempotency-key': 'dry', prefer: 'wait=10' });
    expect(status).toBe(200);
    expect(await stored()).toEqual(before);
    expect((await dryRun('usageJson', sent)).body).toEqual(body);

    expect(body).toMatchObject({
      feed: { apiName: 'usageJson' },
      profile: { name: 'usage-json', version: 1 },
      counts: { total: 8, imported: 1, exception: 4, skipped: 1, duplicate: 2, pending: 0 },
    });
    const [first, duplicate, conflict, zero, stranger, repeated, malformed] = body.records;
    expect(first).toMatchObject({
      index: 0,
      verdict: 'imported',
      usageKey: 'dry-new',
      exception: null,
      reason: null,
      duplicateOf: null,
      reverses: null,
    });
    expect(first.usage).toEqual([
      {
        part: 0,
        date: '2026-04-16T14:32:00Z',
        timeZone: 'UTC',
        localDate: '2026-04-16',
        usageKey: 'dry-new',
        identifierType: 'Unknown',
        originatingIdentifier: 'acct-100001',
        terminatingIdentifier: null,
        usageIdentifier: 'dry-new',
        value: '1250',
        usageClass: 'API Requests',
        usageClassType: 'Requests',
        inbound: false,
        reverseRating: false,
        primaryDataRow: null,
        extensions: { region: 'eu' },
        resolvedIdentifier: expect.objectContaining({ field: 'originatingIdentifier', value: 'acct-100001' }),
        accountId: 'acct-100001',
        serviceId: expect.any(String),
        rating: expect.objectContaining({
          source: 'rated',
          plan: 'standard',
          amount: '0.5',
          currency: 'USD',
        }),
        cost: null,
      },
    ]);
    expect(duplicate).toMatchObject({
      verdict: 'duplicate',
      usage: [],
      duplicateOf: { trackingId: live.trackingId, index: 0 },
    });
    expect(conflict.exception).toMatchObject({
      stage: 'store',
      step: null,
      code: 'usage_key_conflict',
      details: { live: { trackingId: live.trackingId } },
    });
    expect(zero).toMatchObject({ verdict: 'skipped', reason: 'zero_value' });
    expect(stranger.exception).toMatchObject({
      stage: 'resolve',
      step: 'resolve-identifier',
      code: 'identifier_not_found',
      record: { value: '1250', originatingIdentifier: 'nobody' },
    });
    expect(repeated).toMatchObject({ verdict: 'duplicate', duplicateOf: { trackingId: null, index: 0 } });
    expect(malformed).toMatchObject({
      usageKey: null,
      exception: { stage: 'decode', code: 'malformed_row' },
    });

    const posted = await server.api.importUsage('usageJson', sent);
    expect(posted.counts).toEqual(body.counts);
    const records = await server.api.list(`/api/v1/imports/${posted.trackingId}/records`);
    const verdicts = (list: typeof records) =>
      list.map(({ verdict, usageKey, reason }) => [verdict, usageKey, reason]);
    expect(verdicts(records)).toEqual(verdicts(body.records));
    const exceptions = await server.api.list('/api/v1/exceptions', { trackingId: posted.trackingId });
    const codes = (list: { code: string }[]) => list.map(({ code }) => code);
    expect(codes(exceptions.toReversed())).toEqual(
      codes(body.records.flatMap(({ exception }: { exception: { code: string } | null }) => exception ?? [])),
    );
  });

  it('knows every door: rows, lines, events, and every digit', async () => {
    const row =
      '2022-05-01T02:00:00,Unknown,4038675309,4038675345,648-688-4180,94,False,False,data_class,Data_1,';
    const csv = await dryRun('usageCsv', `${row}\n`, { 'content-type': 'text/csv' });
    expect(csv.body.records[0].usage[0].rating.amount).toBe('4.7');
    const exact = JSON.stringify(record('dry-digits')).replace('1250', '9007199254740993.000000000000000001');
    const lines = await dryRun('usageJson', `${exact}\n{`, { 'content-type': 'application/x-ndjson' });
    expect(lines.body.records[0].usage[0].value).toBe('9007199254740993.000000000000000001');
    expect(lines.body.records[1].exception.message).toMatch(/not JSON/);
    const event = { specversion: '1.0', id: 'e', source: '/s', type: 't', data: record('dry-event') };
    const events = await dryRun('usageJson', event, { 'content-type': 'application/cloudevents+json' });
    expect(events.body.counts.imported).toBe(1);
  });

  it('says what a correction would take back', async () => {
    await createFeed('corrected', 'usage-json', { fields: ['UdrUsageIdentifier'], onConflict: 'replace' });
    const live = await server.api.importUsage('corrected', record('c-1'));
    const before = await stored();
    const { body } = await dryRun('corrected', [
      record('c-1', { Value: 2500 }),
      record('c-1', { Value: 5000 }),
    ]);
    expect(body.records).toMatchObject([
      { verdict: 'imported', reason: 'replaces', reverses: { trackingId: live.trackingId, index: 0 } },
      { verdict: 'imported', reason: 'replaces', reverses: { trackingId: null, index: 0 } },
    ]);
    expect(body.records[1].usage[0].rating.amount).toBe('2');
    expect(await stored()).toEqual(before);
    expect(await server.api.list('/api/v1/usage', { trackingId: live.trackingId, live: true })).toHaveLength(
      1,
    );
  });

  it('does not get in the way of the same records being posted', async () => {
    const batch = Array.from({ length: 100 }, (_, i) => record(`busy-${i}`));
    const dry = Promise.all(Array.from({ length: 10 }, () => dryRun('usageJson', batch)));
    const posted = await server.api.importUsage('usageJson', batch);
    expect(posted.counts).toMatchObject({ imported: 100 });
    for (const { status, body } of await dry) {
      expect(status).toBe(200);
      expect(body.counts.imported + body.counts.duplicate).toBe(100);
    }
  });

  it('takes a hundred records, from integrators too', async () => {
    const gateway = await integrator();
    expect((await dryRun('usageJson', batchOf(100), {}, gateway)).body.counts.imported).toBe(100);
    const more = await dryRun('usageJson', batchOf(101), {}, gateway);
    expect([more.status, more.body.code]).toEqual([422, 'dry_run_too_large']);
  });

  it('is refused as the post itself would be', async () => {
    await server.api.post('/api/v1/profiles', { name: 'unpublished' });
    await createFeed('early', 'unpublished', { fields: ['id'] });
    await createFeed('off', 'usage-json', { fields: ['UdrUsageIdentifier'] });
    await server.api.patch('/api/v1/feeds/off', { enabled: false });
    const other = await integrator({ feeds: ['off'] });
    const answers = [
      await dryRun('early', record('x')),
      await dryRun('off', record('x')),
      await dryRun('nowhere', record('x')),
      await dryRun('usageJson', record('x'), {}, other),
      await dryRun('usageJson', []),
      await dryRun('usageJson', 'x', { 'content-type': 'text/plain' }),
      await dryRun('usageJson', '[5]'),
      await dryRun('usageJson', batchOf(1001)),
      await server.api.postUsage('usageJson', record('x'), { query: { dryRun: 'maybe' } }),
    ];
    expect(answers.map(({ status, body }) => [status, body.code])).toEqual([
      [409, 'profile_not_published'],
      [409, 'feed_disabled'],
      [404, 'feed_not_found'],
      [403, 'forbidden'],
      [400, 'empty_batch'],
      [415, 'unsupported_media_type'],
      [422, 'wrong_shape'],
      [413, 'too_many_records'],
      [400, 'invalid_parameter'],
    ]);
  });

  it('whose records end the process is refused, and the next one runs', async () => {
    await server.api.post('/api/v1/profiles', { name: 'faulty' });
    await server.api.post('/api/v1/profiles/faulty/versions', {
      decode: { use: 'decode-json@1', config: {} },
      steps: [
        {
          use: 'map-fields@1',
          config: {
            fields: [
              { field: 'date', from: 'Date' },
              { field: 'value', from: 'Value' },
            ],
          },
        },
        { use: 'misbehave@1', config: {} },
      ],
    });
    await server.api.post('/api/v1/profiles/faulty/versions/1/publish', { comment: 'it misbehaves' });
    await createFeed('faulty', 'faulty', { fields: ['UdrUsageIdentifier'] });
    const good = { ...record('f-1'), Fault: undefined };
    const [dead, alive] = await Promise.all([
      dryRun('faulty', [good, { ...good, Fault: 'abort' }]),
      sleep(50).then(() => dryRun('faulty', good)),
    ]);
    expect([dead.status, dead.body.code]).toEqual([422, 'dry_run_not_survivable']);
    expect([alive.status, alive.body.counts.imported]).toEqual([200, 1]);
    const thrown = await dryRun('faulty', [good, { ...record('f-2'), Fault: 'throw' }]);
    expect(thrown.body.records.map((r: { verdict: string }) => r.verdict)).toEqual(['imported', 'exception']);
    expect(thrown.body.records[1].exception.code).toBe('step_crashed');
  });

  it('is refused in time where the database does not answer', async () => {
    const blocker = new pg.Client({ connectionString: server.database.url });
    await blocker.connect();
    await blocker.query('BEGIN');
    await blocker.query('LOCK TABLE key_cell IN ACCESS EXCLUSIVE MODE');
    const started = Date.now();
    const late = await dryRun('usageJson', record('dry-late'));
    const took = Date.now() - started;
    await blocker.end();
    expect([late.status, late.body.code]).toEqual([503, 'unavailable']);
    expect(took).toBeLessThan(5000);
    expect((await dryRun('usageJson', record('dry-late'))).status).toBe(200);
  });

  it('waits for others only for a while, and not for those whose clients have gone', async () => {
    const faulty = (fault?: string) => ({ ...record('f-3'), Fault: fault });
    void dryRun('faulty', faulty('hang')).catch(() => undefined);
    await sleep(200);
    const clients = Array.from({ length: 20 }, () => new AbortController());
    const gone = clients.map(({ signal }) =>
      fetch(`${server.url}/api/v1/feeds/faulty/usage?dryRun=true`, {
        method: 'POST',
        headers: { authorization: `Bearer ${TEST_ADMIN_KEY}`, 'content-type': 'application/json' },
        body: JSON.stringify(faulty()),
        signal,
      }).catch(() => undefined),
    );
    await sleep(500);
    const timed = async () => {
      const started = Date.now();
      const { status, headers } = await dryRun('faulty', faulty());
      return [status, headers.get('retry-after'), Date.now() - started] as const;
    };
    const [full, , atOnce] = await timed();
    expect([full, atOnce < 1000]).toEqual([429, true]);
    for (const client of clients) client.abort();
    await Promise.all(gone);
    await sleep(100);
    const [status, retryAfter, waited] = await timed();
    expect([status, retryAfter]).toEqual([429, '1']);
    expect(waited).toBeGreaterThan(4000);
    expect(waited).toBeLessThan(7000);
    // A proper end would wait for the one that hangs.
    await server.kill9();
  }, 30_000);
});
