import { PricedFeeds, record } from './correcting/priced-feeds.js';

describe('single usage', () => {
  let feeds: PricedFeeds;

  beforeAll(async () => {
    feeds = await PricedFeeds.start();
  });
  afterAll(() => feeds?.stop());

  const usageOf = async (feed: string, key: string) =>
    (await feeds.api.list('/api/v1/usage', { feed, live: true })).find(({ usageKey }) => usageKey === key)!;
  const correct = async (id: string, what: 'void' | 'amend', more: object = {}) => {
    const { status, body } = await feeds.api.request('POST', `/api/v1/usage/${id}/${what}`, {
      reason: 'a complaint',
      ...more,
    });
    return { status, body };
  };
  const refused = async (id: string, what: 'void' | 'amend', more: object = {}) => {
    const { status, body } = await correct(id, what, more);
    return [status, body.code];
  };

  it('is voided: reversed, and its key held unless it is released', async () => {
    const feed = await feeds.create();
    const sent = await feeds.send(feed, record('a', 100), record('b', 20));
    const [a, b] = [await usageOf(feed, 'a'), await usageOf(feed, 'b')];
    const { status, body } = await correct(a.id, 'void', { releaseKey: null });
    expect([status, body]).toEqual([
      200,
      {
        trackingId: expect.any(String),
        verdict: 'imported',
        reason: null,
        reversals: [a.id.replace('u', 'r')],
        usage: [],
      },
    ]);
    expect(await feeds.balance(feed)).toEqual({ live: ['20'], amount: 0.02 });
    const again = await feeds.send(feed, record('a', 100));
    expect(again.counts).toMatchObject({ duplicate: 1 });
    const [line] = await feeds.api.list(`/api/v1/imports/${again.trackingId}/records`);
    expect(line).toMatchObject({ reason: 'voided', duplicateOf: { trackingId: sent.trackingId, index: 0 } });
    await feeds.send(feed, record('a', 101));
    const [conflict] = await feeds.api.list('/api/v1/exceptions', { feed, code: 'usage_key_conflict' });
    expect(conflict).toMatchObject({
      message: 'Usage key "a" is held by other usage that an operator has voided',
      details: { live: null, voided: { trackingId: sent.trackingId, index: 0 }, sent: expect.anything() },
    });
    await correct(b.id, 'void', { releaseKey: true });
    expect((await feeds.send(feed, record('b', 20))).counts).toMatchObject({ imported: 1 });
    expect(await refused(a.id, 'void')).toEqual([409, 'usage_not_live']);
    expect(await refused(body.reversals[0], 'void')).toEqual([409, 'usage_not_live']);
    expect(await refused('u999999-0-0-1', 'void')).toEqual([404, 'not_found']);
    expect(await refused('nonsense', 'void')).toEqual([404, 'not_found']);
    expect(await refused(a.id, 'void', { reason: '' })).toEqual([422, 'invalid_void']);
    const { verdicts } = await feeds.api.get(`/api/v1/imports/${sent.trackingId}/records/0`);
    expect(verdicts).toMatchObject([
      { verdict: 'imported' },
      { trackingId: body.trackingId, usageIds: body.reversals },
    ]);
    const [audit] = await feeds.api.list('/api/v1/admin/audit', {
      action: 'usage.voided',
      subject: `usage/${a.id}`,
    });
    expect(audit.after).toMatchObject({ reason: 'a complaint', by: body.trackingId });
  });

  it('is amended: reversed, and put anew through the profile', async () => {
    const feed = await feeds.create();
    const sent = await feeds.send(feed, record('a', 100));
    const { id } = await usageOf(feed, 'a');
    const { status, body } = await correct(id, 'amend', { raw: record('a', 30) });
    expect([status, body]).toMatchObject([
      200,
      { verdict: 'imported', reversals: [id.replace('u', 'r')], usage: [expect.stringMatching(/^u/)] },
    ]);
    const entry = await feeds.api.get(`/api/v1/usage/${body.usage[0]}`);
    expect(entry).toMatchObject({
      trackingId: sent.trackingId,
      index: 0,
      producedBy: body.trackingId,
      value: '30',
    });
    expect(await feeds.balance(feed)).toEqual({ live: ['30'], amount: 0.03 });
    expect(await refused(id, 'amend', { raw: record('a', 31) })).toEqual([409, 'usage_not_live']);
    const exact = `{"reason":"exact","raw":{"Id":"a","Date":"2026-04-16T14:32:00Z","Account":"acct-100045","Value":12345678901234567.000000000000000001}}`;
    const long = await feeds.api.post(`/api/v1/usage/${body.usage[0]}/amend`, exact);
    expect(await feeds.api.get(`/api/v1/usage/${long.usage[0]}`)).toMatchObject({
      value: '12345678901234567.000000000000000001',
    });
    const all = { selection: { trackingIds: [sent.trackingId] }, mode: 'all' };
    expect(await feeds.reprocess(all)).toMatchObject({ reasons: { skipped: { unchanged: 1 } } });
  });

  it('stays as it is where the amended record is not possible', async () => {
    const feed = await feeds.create();
    await feeds.send(feed, record('a', 100));
    const { id } = await usageOf(feed, 'a');
    const imports = () => feeds.api.list('/api/v1/imports', { feed });
    const before = await imports();
    expect(await refused(id, 'amend', { raw: record('b', 100) })).toEqual([422, 'usage_key_changed']);
    const { status, body } = await correct(id, 'amend', { raw: record('a', 100, { Account: 'nobody' }) });
    expect([status, body.code, body.errors]).toMatchObject([
      422,
      'identifier_not_found',
      [
        {
          pointer: '/raw',
          code: 'identifier_not_found',
          message: expect.stringContaining('originatingIdentifier'),
        },
      ],
    ]);
    const { Id: _, ...keyless } = record('a', 100);
    await feeds.api.post('/api/v1/periods/close', { until: '2026-03-02', feeds: [feed] });
    for (const [raw, code, message] of [
      [record('a', 100, { Date: '2026-03-01T00:00:00Z' }), 'period_closed', /^date: 2026-03-01/],
      [keyless, 'usage_key_missing', /^the usage key needs "Id"/],
    ] as const) {
      const { body: refusal } = await correct(id, 'amend', { raw });
      expect(refusal).toMatchObject({ code, errors: [{ code, message: expect.stringMatching(message) }] });
      expect(refusal.detail).toBe(`The amended record is rejected: ${refusal.errors[0].message}`);
    }
    const skipped = await correct(id, 'amend', { raw: record('a', 0) });
    expect([skipped.status, skipped.body.code, skipped.body.errors]).toEqual([
      422,
      'amend_skipped',
      [{ pointer: '/raw', code: 'zero_value', message: 'the profile skips it: zero_value' }],
    ]);
    expect(await correct(id, 'amend', { raw: record('a', 100) })).toEqual({
      status: 200,
      body: { trackingId: null, verdict: 'skipped', reason: 'unchanged', reversals: [], usage: [] },
    });
    expect(await refused(id, 'amend', { raw: 'a,100' })).toEqual([422, 'invalid_amend']);
    expect(await refused(id, 'amend', { raw: [1] })).toEqual([422, 'invalid_amend']);
    expect(await refused(id, 'amend', {})).toEqual([422, 'invalid_amend']);
    const broken = await feeds.api.request('POST', `/api/v1/usage/${id}/amend`, '{"raw":');
    expect([broken.status, broken.body.code]).toEqual([400, 'malformed_body']);
    expect(await imports()).toEqual(before);
    expect(await feeds.balance(feed)).toEqual({ live: ['100'], amount: 0.1 });
  });

  it('is not changed where it is dated in a closed period, nor by others than operators of its feed', async () => {
    const feed = await feeds.create();
    await feeds.send(feed, record('a', 100));
    const { id } = await usageOf(feed, 'a');
    const key = async (role: string, names?: string[]) =>
      feeds.api.as((await feeds.api.post('/api/v1/admin/keys', { name: role, role, feeds: names })).key);
    for (const client of [
      await key('operator', ['usageJson']),
      await key('implementer'),
      await key('viewer'),
    ]) {
      expect(await feeds.refusal(`/api/v1/usage/${id}/void`, {}, client)).toEqual([403, 'forbidden']);
    }
    await feeds.api.post('/api/v1/periods/close', { until: '2026-05-01', feeds: [feed] });
    expect(await refused(id, 'void')).toEqual([409, 'period_closed']);
    expect(await refused(id, 'amend', { raw: record('a', 1) })).toEqual([409, 'period_closed']);
  });

  it('is corrected also while the feed is paused', async () => {
    const feed = await feeds.create();
    const sent = await feeds.send(feed, record('a', 100), record('b', 20), record('c', 3));
    await feeds.api.patch(`/api/v1/feeds/${feed}`, { paused: true });
    const waiting = await feeds.api.postUsage(feed, { data: [record('d', 1)] });
    expect((await correct((await usageOf(feed, 'a')).id, 'void')).status).toBe(200);
    const { body } = await correct((await usageOf(feed, 'b')).id, 'amend', { raw: record('b', 30) });
    expect(body).toMatchObject({ verdict: 'imported' });
    await feeds.revert(sent);
    expect(await feeds.balance(feed)).toEqual({ live: [], amount: 0 });
    const { status } = await feeds.api.get(`/api/v1/imports/${waiting.body.trackingId}`);
    expect(status).toBe('queued');
  });

  it('is answered with the tracking id where it is not done in time', async () => {
    const feed = await feeds.create();
    await feeds.send(feed, record('a', 100));
    const { id } = await usageOf(feed, 'a');
    const client = await feeds.holding(feed, 'a');
    try {
      const { status, body } = await correct(id, 'void');
      expect([status, body]).toEqual([202, { trackingId: expect.any(String) }]);
      expect(await refused(id, 'void')).toEqual([409, 'correction_in_progress']);
      await client.query('COMMIT');
      await feeds.api.waitForImport(body.trackingId);
    } finally {
      await client.end();
    }
  }, 20_000);
});
