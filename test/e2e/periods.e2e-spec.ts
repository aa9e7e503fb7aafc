import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type ApiClient, type ImportView, startServer, type TestServer } from '../support/index.js';
import { pricedProfile, record as priced } from './correcting/priced-feeds.js';

const record = (id: string, date: string, value = 1000, more: object = {}) =>
  priced(id, value, { Date: date, ...more });

describe('periods', () => {
  let server: TestServer;
  let api: ApiClient;
  let feeds = 0;

  beforeAll(async () => {
    server = await startServer();
    api = server.api;
    await api.post('/api/v1/profiles', { name: 'plain' });
    const { version } = await api.post('/api/v1/profiles/plain/versions', pricedProfile('standard'));
    await api.post(`/api/v1/profiles/plain/versions/${version}/publish`, { comment: 'first' });
  });
  afterAll(() => server?.stop());

  const createFeed = async (more: object = {}): Promise<string> => {
    const apiName = `period${++feeds}`;
    const usageKey = { fields: ['Id'], onConflict: 'replace', cancelWhen: 'Status = "D"' };
    await api.post('/api/v1/feeds', {
      name: `Period ${feeds}`,
      apiName,
      format: 'records',
      profile: 'plain',
      usageKey,
      ...more,
    });
    return apiName;
  };
  const send = (feed: string, ...records: object[]): Promise<ImportView> =>
    api.importUsage(feed, { data: records });
  const verdictsOf = async ({ trackingId }: ImportView) =>
    (await api.list(`/api/v1/imports/${trackingId}/records`)).map(({ verdict }) => verdict);
  const ledgerOf = async (feed: string) =>
    (await api.list('/api/v1/usage', { feed })).map(({ usageKey, kind, value, late }) =>
      [usageKey, kind, value, ...(late ? ['late'] : [])].join(' '),
    );
  const exceptionsOf = (feed: string) => api.list('/api/v1/exceptions', { feed });
  const close = (until: string, ...names: string[]) =>
    api.post('/api/v1/periods/close', { until, feeds: names });
  const periodOf = async (feed: string) =>
    (await api.list('/api/v1/periods')).find((period) => period.feed.apiName === feed);

  describe('usage of a closed period', () => {
    it('is an exception; what is known already stays a duplicate; what is live stays', async () => {
      const feed = await createFeed();
      const april = record('a', '2026-04-30T23:59:59Z');
      const inMay = record('m', '2026-05-01T00:00:00Z');
      await send(feed, april, inMay);
      await close('2026-05-01', feed);
      const sent = await send(
        feed,
        april,
        record('a', '2026-04-30T23:59:59Z', 7),
        record('a', '2026-05-02T00:00:00Z', 8),
        record('new', '2026-04-30T23:59:59.999999Z'),
        record('later', '2026-05-01T00:00:00Z'),
        record('m', '2026-05-03T00:00:00Z', 9),
      );
      expect(await verdictsOf(sent)).toEqual([
        'duplicate',
        'exception',
        'exception',
        'exception',
        'imported',
        'imported',
      ]);
      const found = await exceptionsOf(feed);
      expect(found.map(({ stage, code, field }) => [stage, code, field])).toEqual(
        Array(3).fill(['store', 'period_closed', 'date']),
      );
      const moved = found.find(({ index }) => index === 2);
      expect(moved.details).toMatchObject({
        live: { index: 0, usage: [{ date: '2026-04-30T23:59:59Z', value: '1000' }] },
        sent: { usage: [{ value: '8' }] },
      });
      expect((await ledgerOf(feed)).sort()).toEqual([
        'a usage 1000',
        'later usage 1000',
        'm reversal -1000',
        'm usage 1000',
        'm usage 9',
      ]);
    });

    it('is not taken back by cancels and corrections to zero that come later', async () => {
      const feed = await createFeed();
      await send(feed, record('c', '2026-04-10T00:00:00Z'), record('z', '2026-04-10T00:00:00Z'));
      await close('2026-05-01', feed);
      const sent = await send(
        feed,
        record('c', '2026-05-10T00:00:00Z', 1, { Status: 'D' }),
        record('z', '2026-05-10T00:00:00Z', 0),
      );
      expect(sent.reasons).toEqual({ skipped: {}, exception: { period_closed: 2 } });
      expect(await ledgerOf(feed)).toEqual(['z usage 1000', 'c usage 1000']);
    });

    it('is not taken back for a conflict that an operator decides against it', async () => {
      const feed = await createFeed({ usageKey: { fields: ['Id'] } });
      await send(feed, record('k', '2026-04-10T00:00:00Z'));
      await send(feed, record('k', '2026-05-10T00:00:00Z', 7));
      await close('2026-05-01', feed);
      const { imports } = await api.post('/api/v1/exceptions/resolve', {
        selection: { filter: { feed } },
        resolution: 'replace',
        reason: 'the second is right',
      });
      const { reasons } = await api.waitForImport(imports[0]);
      expect(reasons).toEqual({ skipped: {}, exception: { period_closed: 1 } });
      expect(await ledgerOf(feed)).toEqual(['k usage 1000']);
    });

    it('is posted late where the feed accepts it, and so is what takes it back', async () => {
      const feed = await createFeed({ lateUsage: 'accept' });
      await send(feed, record('x', '2026-04-10T00:00:00Z'));
      await close('2026-05-01T00:00:00Z', feed);
      const sent = await send(
        feed,
        record('x', '2026-04-10T00:00:00Z', 5),
        record('y', '2026-04-11T00:00:00Z'),
        record('z', '2026-05-11T00:00:00Z'),
      );
      expect(sent.counts).toMatchObject({ imported: 3 });
      expect((await ledgerOf(feed)).sort()).toEqual([
        'x reversal -1000 late',
        'x usage 1000',
        'x usage 5 late',
        'y usage 1000 late',
        'z usage 1000',
      ]);
    });

    it('is told by a dry run', async () => {
      const feed = await createFeed();
      await close('2026-05-01', feed);
      const data = [record('d', '2026-04-10T00:00:00Z')];
      const { body } = await api.postUsage(feed, { data }, { query: { dryRun: true } });
      expect(body.records[0]).toMatchObject({ verdict: 'exception', exception: { code: 'period_closed' } });
    });
  });

  it('are closed by a date at midnight of each feed, never opened by closing, and reopened from a moment', async () => {
    const utc = await createFeed();
    const newYork = await createFeed({ timeZone: 'America/New_York' });
    const { change, periods } = await close('2026-05-01', utc, newYork);
    expect(change).toMatchObject({ action: 'close', boundary: '2026-05-01', feeds: [utc, newYork] });
    const until = (views: { feed: { apiName: string }; closedUntil: string }[]) =>
      Object.fromEntries(views.map(({ feed, closedUntil }) => [feed.apiName, closedUntil]));
    const closed = { [utc]: '2026-05-01T00:00:00Z', [newYork]: '2026-05-01T04:00:00Z' };
    expect(until(periods)).toEqual(closed);
    expect(until((await close('2026-03-01', utc, newYork)).periods)).toEqual(closed);
    const reason = 'a file of April was found';
    const reopen = (from: string) =>
      api.post('/api/v1/periods/reopen', { from, reason, feeds: [utc, newYork] });
    const changes = await api.list('/api/v1/periods/changes');
    for (const from of ['2026-06-01T00:00:00Z', '2026-05-02']) {
      const refused = await api.request('POST', '/api/v1/periods/reopen', {
        from,
        reason,
        feeds: [utc, newYork],
      });
      expect([refused.status, refused.body.code, refused.body.errors]).toMatchObject([
        409,
        'nothing_to_reopen',
        [{ pointer: '/from' }],
      ]);
    }
    expect(await api.list('/api/v1/periods/changes')).toEqual(changes);
    expect(until((await reopen('2026-04-01')).periods)).toEqual({
      [utc]: '2026-04-01T00:00:00Z',
      [newYork]: '2026-04-01T04:00:00Z',
    });
    expect(await periodOf(newYork)).toEqual({
      feed: expect.objectContaining({ apiName: newYork }),
      timeZone: 'America/New_York',
      closedUntil: '2026-04-01T04:00:00Z',
      lateUsage: 'exception',
    });
    const [last] = await api.list('/api/v1/periods/changes');
    expect(last).toMatchObject({ action: 'reopen', boundary: '2026-04-01', reason, actor: 'bootstrap' });
    const { items } = await api.get('/api/v1/admin/audit', { subject: `period/${last.id}` });
    expect(items).toMatchObject([
      {
        action: 'period.reopened',
        before: { closedUntil: closed },
        after: { reason, closedUntil: { [utc]: '2026-04-01T00:00:00Z' } },
      },
    ]);
    const sent = await send(utc, record('o', '2026-04-15T00:00:00Z'));
    expect(sent.counts).toMatchObject({ imported: 1 });
  });

  it('of all feeds are those of feeds that are created later, in their zones', async () => {
    const before = await createFeed();
    await api.post('/api/v1/periods/close', { until: '2025-07-01' });
    await api.post('/api/v1/periods/reopen', { from: '2025-03-01', reason: 'too early' });
    await api.post('/api/v1/periods/close', { until: '2025-02-01T00:00:00Z' });
    const later = await createFeed({ timeZone: 'Europe/Berlin' });
    expect((await periodOf(before)).closedUntil).toBe('2025-03-01T00:00:00Z');
    expect((await periodOf(later)).closedUntil).toBe('2025-02-28T23:00:00Z');
    const sent = await send(later, record('e', '2025-02-28T22:59:59Z'), record('f', '2025-02-28T23:00:00Z'));
    expect(await verdictsOf(sent)).toEqual(['exception', 'imported']);
  });

  it('are refused with every problem, and for feeds of others', async () => {
    const feed = await createFeed();
    const refusal = async (path: string, body: object, client = api) => {
      const answer = await client.request('POST', `/api/v1/periods/${path}`, body);
      return [
        answer.status,
        answer.body.code,
        (answer.body.errors ?? []).map((e: { pointer: string }) => e.pointer),
      ];
    };
    const invalid = (...pointers: string[]) => [422, 'invalid_period', pointers];
    const tomorrow = new Date(Date.now() + 2 * 86_400_000).toISOString();
    expect(await refusal('close', { until: tomorrow, feeds: [feed] })).toEqual(invalid('/until'));
    expect(await refusal('close', { until: tomorrow.slice(0, 10) })).toEqual(invalid('/until'));
    for (const until of ['2026-02-30', 'yesterday', '2026-05-01T00:00:00', 'infinity', '\u0000'])
      expect(await refusal('close', { until })).toEqual(invalid('/until'));
    expect(await refusal('close', { until: '2026-01-01', feeds: [feed, 'nothere', '99'] })).toEqual(
      invalid('/feeds/1', '/feeds/2'),
    );
    expect(await refusal('close', { feeds: [], extra: 1 })).toEqual(invalid('/extra', '/until', '/feeds'));
    expect(await refusal('reopen', { from: '2026-01-01' })).toEqual(invalid('/reason'));
    const limited = await api.post('/api/v1/admin/keys', { name: 'one', role: 'operator', feeds: [feed] });
    const client = api.as(limited.key);
    const ask = { from: '2024-01-01', reason: 'r' };
    expect(await refusal('reopen', ask, client)).toEqual([403, 'forbidden', []]);
    expect(await refusal('reopen', { ...ask, feeds: ['usageCsv'] }, client)).toEqual([403, 'forbidden', []]);
    await close('2024-06-01', feed);
    expect((await client.request('POST', '/api/v1/periods/reopen', { ...ask, feeds: [feed] })).status).toBe(
      200,
    );
    for (const feeds of ['x', [5], {}])
      expect(
        (await api.request('POST', '/api/v1/periods/close', { until: '2024-01-01', feeds })).body.errors,
      ).toEqual([
        {
          pointer: '/feeds',
          code: 'invalid_value',
          message: expect.stringMatching(Array.isArray(feeds) ? /texts alone/ : /^feeds must be a list/),
        },
      ]);
    expect((await client.list('/api/v1/periods')).map((period) => period.feed.apiName)).toEqual([feed]);
    const seen = await client.list('/api/v1/periods/changes');
    expect(seen.every(({ feeds: named }) => named === null || named.join() === feed)).toBe(true);
  });

  describe('a close beside postings', () => {
    let client: pg.Client;

    beforeEach(async () => {
      client = new pg.Client(server.database.url);
      await client.connect();
    });
    afterEach(() => client.end());

    const untilClosed = async (feed: string) => {
      while ((await periodOf(feed)).closedUntil !== '2026-05-01T00:00:00Z') await sleep(20);
    };
    const untilBlocked = async () => {
      const blocked = `SELECT count(*)::int AS n FROM pg_locks WHERE relation = 'usage'::regclass AND NOT granted`;
      while ((await client.query<{ n: number }>(blocked)).rows[0]!.n === 0) await sleep(20);
    };

    it('answers when the transactions have ended that might not know of it, and waits for no others', async () => {
      const feed = await createFeed();
      await client.query('BEGIN');
      await client.query('INSERT INTO posting (entries) VALUES (0)');
      let isAnswered = false;
      const answer = close('2026-05-01', feed).finally(() => (isAnswered = true));
      await untilClosed(feed);
      await sleep(300);
      expect(isAnswered).toBe(false);
      await client.query('COMMIT');
      await answer;
      await client.query('BEGIN');
      await client.query('SELECT pg_current_xact_id()');
      await close('2026-05-02', feed);
      await client.query('ROLLBACK');
    });

    it('is seen by a batch that was writing when it came', async () => {
      const feed = await createFeed();
      await client.query('BEGIN');
      await client.query('LOCK TABLE usage IN SHARE MODE');
      const { body } = await api.postUsage(feed, { data: [record('b', '2026-04-10T00:00:00Z')] });
      await untilBlocked();
      const answer = close('2026-05-01', feed);
      await untilClosed(feed);
      await client.query('COMMIT');
      await answer;
      expect((await api.waitForImport(body.trackingId)).reasons.exception).toEqual({ period_closed: 1 });
      expect(await ledgerOf(feed)).toEqual([]);
    });
  });
});
