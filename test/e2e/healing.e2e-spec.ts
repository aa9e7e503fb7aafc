import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type ApiClient, startServer, type TestServer } from '../support/index.js';

const record = (id: string, account: string) => ({
  Date: '2026-04-16T14:32:00Z',
  OriginatingIdentifier: account,
  UdrUsageIdentifier: id,
  Value: 1000,
  UsageClassName: 'API Requests',
  UsageClassTypeName: 'Requests',
});

describe('a feed that is healed by itself', () => {
  let server: TestServer;
  let api: ApiClient;
  let client: pg.Client;
  let feeds = 0;

  beforeAll(async () => {
    server = await startServer();
    api = server.api;
    client = new pg.Client(server.database.url);
    await client.connect();
  });
  afterAll(async () => {
    await client?.end();
    await server?.stop();
  });

  const createFeed = async (more: object = { autoHeal: true }): Promise<string> => {
    const { profile, usageKey } = await api.get('/api/v1/feeds/usageJson');
    const apiName = `healed${++feeds}`;
    await api.post('/api/v1/feeds', {
      name: apiName,
      apiName,
      format: 'records',
      profile,
      usageKey,
      ...more,
    });
    return apiName;
  };
  const send = (feed: string, ...records: object[]) => api.importUsage(feed, { data: records });
  const own = (...accounts: string[]) =>
    api.put('/api/v1/identifiers', {
      identifiers: accounts.map((value) => ({ type: 'Account', value, accountId: value, serviceId: 's' })),
    });
  const healedTo = async (feed: string) =>
    (
      await client.query<{ v: string | null }>('SELECT healed_version AS v FROM feed WHERE api_name = $1', [
        feed,
      ])
    ).rows[0]!.v;
  const untilHealed = async (feed: string) => {
    const { rows } = await client.query<{ v: string }>('SELECT current AS v FROM reference_version');
    const deadline = Date.now() + 20_000;
    while ((await healedTo(feed)) !== rows[0]!.v) {
      if (Date.now() > deadline)
        throw new Error(`${feed} is healed to ${await healedTo(feed)}, not ${rows[0]!.v}`);
      await sleep(50);
    }
  };
  const corrections = async (feed: string) => {
    const imports = await api.list('/api/v1/imports', { feed, channel: 'reprocess' });
    return Promise.all(imports.map(({ trackingId }) => api.waitForImport(trackingId)));
  };
  const keysOf = async (feed: string) =>
    (await api.list('/api/v1/usage', { feed })).map(({ usageKey }) => usageKey).sort();

  it('has usage of what it missed, once, and on record; others have not', async () => {
    const feed = await createFeed();
    const asked = await createFeed({});
    for (const name of [feed, asked])
      await send(name, record('1', 'acct-h1'), record('2', 'acct-h2'), record('3', 'acct-h1'));
    await own('acct-h1');
    await untilHealed(feed);
    const [correction, ...more] = await corrections(feed);
    expect(more).toEqual([]);
    expect(correction).toMatchObject({
      counts: { total: 2, imported: 2 },
      submittedBy: 'auto-heal',
      feed: { apiName: feed },
    });
    expect(await keysOf(feed)).toEqual(['1', '3']);
    expect(
      (await api.list('/api/v1/exceptions', { feed, status: 'open' })).map(({ usageKey }) => usageKey),
    ).toEqual(['2']);
    expect(await corrections(asked)).toEqual([]);
    const [audited] = await api.list('/api/v1/admin/audit', { actor: 'auto-heal' });
    expect(audited).toMatchObject({
      action: 'reprocess.started',
      keyId: null,
      after: { eligible: 2, imports: [correction!.trackingId] },
    });
    // What heals nothing starts nothing.
    await own('acct-nobody-asked-for');
    await untilHealed(feed);
    expect(await corrections(feed)).toHaveLength(1);
  });

  it('waits for a chunk that took what was true before', async () => {
    const feed = await createFeed();
    await client.query('BEGIN');
    await client.query('LOCK TABLE exception IN SHARE MODE');
    const { body } = await api.postUsage(feed, { data: [record('r', 'acct-race')] });
    const blocked = `SELECT count(*)::int AS n FROM pg_locks WHERE relation = 'exception'::regclass AND NOT granted`;
    while ((await client.query<{ n: number }>(blocked)).rows[0]!.n === 0) await sleep(20);
    const before = await healedTo(feed);
    await own('acct-race');
    // Longer than the job takes to look again.
    await sleep(3000);
    expect(await healedTo(feed)).toBe(before);
    await client.query('COMMIT');
    expect((await api.waitForImport(body.trackingId)).counts).toMatchObject({ exception: 1 });
    await untilHealed(feed);
    await corrections(feed);
    expect(await keysOf(feed)).toEqual(['r']);
  });

  it('is not held up by another whose records wait', async () => {
    const paused = await createFeed();
    const feed = await createFeed();
    await send(paused, record('p', 'acct-waits'));
    await send(feed, record('f', 'acct-waits'));
    const held = await api.postUsage(paused, { data: [record('q', 'acct-other')] });
    await api.waitForImport(held.body.trackingId);
    // As a worker that died in the middle leaves it, and the feed was paused then.
    await api.patch(`/api/v1/feeds/${paused}`, { paused: true });
    const waiting = await api.postUsage(paused, { data: [record('w', 'acct-waits')] });
    await client.query(
      `UPDATE chunk SET reference_version = 1 WHERE import_id = (SELECT id FROM import WHERE tracking_id = $1)`,
      [waiting.body.trackingId],
    );
    await own('acct-waits');
    await untilHealed(feed);
    await corrections(feed);
    expect(await keysOf(feed)).toEqual(['f']);
    expect(await corrections(paused)).toEqual([]);
    await api.patch(`/api/v1/feeds/${paused}`, { paused: false });
    await api.waitForImport(waiting.body.trackingId);
    await untilHealed(paused);
    await corrections(paused);
    expect(await keysOf(paused)).toEqual(['p', 'w']);
  });

  it('is not held up by another that cannot be healed, nor by a correction that uses older data on purpose', async () => {
    const failing = await createFeed();
    const feed = await createFeed();
    await send(failing, record('x', 'acct-mends'));
    await send(feed, record('y', 'acct-mends'));
    const { trackingId } = await send(feed, record('z', 'acct-100045'));
    await api.patch(`/api/v1/feeds/${feed}`, { paused: true });
    await api.post('/api/v1/admin/reprocess', {
      selection: { trackingIds: [trackingId] },
      mode: 'all',
      referenceData: 'original',
      reason: 'a check that waits',
    });
    await client.query(
      `CREATE TRIGGER unhealable BEFORE UPDATE OF healed_version ON feed FOR EACH ROW
       WHEN (NEW.api_name = '${failing}') EXECUTE FUNCTION refuse_change()`,
    );
    try {
      const before = await healedTo(failing);
      await own('acct-mends');
      await untilHealed(feed);
      expect(await healedTo(failing)).toBe(before);
    } finally {
      await client.query('DROP TRIGGER unhealable ON feed');
    }
    await api.patch(`/api/v1/feeds/${feed}`, { paused: false });
    await corrections(feed);
    expect(await keysOf(feed)).toEqual(['y', 'z']);
    expect(await corrections(failing)).toEqual([]);
  });

  it('begins with what changes after it asked for it, and says so in its settings', async () => {
    const feed = await createFeed({});
    await send(feed, record('n', 'acct-early'), record('m', 'acct-late'));
    await own('acct-early');
    expect(await api.patch(`/api/v1/feeds/${feed}`, { autoHeal: true })).toMatchObject({ autoHeal: true });
    await own('acct-late');
    await untilHealed(feed);
    await corrections(feed);
    expect(await keysOf(feed)).toEqual(['m']);
    await api.patch(`/api/v1/feeds/${feed}`, { autoHeal: null });
    expect(await healedTo(feed)).toBeNull();
    const refused = await api.request('PATCH', `/api/v1/feeds/${feed}`, { autoHeal: 'yes' });
    expect([refused.status, refused.body.errors[0].pointer]).toEqual([422, '/autoHeal']);
  });
});
