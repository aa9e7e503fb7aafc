import { PricedFeeds, record } from './correcting/priced-feeds.js';

const COLUMNS = ['id', 'other', 'date', 'account', 'value'];
const CHANGED = ['other', 'id', ...COLUMNS.slice(2)];
const profileOf = (columns: readonly string[]) => ({
  decode: { use: 'decode-delimited@1', config: { columns } },
  steps: [
    {
      use: 'map-fields@1',
      config: {
        fields: [
          { field: 'date', from: 'date' },
          { field: 'originatingIdentifier', from: 'account' },
          { field: 'usageIdentifier', from: 'id' },
          { field: 'value', from: 'value' },
          { field: 'usageClass', constant: 'API Requests' },
          { field: 'usageClassType', constant: 'Requests' },
        ],
      },
    },
    { use: 'resolve-identifier@1', config: {} },
    { use: 'rate-usage@1', config: { plan: 'corrected' } },
  ],
});

describe('live records whose keys move', () => {
  let feeds: PricedFeeds;

  beforeAll(async () => {
    feeds = await PricedFeeds.start();
    await feeds.api.post('/api/v1/profiles', { name: 'circle' });
  });
  afterAll(() => feeds?.stop());

  const byId = { format: 'rows', profile: 'circle', usageKey: { fields: ['id'] } };
  const row = (id: string, other: string, date = '2026-04-16') =>
    `${id},${other},${date}T14:32:00Z,acct-100045,1`;
  const publish = async (columns: readonly string[]) => {
    const versions = '/api/v1/profiles/circle/versions';
    const { version } = await feeds.api.post(versions, profileOf(columns));
    await feeds.api.post(`${versions}/${version}/publish`, { comment: 'for tests' });
  };

  const hour = (n: number) => record(`h${n}`, n, { Date: `2026-05-01T${n}:00:00` });
  const byHour = { usageKey: { fields: [{ field: 'Date', as: 'timestamp' }] } };
  const reprocess = (...imports: { trackingId: string }[]) =>
    feeds.reprocess({
      selection: { trackingIds: imports.map(({ trackingId }) => trackingId) },
      mode: 'all',
    });
  const keysOf = async (feed: string) => {
    const live = await feeds.api.list('/api/v1/usage', { feed, live: true });
    return Object.fromEntries(live.map(({ usageIdentifier, usageKey }) => [usageIdentifier, usageKey]));
  };

  it('go on in one reprocessing where each moves to the key of the next', async () => {
    const feed = await feeds.create(byHour);
    const first = await feeds.send(feed, ...[10, 11, 12, 13].map(hour));
    const second = await feeds.send(feed, hour(14));
    const before = await keysOf(feed);
    await feeds.api.patch(`/api/v1/feeds/${feed}`, { timeZone: 'Etc/GMT+1' });
    const done = await reprocess(first, second);
    expect([done.verdicts.imported, done.reasons.skipped]).toEqual([5, {}]);
    const after = await keysOf(feed);
    for (const n of [10, 11, 12, 13]) expect(after[`h${n}`]).toBe(before[`h${n + 1}`]);
    expect(await feeds.balance(feed)).toEqual({ live: ['10', '11', '12', '13', '14'], amount: 0.06 });
    expect((await reprocess(first, second)).reasons.skipped).toEqual({ unchanged: 5 });
    expect((await feeds.send(feed, hour(12))).counts).toMatchObject({ duplicate: 1 });
  });

  it('do not leave behind what they have replaced: that stays replaced', async () => {
    const usageKey = { ...byHour.usageKey, onConflict: 'replace' };
    const feed = await feeds.create({ usageKey });
    const estimates = await feeds.send(feed, hour(10), hour(11));
    const read = [10, 11].map((n) => ({ ...hour(n), Value: n * 100 }));
    const readings = await feeds.send(feed, ...read);
    await feeds.api.patch(`/api/v1/feeds/${feed}`, { timeZone: 'Etc/GMT+1' });
    const before = await feeds.balance(feed);
    expect(before.live).toEqual(['1000', '1100']);
    expect((await reprocess(estimates)).reasons.skipped).toEqual({ unchanged: 2 });
    const { verdicts, reasons } = await reprocess(estimates, readings);
    expect([verdicts.imported, reasons.skipped]).toEqual([2, { unchanged: 2 }]);
    expect((await reprocess(estimates, readings)).reasons.skipped).toEqual({ unchanged: 4 });
    expect((await feeds.send(feed, hour(10), hour(11))).counts).toMatchObject({ duplicate: 2 });
    expect(await feeds.balance(feed)).toEqual(before);
  });

  it('are found by both keys, each with the entries that it had', async () => {
    const feed = await feeds.create(byHour);
    const sent = await feeds.send(feed, hour(10));
    const before = (await keysOf(feed)).h10!;
    await feeds.api.patch(`/api/v1/feeds/${feed}`, { timeZone: 'Etc/GMT+1' });
    await reprocess(sent);
    const after = (await keysOf(feed)).h10!;
    const kindsOf = async (usageKey: string) =>
      (await feeds.api.list('/api/v1/usage', { feed, usageKey })).map(({ kind, live }) => [kind, live]);
    expect(await kindsOf(before)).toEqual([
      ['reversal', false],
      ['usage', false],
    ]);
    expect(await kindsOf(after)).toEqual([['usage', true]]);
    const records = await feeds.api.list('/api/v1/records', { feed, usageKey: before });
    expect(records.map(({ trackingId }) => trackingId)).toEqual([sent.trackingId]);
  });

  it('stay behind one that stays, and say so, until that has moved', async () => {
    const feed = await feeds.create(byHour);
    const first = await feeds.send(feed, ...[10, 11, 12].map(hour));
    const second = await feeds.send(feed, hour(13));
    const before = await keysOf(feed);
    await feeds.api.patch(`/api/v1/feeds/${feed}`, { timeZone: 'Etc/GMT+1' });
    expect((await reprocess(first)).reasons.skipped).toEqual({ key_taken: 3 });
    expect(await keysOf(feed)).toEqual(before);
    expect((await reprocess(second)).verdicts).toMatchObject({ imported: 1 });
    expect((await reprocess(first)).verdicts).toMatchObject({ imported: 3 });
    expect((await feeds.balance(feed)).amount).toBe(0.046);
  });

  it('change places in a circle, all together', async () => {
    await publish(COLUMNS);
    const feed = await feeds.create(byId);
    const sent = await feeds.api.importUsage(feed, {
      data: [
        row('x', 'y'),
        row('y', 'z'),
        row('z', 'x'),
        row('p', 'x'),
        row('s', 't'),
        row('t', 's'),
        row('s', 'q'),
      ],
    });
    expect(sent.counts).toMatchObject({ imported: 6, duplicate: 1 });
    await publish(CHANGED);
    const done = await reprocess(sent);
    expect([done.verdicts, done.reasons.skipped]).toEqual([
      { imported: 6, exception: 0, skipped: 1, duplicate: 0 },
      { key_taken: 1 },
    ]);
    expect(await keysOf(feed)).toEqual({ x: 'x', y: 'y', z: 'z', p: 'p', s: 's', t: 't', q: 'q' });
    const lines = await feeds.api.list(`/api/v1/imports/${done.imports[0].trackingId}/records`);
    expect(lines.map(({ verdict, reason }) => [verdict, reason])).toEqual([
      ['imported', null],
      ['imported', null],
      ['imported', null],
      ['skipped', 'key_taken'],
      ['imported', null],
      ['imported', null],
      ['imported', null],
    ]);
    expect((await feeds.balance(feed)).amount).toBe(0.007);
    expect((await reprocess(sent)).reasons.skipped).toEqual({ unchanged: 6, key_taken: 1 });
  });

  it('hold their keys still where one of a circle has to stay', async () => {
    await publish(COLUMNS);
    const feed = await feeds.create(byId);
    const sent = await feeds.api.importUsage(feed, { data: [row('s', 't'), row('t', 's', '2026-03-16')] });
    await feeds.api.post('/api/v1/periods/close', { until: '2026-04-01', feeds: [feed] });
    await publish(CHANGED);
    expect((await reprocess(sent)).reasons.skipped).toEqual({ key_taken: 1, period_closed: 1 });
    const resent = await feeds.api.importUsage(feed, { data: [row('t', 's'), row('s', 't', '2026-03-16')] });
    expect(resent.counts).toMatchObject({ duplicate: 2 });
  });
});
