import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  TEST_ADMIN_KEY,
  type TestDatabase,
  type TestServer,
  createTestDatabase,
  startServer,
} from '../support/index.js';

const RECORD = {
  Date: '2026-04-16T14:32:00Z',
  OriginatingIdentifier: 'acct-100001',
  Value: 10,
  UsageClassName: 'API Requests',
  UsageClassTypeName: 'Requests',
};
const record = (id: string) => ({ ...RECORD, UdrUsageIdentifier: id });
const wait = (seconds: number | string) => ({ headers: { prefer: `wait=${seconds}` } });

let database: TestDatabase;
let api: TestServer;
let worker: TestServer;

beforeAll(async () => {
  database = await createTestDatabase();
  api = await startServer({ role: 'api', database });
  worker = await startServer({ role: 'worker', database });
}, 120_000);
afterAll(async () => {
  await Promise.all([api?.stop(), worker?.stop()]);
  await database?.drop();
});

const pause = (paused: boolean) => api.api.patch('/api/v1/feeds/usageJson', { paused });
const post = (body: object, options: object) => api.api.postUsage('usageJson', body, options);

describe('a post that prefers to wait', () => {
  it('is answered with its verdicts as soon as another process has given them', async () => {
    const start = Date.now();
    const { status, headers, body } = await post([record('w-1'), record('w-2'), record('w-1'), {}], wait(10));
    expect([status, headers.get('preference-applied'), body.status]).toEqual([202, 'wait=10', 'completed']);
    expect(Date.now() - start).toBeLessThan(9500);
    expect(body.counts).toEqual({
      total: 4,
      imported: 2,
      exception: 1,
      skipped: 0,
      duplicate: 1,
      pending: 0,
    });
    expect(headers.get('location')).toBe(`/api/v1/imports/${body.trackingId}`);
  });

  it('waits for every one of many at the same time', async () => {
    const bodies = Array.from({ length: 40 }, (_, i) => post(record(`many-${i}`), wait(10)));
    const statuses = (await Promise.all(bodies)).map(({ body }) => [body.status, body.counts.imported]);
    expect(statuses).toEqual(bodies.map(() => ['completed', 1]));
  });

  it('waits for an earlier import that is sent again', async () => {
    const key = { headers: { prefer: 'wait=10', 'idempotency-key': 'again' } };
    const both = await Promise.all([post(record('again'), { headers: { 'idempotency-key': 'again' } })]);
    const again = await post(record('again'), key);
    expect(again.body).toMatchObject({
      trackingId: both[0].body.trackingId,
      status: 'completed',
      counts: { imported: 1 },
    });
    expect(again.headers.get('idempotency-replayed')).toBe('true');
  });

  it.each(['wait=x', 'wait', 'wait=-1'])('is refused with %s, and nothing is stored', async (prefer) => {
    const before = await api.api.list('/api/v1/imports');
    const { status, body } = await post(record('refused'), { headers: { prefer } });
    expect([status, body.code]).toEqual([400, 'invalid_parameter']);
    expect(await api.api.list('/api/v1/imports')).toHaveLength(before.length);
  });

  it('is told that ten seconds are the most; without the preference nothing is said of it', async () => {
    expect((await post(record('long'), wait(3600))).headers.get('preference-applied')).toBe('wait=10');
    const plain = await post(record('plain'), {});
    expect([plain.body.status, plain.headers.get('preference-applied')]).toEqual(['queued', null]);
  });

  it('is answered as things stand when its time is over', async () => {
    await pause(true);
    const start = Date.now();
    const { status, body } = await post(record('paused'), wait(1));
    expect(Date.now() - start).toBeGreaterThanOrEqual(990);
    expect([status, body.status, body.counts.pending]).toEqual([202, 'queued', 1]);
    expect((await post(record('not-held'), wait(0))).body.status).toBe('queued');
    await pause(false);
    expect((await api.api.waitForImport(body.trackingId)).counts.imported).toBe(1);
  });

  it('is forgotten when its client goes, and does not hold up the end of the process', async () => {
    await pause(true);
    const goes = request(`${api.url}/api/v1/feeds/usageJson/usage`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${TEST_ADMIN_KEY}`,
        'content-type': 'application/json',
        prefer: 'wait=10',
      },
    });
    goes.on('error', () => undefined);
    goes.end(JSON.stringify(record('goes')));
    await sleep(500);
    goes.destroy();
    const stays = post(record('stays'), wait(10));
    await sleep(500);
    const start = Date.now();
    api.signal('SIGTERM');
    const answer = await stays;
    expect([answer.status, answer.body.status]).toEqual([202, 'queued']);
    expect(Date.now() - start).toBeLessThan(8000);
    await api.restart();
    await pause(false);
    expect((await api.api.waitForImport(answer.body.trackingId)).counts.imported).toBe(1);
  }, 120_000);
});
