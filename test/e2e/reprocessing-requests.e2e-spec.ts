import pg from 'pg';
import { type ApiClient, type ImportView, type TestServer, startServer } from '../support/index.js';

const REPROCESS = '/api/v1/admin/reprocess';
const REASON = { reason: 'the owner was missing' };
const TRACKING_ID = '01890000-0000-7000-8000-00000000000a';

const record = (id: string, more: object = {}) => ({
  Date: '2026-04-16T14:32:00Z',
  OriginatingIdentifier: 'acct-100045',
  UdrUsageIdentifier: id,
  Value: 1000,
  UsageClassName: 'API Requests',
  UsageClassTypeName: 'Requests',
  ...more,
});
const orphan = (id: string) => record(id, { OriginatingIdentifier: 'acct-nobody' });

describe('a request to reprocess', () => {
  let server: TestServer;
  let admin: ApiClient;
  let database: pg.Client;
  let feeds = 0;

  beforeAll(async () => {
    server = await startServer();
    admin = server.api;
    database = new pg.Client({ connectionString: server.database.url });
    await database.connect();
  });
  afterAll(async () => {
    await database?.end();
    await server?.stop();
  });

  /** What is reprocessed here waits: its feed is paused. */
  const createFeed = async (): Promise<string> => {
    const apiName = `asked${++feeds}`;
    const usageKey = { fields: ['UdrUsageIdentifier'] };
    const feed = { name: `Asked ${feeds}`, apiName, format: 'records', profile: 'usage-json', usageKey };
    await admin.post('/api/v1/feeds', feed);
    return apiName;
  };
  const pause = (feed: string) => admin.patch(`/api/v1/feeds/${feed}`, { paused: true });
  const send = (feed: string, ...records: object[]): Promise<ImportView> =>
    admin.importUsage(feed, { data: records });
  const ask = async (body: object, client = admin) => {
    const { status, body: answer } = await client.request('POST', REPROCESS, { ...REASON, ...body });
    return { status, answer };
  };
  const refusal = async (body: object, client = admin) => {
    const { status, answer } = await ask(body, client);
    return [status, answer.code, answer.errors?.map((e: { pointer: string }) => e.pointer)];
  };
  const client = async (role: string, names?: string[]) =>
    admin.as(
      (await admin.post('/api/v1/admin/keys', { name: `${role} ${++feeds}`, role, feeds: names })).key,
    );

  it('makes one import of the open exceptions of what it selects, once', async () => {
    const feed = await createFeed();
    const first = await send(feed, orphan('a'), record('b'), orphan('c'));
    const second = await send(feed, orphan('d'));
    await pause(feed);
    const body = { selection: { trackingIds: [first.trackingId, second.trackingId] }, mode: 'exceptions' };
    const { status, answer } = await ask(body);
    expect([status, answer]).toEqual([
      202,
      { reprocessId: expect.any(String), eligible: 3, ineligible: [], imports: [expect.any(String)] },
    ]);
    const [trackingId] = answer.imports;
    const made = await admin.get(`/api/v1/imports/${trackingId}`);
    expect(made).toMatchObject({
      channel: 'reprocess',
      status: 'queued',
      counts: { total: 3, pending: 3 },
      reprocessOf: null,
      now: { live: 0, openExceptions: 3, other: 0 },
      links: {
        records: `/api/v1/imports/${trackingId}/records`,
        source: null,
        exceptions: null,
        usage: null,
      },
    });
    const lines = await admin.list(`/api/v1/imports/${trackingId}/records`);
    expect(lines.map(({ index, verdict, of }) => [index, verdict, of.trackingId, of.index])).toEqual([
      [0, 'pending', first.trackingId, 0],
      [1, 'pending', first.trackingId, 2],
      [2, 'pending', second.trackingId, 0],
    ]);
    const history = await admin.get(`/api/v1/imports/${first.trackingId}/records/2`);
    expect(history.verdicts).toMatchObject([
      { trackingId: first.trackingId, index: 2, verdict: 'exception', of: null },
      {
        trackingId,
        index: 1,
        verdict: 'pending',
        decidedAt: null,
        of: { trackingId: first.trackingId, index: 2 },
      },
    ]);
    expect(await admin.get(`${REPROCESS}/${answer.reprocessId}`)).toMatchObject({
      status: 'running',
      requestedBy: 'bootstrap',
      reason: REASON.reason,
      request: { ...body, profileVersion: 'published', referenceData: 'current' },
      eligible: 3,
      done: 0,
      pending: 3,
      cancelledAt: null,
      difference: {},
      imports: [{ trackingId, feed: { apiName: feed }, status: 'queued', total: 3 }],
    });
    expect((await admin.request('GET', `/api/v1/imports/${trackingId}/source`)).status).toBe(404);
    expect((await admin.list(REPROCESS)).map(({ reprocessId }) => reprocessId)).toContain(answer.reprocessId);
    expect((await admin.list('/api/v1/imports', { channel: 'reprocess', feed })).length).toBe(1);
    expect(await refusal(body)).toEqual([
      409,
      'correction_in_progress',
      ['/selection/trackingIds/0', '/selection/trackingIds/1'],
    ]);
    const byFilter = { selection: { filter: { feed, code: 'identifier_not_found' } } };
    expect(await refusal(byFilter)).toEqual([409, 'correction_in_progress', undefined]);
  });

  it('takes what is eligible and counts what is not', async () => {
    const feed = await createFeed();
    const busy = await send(feed, orphan('a'), orphan('b'));
    const idle = await send(feed, orphan('c'), record('d'));
    await pause(feed);
    await ask({ selection: { trackingIds: [busy.trackingId] }, mode: 'all' });
    const pending = await admin.postUsage(feed, { data: [record('e')] });
    const named = { selection: { trackingIds: [pending.body.trackingId] }, mode: 'all' };
    expect(await refusal(named)).toEqual([409, 'import_not_terminal', ['/selection/trackingIds/0']]);
    const { answer } = await ask({ selection: { filter: { feed } }, mode: 'all' });
    expect(answer).toMatchObject({
      eligible: 2,
      ineligible: [
        { reason: 'correction_in_progress', count: 2 },
        { reason: 'not_terminal', count: 1 },
      ],
    });
    const made = await admin.get(`/api/v1/imports/${answer.imports[0]}`);
    expect(made).toMatchObject({ reprocessOf: idle.trackingId, counts: { total: 2 } });
  });

  it('of exceptions by their ids makes nothing twice, at ten requests at once', async () => {
    const feed = await createFeed();
    await send(feed, orphan('a'), orphan('b'));
    await pause(feed);
    const ids = (await admin.list('/api/v1/exceptions', { feed })).map(({ id }) => id);
    const body = { selection: { exceptionIds: ids } };
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask(body)));
    expect(answers.map(({ status }) => status).sort()).toEqual([202, ...Array(9).fill(409)]);
    expect(await admin.list('/api/v1/imports', { channel: 'reprocess', feed })).toHaveLength(1);
  });

  it('goes by feed, profile version, reference data and mode', async () => {
    const [one, two] = [await createFeed(), await createFeed()];
    const imports = [await send(one, orphan('a')), await send(two, orphan('a'), record('b'))];
    await pause(one);
    await pause(two);
    const trackingIds = imports.map(({ trackingId }) => trackingId);
    const { answer } = await ask({
      selection: { trackingIds },
      mode: 'all',
      profileVersion: 'original',
      referenceData: 'original',
    });
    expect(answer).toMatchObject({ eligible: 3, imports: [expect.any(String), expect.any(String)] });
    const { status, answer: none } = await ask({
      selection: { filter: { feed: (await createFeed()) as string } },
      mode: 'all',
    });
    expect([status, none.code]).toEqual([409, 'nothing_to_reprocess']);
    const third = await createFeed();
    await send(third, orphan('a'));
    const version = { selection: { filter: { feed: third } }, mode: 'exceptions', profileVersion: 99 };
    expect(await ask(version)).toMatchObject({
      status: 409,
      answer: { code: 'nothing_to_reprocess', detail: expect.stringContaining('1 profile_version_missing') },
    });
  });

  it('of what a change heals waits for chunks that took what was true before it', async () => {
    const feed = await createFeed();
    await send(feed, record('a', { OriginatingIdentifier: 'acct-settling' }));
    await pause(feed);
    await admin.postUsage(feed, { data: [record('b')] });
    const take = (version: string) =>
      database.query(`UPDATE chunk SET reference_version = ${version} WHERE state = 0 AND kind = 0
        AND feed_id = (SELECT id FROM feed WHERE api_name = '${feed}')`);
    await take('0');
    const owner = { type: 'Account', value: 'acct-settling', accountId: 'a', serviceId: 's' };
    const { changeId } = await admin.put('/api/v1/identifiers', { identifiers: [owner] });
    const body = { selection: { healedBy: changeId } };
    const { status, answer } = await ask(body);
    expect([status, answer.code]).toEqual([409, 'change_not_settled']);
    await take(changeId);
    expect(await ask(body)).toMatchObject({ status: 202, answer: { eligible: 1 } });
  });

  it.each<[object, [number, string, string[]]]>([
    [{}, [422, 'invalid_reprocess', ['/selection']]],
    [
      {
        selection: { filter: { codes: 'x' } },
        mode: 'some',
        dryRun: 1,
        referenceData: 'old',
        reason: '',
        extra: 1,
      },
      [
        422,
        'invalid_reprocess',
        ['/extra', '/mode', '/referenceData', '/dryRun', '/reason', '/selection/filter/codes'],
      ],
    ],
    [{ selection: { trackingIds: [TRACKING_ID] } }, [422, 'invalid_reprocess', ['/mode']]],
    [{ selection: { filter: { feed: 'usageJson' } } }, [422, 'invalid_reprocess', ['/mode']]],
    [
      { selection: { exceptionIds: ['e1-0'] }, profileVersion: 'latest' },
      [422, 'invalid_reprocess', ['/profileVersion']],
    ],
    [
      { selection: { exceptionIds: ['e1-0'] }, profileVersion: 0 },
      [422, 'invalid_reprocess', ['/profileVersion']],
    ],
    [
      { selection: { trackingIds: [TRACKING_ID] }, mode: 'all' },
      [422, 'invalid_selection', ['/selection/trackingIds/0']],
    ],
    [
      { selection: { exceptionIds: ['e1-999999'] } },
      [422, 'invalid_selection', ['/selection/exceptionIds/0']],
    ],
    [
      { selection: { filter: { feed: 'nowhere' } }, mode: 'all' },
      [422, 'invalid_selection', ['/selection/filter/feed']],
    ],
  ])('is refused where it says %j', async (body, expected) => {
    const [status, code, pointers] = await refusal(body);
    expect([status, code, [...pointers].sort()]).toEqual([expected[0], expected[1], [...expected[2]].sort()]);
  });

  it('is for operators, and for the feeds of their keys', async () => {
    const [mine, other] = [await createFeed(), await createFeed()];
    const imports = [await send(mine, orphan('a')), await send(other, orphan('a'))];
    await pause(mine);
    const operator = await client('operator', [mine]);
    const viewer = await client('viewer');
    const all = { selection: { trackingIds: imports.map(({ trackingId }) => trackingId) }, mode: 'all' };
    expect((await ask(all, operator)).status).toBe(403);
    expect((await ask({ selection: { filter: { from: '2026-01-01' } }, mode: 'all' }, operator)).status).toBe(
      403,
    );
    expect((await ask({ ...all, selection: { trackingIds: [imports[0]!.trackingId] } }, viewer)).status).toBe(
      403,
    );
    const { status, answer } = await ask({ selection: { filter: { feed: mine } }, mode: 'all' }, operator);
    expect([status, answer.eligible]).toEqual([202, 1]);
    const theirs = await ask({ selection: { trackingIds: [imports[1]!.trackingId] }, mode: 'all' });
    expect(theirs.status).toBe(202);
    expect((await operator.list(REPROCESS)).map(({ reprocessId }) => reprocessId)).toEqual([
      answer.reprocessId,
    ]);
    const foreign = `${REPROCESS}/${theirs.answer.reprocessId}`;
    expect((await operator.request('GET', foreign)).status).toBe(403);
    expect((await operator.request('POST', `${foreign}/cancel`)).status).toBe(403);
    expect((await operator.request('GET', `${REPROCESS}/${TRACKING_ID}`)).status).toBe(404);
    expect((await operator.request('GET', `${REPROCESS}/x`)).status).toBe(404);
    const [audit] = await admin.list('/api/v1/admin/audit', { action: 'reprocess.started' });
    expect(audit).toMatchObject({
      subject: `reprocess/${theirs.answer.reprocessId}`,
      after: { eligible: 1 },
    });
  });
});
