import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type ApiClient, type ImportView, type TestServer, startServer } from '../support/index.js';

const EVERYTHING_FOR_A_DAY = { bodies: 'P1D', exceptions: 'P1D', usage: 'P1D' };
const FACTS = ['bodies', 'exceptions', 'usage'];

let server: TestServer;
let admin: ApiClient;
let sql: pg.Client;

beforeAll(async () => {
  server = await startServer({ env: { FEEDMILL_RETENTION_SECONDS: '1' } });
  admin = server.api;
  sql = new pg.Client({ connectionString: server.database.url });
  await sql.connect();
}, 60_000);
afterAll(async () => {
  await sql?.end();
  await server?.stop();
});

const record = (key: string, more: object = {}) => ({
  Date: '2026-04-16T14:32:00Z',
  OriginatingIdentifier: '4038675309',
  UdrUsageIdentifier: key,
  Value: 1250,
  UsageClassName: 'API Requests',
  UsageClassTypeName: 'Requests',
  ...more,
});
/** One record that is rated at 0.5 USD, and one that nobody owns. */
const pair = (key: string) => [record(key), record(`${key}-odd`, { OriginatingIdentifier: 'nobody' })];

const newFeed = (apiName: string, retention?: object) =>
  admin.post<{ id: number; retention: object }>('/api/v1/feeds', {
    name: `feed ${apiName}`,
    apiName,
    format: 'records',
    profile: 'usage-json',
    usageKey: { fields: ['UdrUsageIdentifier'] },
    retention,
  });

/** Has four days go by for the block that a feed writes into, and for all that has come into it. */
async function letTimePass(feedId: number): Promise<void> {
  const { rows } = await sql.query<{ block_id: number }>('SELECT block_id FROM feed WHERE id = $1', [feedId]);
  const block = rows[0]!.block_id;
  const age = () =>
    sql.query(`UPDATE import SET submitted_at = submitted_at - interval '4 days' WHERE id >> 32 = $1`, [
      block,
    ]);
  await age();
  await until(async () => {
    const closed = 'SELECT FROM import_block WHERE id = $1 AND closed_at IS NOT NULL';
    return (await sql.query(closed, [block])).rowCount === 1;
  });
  await age();
  await sql.query(`UPDATE import_block SET closed_at = closed_at - interval '4 days' WHERE id = $1`, [block]);
}

async function until(is: () => Promise<boolean>, timeoutMs = 20_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await is())) {
    if (Date.now() > deadline) throw new Error(`not so within ${timeoutMs} ms`);
    await sleep(50);
  }
}

interface Blocks {
  block: number;
  closedAt: string | null;
  retention: object;
  feeds: { apiName: string; imports: number | null }[];
  facts: Record<
    string,
    { dueAt: string | null; expiredAt: string | null; droppedAt: string | null; rows: number | null }
  >;
}
const blocksOf = async (apiName: string, client = admin) =>
  (await client.list<Blocks>('/api/v1/admin/retention')).filter(({ feeds }) =>
    feeds.some((feed) => feed.apiName === apiName),
  );
const isDropped = async (apiName: string) =>
  (await blocksOf(apiName)).some(({ facts }) => FACTS.every((fact) => facts[fact]!.droppedAt));

describe('retention of a feed', () => {
  it('is refused where it makes no sense, each of its times by itself', async () => {
    const feed = {
      name: 'n',
      apiName: 'n',
      format: 'records',
      profile: 'usage-json',
      usageKey: { fields: ['x'] },
    };
    const retention = { bodies: 'PT1H', exceptions: '90 days', usage: 5, others: 'P1D' };
    const answer = await admin.request('POST', '/api/v1/feeds', { ...feed, retention });
    expect([answer.status, answer.body.code]).toEqual([422, 'invalid_feed']);
    expect(answer.body.errors.map(({ pointer }: { pointer: string }) => pointer).sort()).toEqual(
      expect.arrayContaining(['/retention/others', '/retention/usage']),
    );
    const times = await admin.request('POST', '/api/v1/feeds', {
      ...feed,
      retention: { ...retention, usage: 'P101Y', others: undefined },
    });
    expect(times.body.errors.map(({ pointer }: { pointer: string }) => pointer).sort()).toEqual([
      '/retention/bodies',
      '/retention/exceptions',
      '/retention/usage',
    ]);
  });

  it('keeps usage longer than the keys that are found by it, also those of feeds that share them', async () => {
    const feed = { format: 'records', profile: 'usage-json', usageKey: { fields: ['x'] } };
    const post = (name: string, more: object) =>
      admin.request('POST', '/api/v1/feeds', { ...feed, name, apiName: name, ...more });
    const pointers = ({ body }: { body: { errors?: { pointer: string }[] } }) =>
      body.errors?.map(({ pointer }) => pointer);
    const usage = (time: string) => ({ retention: { usage: time } });
    const alone = await post('keysAlone', { keyRetention: 'P400D', ...usage('P90D') });
    expect([alone.status, pointers(alone)]).toEqual([422, ['/retention/usage']]);
    expect((await post('keysAlone', { keyRetention: 'P88D', ...usage('P90D') })).status).toBe(201);
    expect((await post('keysForever', usage('P90D'))).status).toBe(201);

    const keyScope = 'shared by retention';
    expect((await post('keysA', { keyScope, keyRetention: 'P30D', ...usage('P90D') })).status).toBe(201);
    const longer = await post('keysB', { keyScope, keyRetention: 'P400D' });
    expect([longer.status, pointers(longer)]).toEqual([422, ['/keyRetention']]);
    expect(longer.body.errors[0].message).toContain('keysA');
    expect((await post('keysB', { keyScope, keyRetention: 'P80D' })).status).toBe(201);
    const shorter = await admin.request('PATCH', '/api/v1/feeds/keysA', usage('P60D'));
    expect([shorter.status, pointers(shorter)]).toEqual([422, ['/retention/usage']]);
  });

  it('is for ever unless said, and is changed as any member is', async () => {
    const forever = { bodies: 'forever', exceptions: 'forever', usage: 'forever' };
    expect((await newFeed('plain')).retention).toEqual(forever);
    const changed = await admin.patch('/api/v1/feeds/plain', { retention: { bodies: 'P30D', usage: null } });
    expect(changed.retention).toEqual({ ...forever, bodies: 'P30D' });
    expect((await admin.patch('/api/v1/feeds/plain', { retention: null })).retention).toEqual(forever);
    const [last] = await admin.list('/api/v1/admin/audit', { action: 'feed.changed' });
    expect([last.before.retention.bodies, last.after.retention.bodies]).toEqual(['P30D', 'forever']);
  });
});

describe('feeds that keep for different times', () => {
  let short: ImportView[];
  let long: ImportView[];
  let shortId: number;

  beforeAll(async () => {
    shortId = (await newFeed('short', EVERYTHING_FOR_A_DAY)).id;
    await newFeed('long', { bodies: 'P90D' });
    [short, long] = [[], []];
    for (let n = 0; n < 4; n++) {
      short.push(await admin.importUsage('short', pair(`s${n}`)));
      long.push(await admin.importUsage('long', pair(`l${n}`)));
    }
  }, 60_000);

  const inOrder = () =>
    [0, 1, 2, 3].flatMap((n) => [short[n]!, long[n]!]).map(({ trackingId }) => trackingId);

  it.each(['imports', 'usage', 'exceptions'])(
    'stand in one list of %s, newest first, page by page',
    async (list) => {
      const whole = await admin.list(`/api/v1/${list}`);
      expect(whole.map(({ trackingId }) => trackingId)).toEqual(inOrder().reverse());
      expect(await admin.list(`/api/v1/${list}`, { limit: 1 })).toEqual(whole);
      expect(await admin.list(`/api/v1/${list}`, { limit: 3 })).toEqual(whole);
      const ofShort = whole.filter(({ feed }) => feed.apiName === 'short');
      expect(await admin.list(`/api/v1/${list}`, { limit: 1, feed: 'short' })).toEqual(ofShort);
    },
  );

  it('are listed from and to a moment, whatever block they stand in', async () => {
    const [from, to] = [long[0]!.submittedAt as string, short[3]!.submittedAt as string];
    const found = await admin.list('/api/v1/imports', { from, to, limit: 2 });
    expect(found.map(({ trackingId }) => trackingId)).toEqual(inOrder().slice(1, 6).reverse());
  });

  it('have their latest exception as the sample of its group', async () => {
    const groups = await admin.list('/api/v1/exceptions/groups', { limit: 1 });
    expect(groups.map(({ count }) => count)).toEqual([8]);
    expect(await admin.get(`/api/v1/exceptions/${groups[0].sample.id}`)).toMatchObject({
      trackingId: long[3]!.trackingId,
    });
  });

  describe('when the time of one is over', () => {
    let usageId: string;
    let exceptionId: string;
    let posted: number[];

    beforeAll(async () => {
      usageId = (await admin.list('/api/v1/usage', { feed: 'short' }))[0].id;
      exceptionId = (await admin.list('/api/v1/exceptions', { feed: 'short' }))[0].id;
      posted = [];
      let isOver = false;
      const posting = (async () => {
        for (let n = 0; !isOver; n++) {
          const feed = n % 2 ? 'short' : 'long';
          posted.push((await admin.postUsage(feed, pair(`${feed}-during-${n}`))).status);
          await sleep(5);
        }
      })();
      await letTimePass(shortId);
      await until(() => isDropped('short'));
      isOver = true;
      await posting;
    }, 60_000);

    it('goes on taking usage while partitions are dropped', async () => {
      expect(new Set(posted)).toEqual(new Set([202]));
      expect(posted.length).toBeGreaterThan(10);
      await until(async () =>
        (await admin.list('/api/v1/imports')).every(({ status }) => status === 'completed'),
      );
      const ofLong = await admin.list('/api/v1/imports', { feed: 'long' });
      const entries = await admin.list('/api/v1/usage', { feed: 'long' });
      expect(entries).toHaveLength(ofLong.length);
      expect(new Set(entries.map(({ rating }) => rating.amount))).toEqual(new Set(['0.5']));
      expect(await admin.list('/api/v1/exceptions', { feed: 'long' })).toHaveLength(ofLong.length);
    });

    it('says what is gone, in place of counts that are not true any more', async () => {
      const [gone, kept] = await Promise.all(
        [short[0]!, long[0]!].map(({ trackingId }) => admin.get(`/api/v1/imports/${trackingId}`)),
      );
      expect(gone).toMatchObject({
        counts: short[0]!.counts,
        reasons: { exception: { identifier_not_found: 1 } },
        now: {
          live: null,
          openExceptions: null,
          superseded: null,
          discarded: null,
          reverted: null,
          other: null,
        },
        expired: { bodies: expect.any(String), exceptions: expect.any(String), usage: expect.any(String) },
      });
      expect(kept).toMatchObject({
        now: { live: 1, openExceptions: 1 },
        expired: { bodies: null, exceptions: null, usage: null },
      });
      const records = await admin.list(`/api/v1/imports/${short[0]!.trackingId}/records`);
      expect(records.map(({ verdict, expired, usageIds }) => [verdict, expired, usageIds])).toEqual([
        ['imported', true, []],
        ['exception', true, []],
      ]);
    });

    it.each([
      ['the body', () => `imports/${short[0]!.trackingId}/source`, 'body_expired'],
      ['a ledger entry', () => `usage/${usageId}`, 'usage_expired'],
      ['an exception', () => `exceptions/${exceptionId}`, 'exception_expired'],
      ['what explains an entry', () => `usage/${usageId}/explain`, 'usage_expired'],
      ['what explains an exception', () => `exceptions/${exceptionId}/explain`, 'exception_expired'],
    ])('answers 410 to %s, and since when', async (_, path, code) => {
      const { status, body } = await admin.request('GET', `/api/v1/${path()}`);
      expect([status, body.code, body.title]).toEqual([410, code, 'Gone']);
      expect(body.detail).toMatch(/since \d{4}-\d\d-\d\dT/);
    });

    it('does not say so of what there never was', async () => {
      for (const path of ['usage/u1-0-0-1', 'exceptions/e1-0'])
        expect((await admin.request('GET', `/api/v1/${path}`)).status).toBe(404);
      const beyond = usageId.replace(/-\d+-0-1$/, '-99-0-1');
      expect((await admin.request('GET', `/api/v1/usage/${beyond}`)).status).toBe(404);
    });

    it('says so to a billing system that reads the ledger too late', async () => {
      const changes = (feed: string) => admin.get(`/api/v1/usage/changes?feed=${feed}&limit=1000`);
      expect((await changes('short')).expired).toBe(true);
      expect((await changes('long')).expired).toBe(false);
      const all = await admin.get('/api/v1/usage/changes?limit=1000');
      expect((await admin.get(`/api/v1/usage/changes?cursor=${all.nextCursor}`)).expired).toBe(false);
      expect(all.expired).toBe(true);
    });

    it('still knows the keys: what is sent again is a duplicate, what has changed a conflict', async () => {
      const again = await admin.importUsage('short', [record('s0'), record('s1', { Value: 1 })]);
      expect(again.counts).toMatchObject({ duplicate: 1, exception: 1 });
      expect(again.reasons.exception).toEqual({ usage_key_conflict: 1 });
      const [conflict] = await admin.list('/api/v1/exceptions', { trackingId: again.trackingId });
      expect(conflict.message).toMatch(/is held by usage that has left by retention/);
    });

    it('has an exception for what fails again, whose exception has left', async () => {
      const odd = pair('s0')[1]!;
      const again = await admin.importUsage('short', [odd, odd]);
      expect(again.counts).toMatchObject({ exception: 1, duplicate: 1 });
    });

    it('says how many exceptions cannot be decided again as they have left', async () => {
      const selection = { trackingIds: [short[0]!.trackingId] };
      const { status, body } = await admin.request('POST', '/api/v1/admin/reprocess', {
        selection,
        mode: 'exceptions',
        reason: 'too late',
      });
      expect([status, body.code]).toEqual([409, 'nothing_to_reprocess']);
      expect(body.detail).toContain('1 usage_expired');
    });

    it('has it audited and counted', async () => {
      const drops = await admin.list('/api/v1/admin/audit', { actor: 'retention' });
      expect(drops.map(({ action, before }) => [action, before.fact, before.rows])).toEqual([
        ['retention.dropped', 'usage', expect.any(Number)],
        ['retention.dropped', 'exceptions', expect.any(Number)],
        ['retention.dropped', 'bodies', expect.any(Number)],
      ]);
      const [usage] = drops;
      expect(usage.before.amounts).toEqual({ USD: String(usage.before.rows / 2) });
      expect(usage.before.feeds).toEqual([expect.objectContaining({ feed: 'short', kept: 'P1D' })]);
      const metrics = await admin.get<string>('/metrics');
      expect(metrics).toContain('feedmill_retention_dropped_partitions_total{fact="usage"} 1');
      expect(metrics).toContain(`feedmill_retention_dropped_rows_total{fact="usage"} ${usage.before.rows}`);
    });

    it('shows readers what leaves when, those of one feed what is theirs', async () => {
      const [open, closed] = await blocksOf('short');
      expect(open).toMatchObject({
        closedAt: null,
        retention: EVERYTHING_FOR_A_DAY,
        facts: { usage: { dueAt: null } },
      });
      expect(closed!.facts.usage).toEqual({
        dueAt: expect.any(String),
        expiredAt: expect.any(String),
        droppedAt: expect.any(String),
        rows: expect.any(Number),
      });
      const key = async (role: string, feeds?: string[]) =>
        admin.as((await admin.post('/api/v1/admin/keys', { name: role, role, feeds })).key);
      const ofLong = await (
        await key('operator', ['long'])
      ).list<Blocks>('/api/v1/admin/retention', { limit: 1 });
      expect(ofLong.map(({ feeds }) => feeds.map(({ apiName }) => apiName))).toEqual([['long']]);
      expect((await (await key('viewer')).request('GET', '/api/v1/admin/retention')).status).toBe(200);
      const shareClosed = `INSERT INTO block_feed (block_id, feed_id, imports, oldest_at, newest_at)
        SELECT $1, id, 1, now(), now() FROM feed WHERE api_name = 'long'`;
      await sql.query(shareClosed, [closed!.block]);
      const shared = (await blocksOf('long', await key('viewer', ['long']))).find(
        ({ block }) => block === closed!.block,
      );
      expect(shared).toMatchObject({ feeds: [{ apiName: 'long' }], facts: { usage: { rows: null } } });
      expect((await blocksOf('long'))[1]!.facts.usage!.rows).toEqual(expect.any(Number));
    });
  });
});

it('usage whose body has left cannot be explained any more, exceptions can', async () => {
  const { id } = await newFeed('bodiless', { bodies: 'P1D', exceptions: 'P90D', usage: 'P90D' });
  await admin.importUsage('bodiless', pair('b'));
  const [usage] = await admin.list('/api/v1/usage', { feed: 'bodiless' });
  const [exception] = await admin.list('/api/v1/exceptions', { feed: 'bodiless' });
  expect(await admin.get(`/api/v1/usage/${usage.id}/explain`)).toMatchObject({ reproduced: true });
  await letTimePass(id);
  await until(async () => (await blocksOf('bodiless')).some(({ facts }) => facts.bodies!.droppedAt));
  const { status, body } = await admin.request('GET', `/api/v1/usage/${usage.id}/explain`);
  expect([status, body.code]).toEqual([410, 'body_expired']);
  expect(await admin.get(`/api/v1/exceptions/${exception.id}/explain`)).toMatchObject({ reproduced: true });
  expect((await admin.request('GET', '/api/v1/usage/u1-0-0-1/explain')).status).toBe(404);
}, 60_000);

describe('a correction beside retention', () => {
  const reprocess = (feed: string) =>
    admin.request('POST', '/api/v1/admin/reprocess', {
      selection: { filter: { feed } },
      mode: 'all',
      reason: 'a test',
    });
  const isExpired = async (apiName: string) =>
    (await blocksOf(apiName)).some(({ facts }) => FACTS.some((fact) => facts[fact]!.expiredAt));

  it('has what it needs until it has ended, however long it waits', async () => {
    const { id } = await newFeed('waiting', EVERYTHING_FOR_A_DAY);
    await admin.importUsage('waiting', pair('w'));
    await admin.patch('/api/v1/feeds/waiting', { paused: true });
    const { body: answer } = await reprocess('waiting');
    await letTimePass(id);
    await sleep(3000);
    expect(await isExpired('waiting')).toBe(false);
    await admin.patch('/api/v1/feeds/waiting', { paused: false });
    await admin.waitForImport(answer.imports[0]);
    expect(await admin.get(`/api/v1/admin/reprocess/${answer.reprocessId}`)).toMatchObject({
      verdicts: { skipped: 1, exception: 1 },
      reasons: { skipped: { unchanged: 1 } },
    });
    await until(() => isDropped('waiting'));
    const { status, body } = await reprocess('waiting');
    expect([status, body.code]).toEqual([409, 'nothing_to_reprocess']);
    expect(body.detail).toContain('2 body_expired');
  }, 60_000);

  it('is created in time and ends, or finds nothing any more', async () => {
    const { id } = await newFeed('beside', EVERYTHING_FOR_A_DAY);
    await admin.importUsage('beside', pair('b'));
    const answers: Awaited<ReturnType<typeof reprocess>>[] = [];
    let isOver = false;
    const asking = (async () => {
      for (; !isOver; await sleep(200)) {
        const answer = await reprocess('beside');
        answers.push(answer);
        for (const trackingId of answer.body.imports ?? []) await admin.waitForImport(trackingId);
      }
    })();
    await letTimePass(id);
    await until(() => isDropped('beside'), 40_000);
    isOver = true;
    await asking;
    answers.push(await reprocess('beside'));
    const begun = answers.filter(({ status }) => status === 202);
    expect(begun.length).toBeGreaterThan(0);
    for (const { body } of begun) {
      expect(await admin.get(`/api/v1/admin/reprocess/${body.reprocessId}`)).toMatchObject({
        status: 'completed',
        pending: 0,
        reasons: { skipped: { unchanged: 1 } },
      });
    }
    const refused = answers
      .filter(({ status }) => status !== 202)
      .map(({ status, body }) => [status, body.code]);
    for (const [status, code] of refused) {
      expect(status).toBe(409);
      expect(['correction_in_progress', 'nothing_to_reprocess']).toContain(code);
    }
    expect(answers.at(-1)!.body.detail).toContain('2 body_expired');
  }, 90_000);
});

it('a drop that a crash has ended is done by the next start', async () => {
  const { id } = await newFeed('crashed', { ...EVERYTHING_FOR_A_DAY, bodies: 'P2D' });
  const { trackingId } = await admin.importUsage('crashed', pair('c'));
  const reader = new pg.Client({ connectionString: server.database.url });
  await reader.connect();
  await reader.query('BEGIN');
  await reader.query('SELECT count(*) FROM import_body');
  await letTimePass(id);
  const isDetaching = async () =>
    (
      await sql.query(
        `SELECT FROM pg_stat_activity WHERE query LIKE 'ALTER TABLE import_body DETACH%' AND state = 'active'`,
      )
    ).rowCount === 1;
  await until(isDetaching);
  expect((await admin.request('GET', `/api/v1/imports/${trackingId}/source`)).body.code).toBe('body_expired');
  await server.kill9();
  await reader.query('COMMIT');
  await reader.end();
  await server.start();
  await until(() => isDropped('crashed'));
  const drops = await admin.list('/api/v1/admin/audit', { actor: 'retention', limit: 3 });
  expect(
    drops.filter(({ before }) => before.feeds[0].feed === 'crashed').map(({ before }) => before.fact),
  ).toEqual(['usage', 'exceptions', 'bodies']);
}, 60_000);
