import { LOCK_CELL, PricedFeeds, pricedProfile, record } from './correcting/priced-feeds.js';

const MAX_WAIT_MS = 10_000;

describe('reprocessing', () => {
  let feeds: PricedFeeds;

  beforeAll(async () => {
    feeds = await PricedFeeds.start();
  });
  afterAll(() => feeds?.stop());

  const all = ({ trackingId }: { trackingId: string }) => ({
    selection: { trackingIds: [trackingId] },
    mode: 'all',
  });
  const stored = async () => {
    const [imports, usage, exceptions] = await Promise.all(
      ['imports', 'usage', 'exceptions'].map((list) => feeds.api.list(`/api/v1/${list}`)),
    );
    return { imports: imports!.length, usage, exceptions };
  };

  it('turns exceptions into usage once what they missed is there', async () => {
    const feed = await feeds.create();
    const first = await feeds.send(feed, record('a', 10, { Account: 'acct-late' }), record('b', 5));
    const second = await feeds.send(
      feed,
      record('c', 20, { Account: 'acct-late' }),
      record('d', 1, { Account: 'x' }),
    );
    const { changeId } = await feeds.addOwner('acct-late');
    const done = await feeds.reprocess({ selection: { healedBy: changeId } });
    expect(done).toMatchObject({
      status: 'completed',
      eligible: 2,
      done: 2,
      pending: 0,
      verdicts: { imported: 2, exception: 0, skipped: 0, duplicate: 0 },
      reasons: { skipped: {}, exception: {} },
      difference: { USD: '0.03' },
    });
    const [trackingId] = done.imports.map((i: { trackingId: string }) => i.trackingId);
    const [line] = await feeds.api.list(`/api/v1/imports/${trackingId}/records`);
    expect(line).toMatchObject({
      index: 0,
      verdict: 'imported',
      usageKey: 'a',
      usageIds: [expect.stringMatching(/^u/)],
      exceptionId: null,
      of: { trackingId: first.trackingId, index: 0 },
    });
    expect(await feeds.api.get(`/api/v1/usage/${line.usageIds[0]}`)).toMatchObject({
      trackingId: first.trackingId,
      index: 0,
      producedBy: trackingId,
      live: true,
    });
    const settled = await feeds.api.list('/api/v1/exceptions', { feed, status: 'reprocessed' });
    expect(settled.map(({ resolvedBy }) => resolvedBy)).toEqual([trackingId, trackingId]);
    expect((await feeds.api.get(`/api/v1/imports/${second.trackingId}`)).now).toMatchObject({
      live: 1,
      openExceptions: 1,
    });
    expect(await feeds.refusal('/api/v1/admin/reprocess', { selection: { healedBy: changeId } })).toEqual([
      409,
      'nothing_to_reprocess',
    ]);
    const again = await feeds.reprocess({ selection: { filter: { feed, status: 'open' } } });
    expect(again).toMatchObject({
      verdicts: { exception: 1 },
      reasons: { exception: { identifier_not_found: 1 } },
      difference: {},
    });
    expect(await feeds.balance(feed)).toEqual({ live: ['10', '20', '5'], amount: 0.035 });
  });

  it('keeps the moment at which a record was rejected first, however often it is rejected', async () => {
    const feed = await feeds.create();
    await feeds.send(feed, record('a', 1, { Account: 'acct-first' }), record('b', 2));
    const look = async () => {
      const [exception] = await feeds.api.list('/api/v1/exceptions', { feed });
      const [group] = (await feeds.api.get('/api/v1/exceptions/groups', { feed })).items;
      return { exception: exception!, group };
    };
    const before = await look();
    const { createdAt, id } = before.exception;
    expect([before.group.firstSeenAt, before.group.lastSeenAt]).toEqual([createdAt, createdAt]);
    for (let n = 0; n < 2; n++) await feeds.reprocess({ selection: { exceptionIds: [id] } });
    const { exception, group } = await look();
    expect([exception.createdAt, group.firstSeenAt]).toEqual([createdAt, createdAt]);
    const attempts = await feeds.api.list(`/api/v1/exceptions/${id}/attempts`);
    expect(attempts.map(({ attempt }) => attempt)).toEqual([2, 1, 0]);
    expect([attempts[0]!.at, attempts[2]!.at]).toEqual([group.lastSeenAt, createdAt]);
    expect(group.lastSeenAt > createdAt).toBe(true);
    const until = { feed, to: attempts[1]!.at };
    expect(await feeds.api.list('/api/v1/exceptions', until)).toHaveLength(1);
  });

  it('changes by reversal and new entry what is different now, and nothing else, however often', async () => {
    const feed = await feeds.create();
    const sent = await feeds.send(feed, record('a', 100), record('b', 0), record('c', 50), record('c', 50));
    const original = { ...all(sent), profileVersion: 'original', referenceData: 'original' };
    await feeds.setPrice('0.002');
    const before = await feeds.ledger(feed);
    const unchanged = { verdicts: { imported: 0, skipped: 3, duplicate: 1 }, difference: {} };
    expect(await feeds.reprocess(original)).toMatchObject(unchanged);
    expect(await feeds.ledger(feed)).toEqual(before);
    const changed = await feeds.reprocess(all(sent));
    expect(changed).toMatchObject({
      verdicts: { imported: 2, exception: 0, skipped: 1, duplicate: 1 },
      reasons: { skipped: { zero_value: 1 } },
      difference: { USD: '0.15' },
    });
    for (let n = 0; n < 3; n++) {
      expect(await feeds.reprocess(all(sent))).toMatchObject({
        verdicts: { imported: 0, skipped: 3, duplicate: 1 },
        reasons: { skipped: { zero_value: 1, unchanged: 2 } },
      });
    }
    expect(await feeds.balance(feed)).toEqual({ live: ['100', '50'], amount: 0.3 });
    const { verdicts, now } = await feeds.api.get(`/api/v1/imports/${sent.trackingId}/records/0`);
    expect(verdicts.map(({ verdict, reason }: Record<string, unknown>) => [verdict, reason])).toEqual([
      ['imported', null],
      ['skipped', 'unchanged'],
      ['imported', null],
      ['skipped', 'unchanged'],
      ['skipped', 'unchanged'],
      ['skipped', 'unchanged'],
    ]);
    expect(verdicts[2]).toMatchObject({
      trackingId: changed.imports[0].trackingId,
      of: { trackingId: sent.trackingId, index: 0 },
      usageIds: [expect.stringMatching(/^u.*-2$/), expect.stringMatching(/^r.*-1$/)],
    });
    expect(now.liveUsageIds).toEqual([verdicts[2].usageIds[0]]);
    const made = await feeds.api.get(`/api/v1/imports/${changed.imports[0].trackingId}`);
    expect(made).toMatchObject({
      usageCount: 4,
      reprocessOf: sent.trackingId,
      reasons: { skipped: { zero_value: 1 } },
    });
    const alone = await feeds.api.get(`/api/v1/imports/${made.trackingId}/records/0`);
    expect(alone.verdicts).toEqual([verdicts[2]]);
    await feeds.setPrice('0.001');
  });

  it('leaves what a key had to be found by it, and what was true then as it was', async () => {
    const feed = await feeds.create();
    await feeds.addOwner('acct-leaving');
    const rejected = await feeds.send(feed, record('left-1', 3, { Account: 'acct-leaving' }));
    const skipped = await feeds.send(feed, record('left-2', 4));
    const { asOf } = await feeds.api.get('/api/v1/usage/totals');
    const then = (usageKey: string) => feeds.api.get('/api/v1/usage/totals', { feed, usageKey, asOf });
    const before = [await then('left-1'), await then('left-2')];
    expect(before.map(({ items, final }) => [items[0].value, final])).toEqual([
      ['3', true],
      ['4', true],
    ]);
    const owner = { type: 'Account', value: 'acct-leaving' };
    await feeds.api.request('DELETE', '/api/v1/identifiers', { identifiers: [owner] });
    const { reasons } = await feeds.reprocess(all(rejected));
    expect(reasons).toEqual({ skipped: {}, exception: { identifier_not_found: 1 } });
    const version = await feeds.publish({
      ...pricedProfile('corrected'),
      steps: pricedProfile('corrected').steps.map((step) =>
        step.use === 'filter@1'
          ? { ...step, config: { ...step.config, skipWhen: { field: 'value', equals: 4 } } }
          : step,
      ),
    });
    expect(
      (await feeds.reprocess({ ...all(skipped), profileVersion: String(version) })).reasons.skipped,
    ).toEqual({
      zero_value: 1,
    });
    await feeds.publish(pricedProfile('corrected'));
    for (const [n, usageKey] of ['left-1', 'left-2'].entries()) {
      const found = await feeds.api.list('/api/v1/usage', { usageKey });
      expect(found.map(({ kind }) => kind)).toEqual(['reversal', 'usage']);
      expect(await then(usageKey)).toEqual(before[n]);
      expect(await feeds.api.list('/api/v1/records', { usageKey })).toHaveLength(1);
    }
  });

  it('says by a dry run what would become of it, and stores nothing', async () => {
    const feed = await feeds.create();
    const sent = await feeds.send(
      feed,
      record('a', 100),
      record('b', 7, { Account: 'acct-dry' }),
      record('c', 0),
    );
    await feeds.addOwner('acct-dry');
    await feeds.setPrice('0.003');
    const before = await stored();
    const body = { ...all(sent), reason: 'a test', dryRun: true };
    const { status, body: outcome } = await feeds.api.request('POST', '/api/v1/admin/reprocess', body);
    expect([status, outcome]).toEqual([
      200,
      {
        eligible: 3,
        ineligible: [],
        verdicts: { imported: 2, exception: 0, skipped: 1, duplicate: 0 },
        reasons: { skipped: { zero_value: 1 }, exception: {} },
        difference: { USD: '0.221' },
        testDifference: {},
      },
    ]);
    expect(await stored()).toEqual(before);
    expect(await feeds.reprocess(all(sent))).toMatchObject({ difference: { USD: '0.221' } });
    await feeds.setPrice('0.001');
    const large = { selection: { filter: { feed } }, mode: 'all', dryRun: true };
    const many = Array.from({ length: 1000 }, (_, n) => record(`m${n}`, 1));
    for (let n = 0; n < 10; n++) await feeds.send(feed, ...many.map((r) => ({ ...r, Id: `${n}-${r.Id}` })));
    expect(await feeds.refusal('/api/v1/admin/reprocess', large)).toEqual([422, 'dry_run_too_large']);
  }, 60_000);

  it('says apart what it adds to test usage', async () => {
    const feed = await feeds.create();
    const live = await feeds.send(feed, record('a', 100));
    await feeds.api.patch(`/api/v1/feeds/${feed}`, { mode: 'test' });
    const test = await feeds.send(feed, record('b', 10));
    await feeds.setPrice('0.002');
    const both = { selection: { trackingIds: [live.trackingId, test.trackingId] }, mode: 'all' };
    const money = { difference: { USD: '0.1' }, testDifference: { USD: '0.01' } };
    const dry = { ...both, reason: 'a test', dryRun: true };
    expect(await feeds.api.post('/api/v1/admin/reprocess', dry)).toMatchObject(money);
    expect(await feeds.reprocess(both)).toMatchObject(money);
    const revert = `/api/v1/admin/imports/${test.trackingId}/revert`;
    expect(await feeds.api.post(revert, { reason: 'a test', dryRun: true })).toMatchObject({
      difference: {},
      testDifference: { USD: '-0.02' },
    });
    await feeds.setPrice('0.001');
  });

  it('is cancelled, also while its feed is paused: what has not begun is left as it is', async () => {
    const feed = await feeds.create();
    const sent = await feeds.send(feed, record('a', 100), record('b', 7));
    await feeds.setPrice('0.004');
    const path = `/api/v1/feeds/${feed}`;
    await feeds.api.patch(path, { paused: true });
    const { reprocessId, imports } = await feeds.api.post('/api/v1/admin/reprocess', {
      reason: 'a test',
      ...all(sent),
    });
    const cancel = `/api/v1/admin/reprocess/${reprocessId}/cancel`;
    expect(await feeds.api.post(cancel, {})).toMatchObject({ cancelledAt: expect.any(String), pending: 2 });
    const again = await feeds.api.request('POST', cancel);
    expect([again.status, again.body.code]).toEqual([409, 'reprocess_ended']);
    await feeds.api.waitForImport(imports[0], MAX_WAIT_MS);
    expect(await feeds.api.get(`/api/v1/admin/reprocess/${reprocessId}`)).toMatchObject({
      status: 'cancelled',
      verdicts: { skipped: 2 },
      reasons: { skipped: { cancelled: 2 } },
    });
    expect(await feeds.balance(feed)).toEqual({ live: ['100', '7'], amount: 0.107 });
    await feeds.api.patch(path, { paused: false });
    expect(await feeds.reprocess(all(sent))).toMatchObject({ verdicts: { imported: 2 } });
    await feeds.setPrice('0.001');
  });

  it('of conflicts has the record sent take the place of the live one', async () => {
    const feed = await feeds.create();
    await feeds.send(feed, record('a', 100), record('b', 1));
    const other = await feeds.send(feed, record('a', 40), record('z', 1, { Account: 'x' }));
    const body = {
      selection: { trackingIds: [other.trackingId] },
      resolution: 'replace',
      reason: 'the later is right',
    };
    const resolve = '/api/v1/exceptions/resolve';
    const ineligible = [{ reason: 'not_a_conflict', count: 1 }];
    expect(await feeds.api.post(resolve, { ...body, dryRun: true })).toMatchObject({
      eligible: 1,
      ineligible,
      verdicts: { imported: 1 },
      difference: { USD: '-0.06' },
    });
    const { imports, ...answer } = await feeds.api.post(resolve, body);
    expect(answer).toMatchObject({ eligible: 1, ineligible });
    await feeds.api.waitForImport(imports[0]);
    expect(await feeds.balance(feed)).toEqual({ live: ['1', '40'], amount: 0.041 });
    const [line] = await feeds.api.list(`/api/v1/imports/${imports[0]}/records`);
    expect(line).toMatchObject({ verdict: 'imported', reason: 'replaces', of: { index: 0 } });
    expect(line.usageIds).toEqual([expect.stringMatching(/^u/), expect.stringMatching(/^r/)]);
    expect(await feeds.refusal(resolve, body)).toEqual([409, 'nothing_to_reprocess']);
    const open = { ...body, selection: { filter: { feed } }, dryRun: true };
    const settled = { ...open, selection: { filter: { feed, status: 'reprocessed' } } };
    expect(await feeds.api.post(resolve, open)).toMatchObject({ eligible: 0, ineligible });
    expect(await feeds.api.post(resolve, settled)).toMatchObject({
      ineligible: [{ reason: 'not_open', count: 1 }],
    });
    expect(await feeds.api.post(resolve, { ...open, resolution: 'keep' })).toMatchObject({
      matched: 1,
      ineligible,
    });
    expect(await feeds.refusal(resolve, { ...body, resolution: 'both' })).toEqual([422, 'invalid_resolve']);
    const kept = await feeds.send(feed, record('b', 7));
    const keep = { ...body, selection: { trackingIds: [kept.trackingId] }, resolution: 'keep' };
    expect(await feeds.api.post(resolve, keep)).toEqual({
      matched: 1,
      changed: 1,
      ineligible: [],
      difference: {},
      testDifference: {},
    });
    expect(await feeds.balance(feed)).toEqual({ live: ['1', '40'], amount: 0.041 });
    expect(await feeds.api.list('/api/v1/exceptions', { feed, status: 'discarded' })).toHaveLength(1);
  });

  it('of several feeds is tried as one, and locks their keys as everybody does: in their order', async () => {
    const keyScope = `tried-${Date.now()}`;
    const [one, two] = [await feeds.create({ keyScope }), await feeds.create({ keyScope })];
    const imports = [await feeds.send(one, record('b', 10)), await feeds.send(two, record('a', 20))];
    await feeds.setPrice('0.002');
    const client = await feeds.holding(one, 'a');
    try {
      const dry = feeds.api.post('/api/v1/admin/reprocess', {
        selection: { trackingIds: imports.map(({ trackingId }) => trackingId) },
        mode: 'all',
        reason: 'a test',
        dryRun: true,
      });
      await feeds.untilWaiting(client);
      await client.query(LOCK_CELL, [one, 'b']);
      await client.query('COMMIT');
      expect(await dry).toMatchObject({
        eligible: 2,
        verdicts: { imported: 2 },
        difference: { USD: '0.03' },
      });
    } finally {
      await client.end();
      await feeds.setPrice('0.001');
    }
    expect(await feeds.balance(one)).toEqual({ live: ['10'], amount: 0.01 });
  });
});
