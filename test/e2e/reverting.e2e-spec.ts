import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { PricedFeeds, record } from './correcting/priced-feeds.js';

describe('reverting', () => {
  let feeds: PricedFeeds;

  beforeAll(async () => {
    feeds = await PricedFeeds.start({ FEEDMILL_MAX_RECORDS_PER_REQUEST: '1100' });
  });
  afterAll(() => feeds?.stop());

  const show = ({ trackingId }: { trackingId: string }) => feeds.api.get(`/api/v1/imports/${trackingId}`);
  const pathOf = ({ trackingId }: { trackingId: string }) => `/api/v1/admin/imports/${trackingId}/revert`;
  const reprocess = ({ trackingId }: { trackingId: string }) =>
    feeds.reprocess({ selection: { trackingIds: [trackingId] }, mode: 'all' });

  it('takes back all live usage of an import, whoever wrote it, and frees its keys', async () => {
    const feed = await feeds.create();
    const sent = await feeds.send(
      feed,
      record('a', 100),
      record('b', 20, { Account: 'acct-of-revert' }),
      record('c', 0),
    );
    await feeds.addOwner('acct-of-revert');
    await feeds.reprocess({ selection: { filter: { feed, code: 'identifier_not_found' } } });
    const dry = await feeds.api.request('POST', pathOf(sent), { reason: 'a test', dryRun: true });
    expect([dry.status, dry.body]).toEqual([
      200,
      {
        reverts: sent.trackingId,
        counts: { total: 2, imported: 2, exception: 0, skipped: 0, duplicate: 0, pending: 0 },
        difference: { USD: '-0.12' },
        testDifference: {},
        orphanedDuplicates: { count: 0, selection: { filter: { orphanedBy: sent.trackingId } } },
      },
    ]);
    expect(await feeds.balance(feed)).toEqual({ live: ['100', '20'], amount: 0.12 });
    const answer = await feeds.revert(sent);
    expect(answer).toMatchObject({
      reverts: sent.trackingId,
      counts: { total: 2, pending: 2 },
      orphanedDuplicates: { count: 0 },
    });
    expect(await show(answer)).toMatchObject({
      channel: 'revert',
      counts: { total: 2, imported: 2 },
      usageCount: 2,
      reprocessOf: sent.trackingId,
    });
    expect(await show(sent)).toMatchObject({
      counts: { imported: 1, exception: 1, skipped: 1 },
      now: { live: 0, reverted: 2, openExceptions: 0 },
      revertedBy: answer.trackingId,
    });
    const lines = await feeds.api.list(`/api/v1/imports/${answer.trackingId}/records`);
    expect(
      lines.map(({ verdict, usageKey, usageIds, of }) => [verdict, usageKey, usageIds.length, of.index]),
    ).toEqual([
      ['imported', 'a', 1, 0],
      ['imported', 'b', 1, 1],
    ]);
    expect(await feeds.balance(feed)).toEqual({ live: [], amount: 0 });
    expect((await feeds.send(feed, record('a', 7))).counts).toMatchObject({ imported: 1 });
    expect(await feeds.refusal(pathOf(sent), {})).toEqual([409, 'nothing_to_revert']);
    expect(await feeds.refusal(pathOf(answer), {})).toEqual([409, 'revert_the_origin']);
  });

  it('frees the idempotency key', async () => {
    const feed = await feeds.create();
    const headers = { 'idempotency-key': 'once' };
    const sent = await feeds.api.importUsage(feed, { data: [record('a', 100)] }, { headers });
    const replayed = await feeds.api.postUsage(feed, { data: [record('a', 100)] }, { headers });
    expect(replayed.body.trackingId).toBe(sent.trackingId);
    await feeds.revert(sent);
    const again = await feeds.api.importUsage(feed, { data: [record('a', 100)] }, { headers });
    expect(again.trackingId).not.toBe(sent.trackingId);
    expect(again.counts.imported).toBe(1);
  });

  it('is undone by reprocessing the original, and made again', async () => {
    const feed = await feeds.create();
    const sent = await feeds.send(feed, record('a', 100), record('b', 20), record('b', 20));
    for (let n = 0; n < 2; n++) {
      const { trackingId } = await feeds.revert(sent);
      expect(await feeds.balance(feed)).toEqual({ live: [], amount: 0 });
      expect(await show(sent)).toMatchObject({ now: { live: 0, reverted: 2 }, revertedBy: trackingId });
      expect(await reprocess(sent)).toMatchObject({ verdicts: { imported: 2, duplicate: 1 } });
      expect(await feeds.balance(feed)).toEqual({ live: ['100', '20'], amount: 0.12 });
      expect(await show(sent)).toMatchObject({ now: { live: 2, reverted: 0 } });
    }
    const { verdicts } = await feeds.api.get(`/api/v1/imports/${sent.trackingId}/records/0`);
    expect(verdicts.map(({ usageIds }: { usageIds: string[] }) => usageIds.map((id) => id[0]))).toEqual([
      ['u'],
      ['r'],
      ['u'],
      ['r'],
      ['u'],
    ]);
  });

  it('finds the duplicates that it orphans, and decides them again in the same call', async () => {
    const keyScope = `shared-${Date.now()}`;
    const feed = await feeds.create({ keyScope });
    const neighbour = await feeds.create({ keyScope });
    const sent = await feeds.send(feed, record('a', 100), record('b', 20), record('a', 100));
    const other = await feeds.send(neighbour, record('a', 100), record('c', 1), record('b', 20));
    expect(other.counts).toMatchObject({ duplicate: 2, imported: 1 });
    const orphanedDuplicates = { count: 2, selection: { filter: { orphanedBy: sent.trackingId } } };
    const dry = await feeds.api.post(pathOf(sent), { reason: 'a test', dryRun: true });
    expect(dry).toMatchObject({ orphanedDuplicates });
    const answer = await feeds.revert(sent, { reprocessOrphans: true });
    expect(answer).toMatchObject({ orphanedDuplicates, reprocess: { reprocessId: expect.any(String) } });
    const { eligible, ineligible, imports } = await feeds.ended(answer.reprocess);
    expect([eligible, ineligible, imports.length]).toEqual([2, [], 1]);
    expect(await feeds.balance(feed)).toEqual({ live: [], amount: 0 });
    expect(await feeds.balance(neighbour)).toEqual({ live: ['1', '100', '20'], amount: 0.121 });
    const lines = await feeds.api.list(`/api/v1/imports/${imports[0].trackingId}/records`);
    expect(lines.map(({ verdict, of }) => [verdict, of.trackingId, of.index])).toEqual([
      ['imported', other.trackingId, 0],
      ['imported', other.trackingId, 2],
    ]);
    expect(await reprocess(sent)).toMatchObject({ verdicts: { duplicate: 3 } });
    const orphaned = await feeds.revert(other);
    expect(orphaned.orphanedDuplicates.count).toBe(3);
  });

  it('has a selection of just what it has orphaned, also of nothing', async () => {
    const feed = await feeds.create();
    const sent = await feeds.send(feed, record('a', 100));
    const other = await feeds.send(feed, record('a', 100), record('c', 1));
    const { selection } = (await feeds.revert(sent)).orphanedDuplicates;
    await feeds.setPrice('0.002');
    try {
      // Another record of the same import keeps its price.
      const dry = await feeds.api.post('/api/v1/admin/reprocess', {
        selection,
        reason: 'a test',
        dryRun: true,
      });
      expect(dry).toMatchObject({ eligible: 1, verdicts: { imported: 1 }, difference: { USD: '0.2' } });
      expect(await feeds.reprocess({ selection, mode: 'all' })).toMatchObject({
        request: { selection, mode: 'all' },
        eligible: 1,
        verdicts: { imported: 1 },
      });
      expect(await feeds.balance(feed)).toEqual({ live: ['1', '100'], amount: 0.201 });
      for (const dryRun of [true, false]) {
        const none = await feeds.api.request('POST', '/api/v1/admin/reprocess', {
          selection,
          reason: 'a test',
          dryRun,
        });
        expect([none.status, none.body.eligible]).toEqual([dryRun ? 200 : 202, 0]);
      }
      expect(await feeds.reprocess({ selection })).toMatchObject({
        status: 'completed',
        eligible: 0,
        imports: [],
      });
      expect((await feeds.balance(feed)).live).toEqual(['1', '100']);
    } finally {
      await feeds.setPrice('0.001');
    }
    const ofNothing = { filter: { orphanedBy: other.trackingId } };
    expect(await feeds.reprocess({ selection: ofNothing })).toMatchObject({ eligible: 0 });
  });

  it.each([
    [{ filter: { orphanedBy: '01890000-0000-7000-8000-00000000000a' } }, 'all', 'invalid_selection'],
    [{ filter: { orphanedBy: 'x' } }, 'all', 'invalid_reprocess'],
    [{ filter: { orphanedBy: '01890000-0000-7000-8000-00000000000a' } }, 'exceptions', 'invalid_reprocess'],
  ])('is not followed by a reprocessing of %j, mode %s', async (selection, mode, code) => {
    expect(await feeds.refusal('/api/v1/admin/reprocess', { selection, mode })).toEqual([422, code]);
  });

  /** Sends an import, has its revert begin, and holds that until it is let go. */
  async function held(feed: string, more: object = {}) {
    const sent = await feeds.send(feed, record('a', 100), record('b', 20), record('d', 30));
    const client = await feeds.holding(feed, 'a');
    const revert = await feeds.api.post(pathOf(sent), { reason: 'a test', ...more });
    await feeds.untilWaiting(client);
    const letGo = async () => {
      await client.end();
      await feeds.api.waitForImport(revert.trackingId);
    };
    return { sent, revert, letGo };
  }
  const orphansOf = ({ trackingId }: { trackingId: string }) =>
    feeds.api.get(`/api/v1/admin/imports/${trackingId}/orphans`);

  it('leaves alone what has been replaced while it waited', async () => {
    const feed = await feeds.create({ usageKey: { fields: ['Id'], onConflict: 'replace' } });
    const sent = await feeds.send(feed, record('a', 100), record('b', 20));
    const client = await feeds.holding(feed, 'a');
    try {
      const { body } = await feeds.api.postUsage(feed, { data: [record('a', 7)] });
      await feeds.untilWaiting(client);
      const { trackingId } = await feeds.api.post(pathOf(sent), { reason: 'a test' });
      await feeds.untilWaiting(client, 2);
      await client.query('COMMIT');
      await feeds.api.waitForImport(body.trackingId);
      const reverted = await feeds.api.waitForImport(trackingId);
      expect([reverted.counts.imported, reverted.reasons.skipped]).toEqual([1, { not_live: 1 }]);
      expect(await feeds.balance(feed)).toEqual({ live: ['7'], amount: 0.007 });
      const tries = `SELECT h.attempts FROM chunk h JOIN import i ON i.id = h.import_id WHERE i.tracking_id = $1`;
      expect((await client.query(tries, [trackingId])).rows).toEqual([{ attempts: 1 }]);
    } finally {
      await client.end();
    }
  });

  it('lists the duplicates that came while it ran, until they are decided again', async () => {
    const feed = await feeds.create();
    const { sent, revert, letGo } = await held(feed);
    const selection = { filter: { orphanedBy: sent.trackingId } };
    expect(revert.orphanedDuplicates).toEqual({ count: 0, selection });
    const meanwhile = await feeds.send(feed, record('b', 20));
    expect(meanwhile.counts).toMatchObject({ duplicate: 1 });
    expect(await orphansOf(sent)).toEqual({ count: 0, selection });
    const early = await feeds.api.request('POST', '/api/v1/admin/reprocess', { selection, reason: 'a test' });
    expect([early.status, early.body.code]).toEqual([409, 'correction_in_progress']);
    expect(early.body.errors[0].pointer).toBe('/selection/filter/orphanedBy');
    await letGo();
    const left = { count: 1, selection };
    expect(await orphansOf(sent)).toEqual(left);
    expect(await orphansOf(revert)).toEqual(left);
    const refused = await feeds.api.request('POST', pathOf(sent), { reason: 'a test' });
    expect([refused.status, refused.body.code]).toEqual([409, 'nothing_to_revert']);
    expect(refused.body.detail).toContain('1 orphaned');
    const ofRevert = { filter: { orphanedBy: revert.trackingId } };
    expect(await feeds.reprocess({ selection: ofRevert, mode: 'all' })).toMatchObject({
      verdicts: { imported: 1 },
    });
    expect(await feeds.balance(feed)).toEqual({ live: ['20'], amount: 0.02 });
    expect(await orphansOf(sent)).toEqual({ count: 0, selection });
    // Taken back itself, it is what somebody wanted, and no orphan.
    await feeds.revert(meanwhile);
    expect(await orphansOf(sent)).toEqual({ count: 0, selection });
  });

  it('decides the duplicates again that came while it ran, also those whose import ends later', async () => {
    const keyScope = `beside-${Date.now()}`;
    const [feed, neighbour] = [await feeds.create({ keyScope }), await feeds.create({ keyScope })];
    const { sent, revert, letGo } = await held(feed, { reprocessOrphans: true });
    const posts = await Promise.all(
      Array.from({ length: 5 }, (_, n) =>
        feeds.send(n % 2 ? feed : neighbour, n ? record('b', 20) : record('d', 30), record(`c${n}`, 1)),
      ),
    );
    for (const { counts } of posts) expect(counts).toMatchObject({ duplicate: 1, imported: 1 });
    // A correction of one of them waits: its feed is paused.
    await feeds.api.patch(`/api/v1/feeds/${neighbour}`, { paused: true });
    const busy = await feeds.api.post('/api/v1/admin/reprocess', {
      selection: { trackingIds: [posts[0]!.trackingId] },
      mode: 'all',
      reason: 'a test',
    });
    expect(await feeds.api.get(`/api/v1/admin/reprocess/${revert.reprocess.reprocessId}`)).toMatchObject({
      status: 'running',
      eligible: 0,
    });
    await letGo();
    await sleep(1000);
    expect(await feeds.api.get(`/api/v1/admin/reprocess/${revert.reprocess.reprocessId}`)).toMatchObject({
      status: 'running',
      ineligible: [{ reason: 'correction_in_progress', count: 1 }],
    });
    await feeds.api.post(`/api/v1/admin/reprocess/${busy.reprocessId}/cancel`, {});
    await feeds.api.patch(`/api/v1/feeds/${neighbour}`, { paused: false });
    const { eligible, verdicts, ineligible } = await feeds.ended(revert.reprocess);
    expect([eligible, verdicts, ineligible]).toEqual([
      5,
      { imported: 2, exception: 0, skipped: 0, duplicate: 3 },
      [],
    ]);
    expect((await orphansOf(sent)).count).toBe(0);
    const live = [...(await feeds.balance(feed)).live, ...(await feeds.balance(neighbour)).live];
    expect(live.sort()).toEqual(['1', '1', '1', '1', '1', '20', '30']);
  });

  it('may have the reprocessing of its orphans cancelled before they are known', async () => {
    const feed = await feeds.create();
    const { sent, revert, letGo } = await held(feed, { reprocessOrphans: true });
    await feeds.send(feed, record('b', 20));
    const path = `/api/v1/admin/reprocess/${revert.reprocess.reprocessId}`;
    expect(await feeds.api.post(`${path}/cancel`, {})).toMatchObject({ status: 'cancelled' });
    expect((await feeds.api.request('POST', `${path}/cancel`, {})).status).toBe(409);
    await letGo();
    await sleep(1000);
    expect(await feeds.api.get(path)).toMatchObject({ status: 'cancelled', eligible: 0, imports: [] });
    expect((await orphansOf(sent)).count).toBe(1);
  });

  it('is one, also of an import that was mediated in both modes', async () => {
    const feed = await feeds.create({ paused: true });
    const records = Array.from({ length: 1002 }, (_, n) => record(`m${n}`, 1));
    const { body: sent } = await feeds.api.postUsage(feed, { data: records });
    const client = new pg.Client(feeds.server.database.url);
    await client.connect();
    const due = (moment: string) =>
      client.query(
        `UPDATE chunk SET next_at = $2 WHERE first_index = 1000 AND state = 0
         AND import_id = (SELECT id FROM import WHERE tracking_id = $1)`,
        [sent.trackingId, moment],
      );
    try {
      await due('infinity');
      await feeds.api.patch(`/api/v1/feeds/${feed}`, { paused: false });
      while ((await show(sent)).counts.pending > 2) await sleep(50);
      await feeds.api.patch(`/api/v1/feeds/${feed}`, { mode: 'test' });
      await due('-infinity');
    } finally {
      await client.end();
    }
    await feeds.api.waitForImport(sent.trackingId);
    const revert = await feeds.revert(sent);
    expect(await show(revert)).toMatchObject({ counts: { total: 1002, imported: 1002 }, usageCount: 1002 });
    expect(await show(sent)).toMatchObject({
      now: { live: 0, reverted: 1002 },
      revertedBy: revert.trackingId,
    });
    expect(await feeds.api.list('/api/v1/imports', { feed, channel: 'revert' })).toHaveLength(1);
    const inTest = await feeds.send(feed, record('m1001', 2), record('m0', 2));
    expect(inTest.counts).toMatchObject({ imported: 2 });
    await feeds.api.patch(`/api/v1/feeds/${feed}`, { mode: 'live' });
    expect((await feeds.send(feed, record('m0', 3))).counts).toMatchObject({ imported: 1 });
  });

  it('is refused where usage is dated in a closed period', async () => {
    const feed = await feeds.create();
    const sent = await feeds.send(feed, record('a', 100), record('b', 20, { Date: '2026-06-01T00:00:00Z' }));
    await feeds.api.post('/api/v1/periods/close', { until: '2026-05-01', feeds: [feed] });
    expect(await feeds.refusal(pathOf(sent), {})).toEqual([409, 'period_closed']);
    expect(await feeds.refusal(pathOf(sent), { dryRun: true })).toEqual([409, 'period_closed']);
    await feeds.api.patch(`/api/v1/feeds/${feed}`, { lateUsage: 'accept' });
    await feeds.revert(sent);
    expect(await feeds.balance(feed)).toEqual({ live: [], amount: 0 });
  });

  it('is refused for what is not there, not ended, being corrected, or badly asked for', async () => {
    const feed = await feeds.create();
    const sent = await feeds.send(feed, record('a', 100));
    await feeds.api.patch(`/api/v1/feeds/${feed}`, { paused: true });
    const waiting = await feeds.api.postUsage(feed, { data: [record('b', 1)] });
    const [operator, viewer] = await Promise.all(
      ['operator', 'viewer'].map(async (role) =>
        feeds.api.as(
          (await feeds.api.post('/api/v1/admin/keys', { name: role, role, feeds: ['usageJson'] })).key,
        ),
      ),
    );
    const nowhere = '/api/v1/admin/imports/01890000-0000-7000-8000-00000000000a/revert';
    expect(await feeds.refusal(nowhere, {})).toEqual([404, 'not_found']);
    expect(await feeds.refusal(pathOf(waiting.body), {})).toEqual([409, 'import_not_terminal']);
    expect(await feeds.refusal(pathOf(sent), { reason: '' })).toEqual([422, 'invalid_revert']);
    expect(await feeds.refusal(pathOf(sent), { dryrun: true })).toEqual([422, 'invalid_revert']);
    expect(await feeds.refusal(pathOf(sent), {}, operator)).toEqual([403, 'forbidden']);
    expect(await feeds.refusal(pathOf(sent), {}, viewer)).toEqual([403, 'forbidden']);
    const client = await feeds.holding(feed, 'a');
    try {
      const answers = await Promise.all(
        Array.from({ length: 5 }, () => feeds.api.request('POST', pathOf(sent), { reason: 'a test' })),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([202, 409, 409, 409, 409]);
      expect(await feeds.refusal(pathOf(sent), {})).toEqual([409, 'correction_in_progress']);
      const both = { selection: { trackingIds: [sent.trackingId] }, mode: 'all' };
      expect(await feeds.refusal('/api/v1/admin/reprocess', both)).toEqual([409, 'correction_in_progress']);
    } finally {
      await client.end();
    }
  });

  it('that comes in the midst of an amendment without a key to wait for is no fault of the server', async () => {
    const feed = await feeds.create({ usageKey: { none: true } });
    await feeds.send(feed, record('x', 5));
    const [usage] = await feeds.api.list('/api/v1/usage', { feed });
    const client = new pg.Client(feeds.server.database.url);
    await client.connect();
    try {
      await client.query('BEGIN');
      await client.query(REVERSE_BY_HAND, [feed]);
      const body = { raw: record('x', 6), reason: 'a test' };
      const asked = feeds.api.request('POST', `/api/v1/usage/${usage.id}/amend`, body);
      await feeds.untilWaiting(client);
      await client.query('COMMIT');
      const { status, body: answer } = await asked;
      expect([status, answer.code]).toEqual([409, 'usage_not_live']);
    } finally {
      await client.end();
    }
    expect(await feeds.balance(feed)).toEqual({ live: [], amount: 0 });
  });
});

/** What a revert writes, held open: it comes behind the first look at the record, and before its reversal. */
const REVERSE_BY_HAND = `
WITH entry AS (SELECT u.* FROM usage u JOIN feed f ON f.id = u.feed_id WHERE f.api_name = $1),
  opened AS (INSERT INTO posting (entries, places) SELECT 1, ARRAY[import_id, record_index, record_index] FROM entry RETURNING id)
INSERT INTO usage SELECT (jsonb_populate_record(NULL::usage, to_jsonb(e) || jsonb_build_object(
  'kind', 1, 'posting_id', o.id, 'value', -e.value, 'quantity', -e.quantity, 'amount', -e.amount))).*
FROM entry e, opened o`;
