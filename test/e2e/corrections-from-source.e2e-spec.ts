import { type ImportView, startServer, type TestServer } from '../support/index.js';

const DAY_MS = 86_400_000;
const daysAgo = (days: number) => new Date(Date.now() - days * DAY_MS).toISOString().slice(0, 19) + 'Z';

const record = (id: string, value: number | string, more: object = {}) => ({
  Id: id,
  Date: '2026-04-16T14:32:00Z',
  Account: 'acct-100045',
  Value: value,
  ...more,
});

const PROFILE = {
  decode: { use: 'decode-json@1', config: {} },
  steps: [
    {
      use: 'map-fields@1',
      config: {
        fields: [
          { field: 'date', from: 'Date' },
          { field: 'originatingIdentifier', from: 'Account' },
          { field: 'usageIdentifier', from: 'Id' },
          { field: 'value', from: 'Value' },
          { field: 'usageClass', constant: 'API Requests' },
          { field: 'usageClassType', constant: 'Requests' },
          { field: 'extensions.quality', from: 'Quality' },
        ],
      },
    },
    { use: 'filter@1', config: { skipWhen: { field: 'value', equals: 0 }, reason: 'zero_value' } },
    { use: 'resolve-identifier@1', config: {} },
    { use: 'rate-usage@1', config: { plan: 'standard' } },
  ],
};

describe('corrections from the source', () => {
  let server: TestServer;
  let feeds = 0;

  beforeAll(async () => {
    server = await startServer();
    await server.api.post('/api/v1/profiles', { name: 'plain' });
    const versions = '/api/v1/profiles/plain/versions';
    const { version } = await server.api.post(versions, PROFILE);
    await server.api.post(`${versions}/${version}/publish`, { comment: 'first' });
  });
  afterAll(() => server.stop());

  const createFeed = async (usageKey: object, more: object = {}): Promise<string> => {
    const apiName = `corrected${++feeds}`;
    const feed = {
      name: `Corrected ${feeds}`,
      apiName,
      format: 'records',
      profile: 'plain',
      usageKey,
      ...more,
    };
    await server.api.post('/api/v1/feeds', feed);
    return apiName;
  };
  const send = (feed: string, ...records: object[]): Promise<ImportView> =>
    server.api.importUsage(feed, { data: records });
  const linesOf = ({ trackingId }: ImportView) => server.api.list(`/api/v1/imports/${trackingId}/records`);
  const usageOf = (feed: string) => server.api.list('/api/v1/usage', { feed });
  const amountsOf = async (feed: string) =>
    (await usageOf(feed)).map(({ kind, value, rating, live }) => [kind, value, rating.amount, live]);
  const exceptionsOf = (feed: string) => server.api.list('/api/v1/exceptions', { feed });
  const key = (more: object = {}) => ({ fields: ['Id'], ...more });

  it('replaces what is live by a reversal and a new entry, and shows both in the history', async () => {
    const feed = await createFeed(key({ onConflict: 'replace' }));
    const first = await send(feed, record('r-1', 1000), record('r-2', 10));
    const second = await send(feed, record('r-1', 2500));
    expect(second).toMatchObject({ counts: { imported: 1, exception: 0 }, usageCount: 2 });
    expect(await amountsOf(feed)).toEqual([
      ['usage', '2500', '1', true],
      ['usage', '10', '0.004', true],
      ['reversal', '-1000', '-0.4', false],
      ['usage', '1000', '0.4', false],
    ]);
    const [reversal] = (await usageOf(feed)).filter(({ kind }) => kind === 'reversal');
    expect(reversal).toMatchObject({
      trackingId: first.trackingId,
      index: 0,
      producedBy: second.trackingId,
      rating: { quantity: '-1000', unitPrice: '0.0004' },
    });
    const [line] = await linesOf(second);
    expect(line).toMatchObject({ verdict: 'imported', reason: 'replaces', duplicateOf: null });
    expect(line.usageIds).toEqual([expect.stringMatching(/^u/), reversal.id]);
    expect((await server.api.get(`/api/v1/imports/${first.trackingId}`)).now).toMatchObject({ live: 1 });
    expect((await server.api.get(`/api/v1/imports/${second.trackingId}`)).now).toMatchObject({ live: 1 });
  });

  it('shows every version by the key, and the reversal behind its entry to billing systems', async () => {
    const feed = await createFeed(key({ onConflict: 'replace', cancelWhen: 'Status = "D"' }));
    const status = { Status: 'N' };
    await send(feed, record('v-1', 1, status));
    await send(feed, record('v-1', 2, status));
    await send(feed, { Id: 'v-1', Status: 'D' });
    const byKey = await server.api.list('/api/v1/usage', { feed, usageKey: 'v-1' });
    expect(byKey.map(({ value }) => value).sort()).toEqual(['-1', '-2', '1', '2']);
    expect(byKey.every(({ live }) => !live)).toBe(true);
    const changes = async (): Promise<string[]> => {
      const { items } = await server.api.get('/api/v1/usage/changes', { feed });
      // A transaction of others may hold them back for a moment.
      return items.length < 4 ? changes() : items.map(({ value }: { value: string }) => value);
    };
    const values = await changes();
    expect([...values].sort()).toEqual(['-1', '-2', '1', '2']);
    expect(values.indexOf('-1')).toBeGreaterThan(values.indexOf('1'));
    expect(values.indexOf('-2')).toBeGreaterThan(values.indexOf('2'));
  });

  it('gives test usage keys of its own', async () => {
    const feed = await createFeed(key({ onConflict: 'replace' }), { mode: 'test' });
    await send(feed, record('t-1', 1));
    expect((await send(feed, record('t-1', 1))).counts).toMatchObject({ duplicate: 1 });
    await server.api.patch(`/api/v1/feeds/${feed}`, { mode: 'live' });
    const real = await send(feed, record('t-1', 1), record('t-2', 2));
    expect(real.counts).toMatchObject({ imported: 2 });
    await server.api.patch(`/api/v1/feeds/${feed}`, { mode: 'test' });
    expect((await send(feed, record('t-2', 3))).counts).toMatchObject({ imported: 1 });
    expect((await server.api.get(`/api/v1/imports/${real.trackingId}`)).now).toMatchObject({ live: 2 });
    expect(await server.api.list('/api/v1/usage', { feed, usageKey: 't-1' })).toHaveLength(2);
  });

  it('never swings back: whatever is sent again is a duplicate, and the money stays', async () => {
    const feed = await createFeed(key({ onConflict: 'replace' }));
    const days = [1000, 2500, 0, 70].map((value) => [record('s-1', value), record('s-2', value + 1)]);
    for (const day of days) await send(feed, ...day);
    const before = await usageOf(feed);
    for (const day of [...days, ...days.reverse()]) {
      expect((await send(feed, ...day)).counts).toMatchObject({ duplicate: 2 });
    }
    expect(await usageOf(feed)).toEqual(before);
    expect((await amountsOf(feed)).filter(([, , , live]) => live)).toEqual([
      ['usage', '71', '0.0284', true],
      ['usage', '70', '0.028', true],
    ]);
  });

  it('replaces within one batch as over several', async () => {
    const feed = await createFeed(key({ onConflict: 'replace' }));
    const { counts, usageCount } = await send(feed, record('b-1', 1), record('b-1', 2), record('b-1', 0));
    expect(counts).toMatchObject({ imported: 2, skipped: 1 });
    expect(usageCount).toBe(4);
    expect((await amountsOf(feed)).every(([, , , live]) => !live)).toBe(true);
    const sum = (await usageOf(feed)).reduce((n, { value }) => n + Number(value), 0);
    expect(sum).toBe(0);
  });

  it('does not let an estimate replace an actual, where replaceWhen says so', async () => {
    const replaceWhen = '$not(sent.extensions.quality = "E" and live.extensions.quality = "A")';
    const feed = await createFeed(key({ onConflict: 'replace', replaceWhen }));
    await send(feed, record('m-1', 500, { Quality: 'E' }));
    expect((await send(feed, record('m-1', 430, { Quality: 'A' }))).counts).toMatchObject({ imported: 1 });
    const late = await send(feed, record('m-1', 510, { Quality: 'E' }), record('m-1', 0, { Quality: 'E' }));
    expect(late.counts).toMatchObject({ duplicate: 2 });
    expect((await linesOf(late)).map(({ reason }) => reason)).toEqual(['conflict_kept', 'conflict_kept']);
    expect((await send(feed, record('m-1', 431, { Quality: 'A' }))).counts).toMatchObject({ imported: 1 });
    expect((await amountsOf(feed)).filter(([, , , live]) => live)).toEqual([
      ['usage', '431', '0.1724', true],
    ]);
  });

  it('is replaced once where overlapping imports come at once, and the ledger adds up', async () => {
    const feed = await createFeed(key({ onConflict: 'replace' }));
    const batch = (value: number) => Array.from({ length: 200 }, (_, n) => record(`at-once-${n}`, value));
    await send(feed, ...batch(1));
    await Promise.all([2, 3, 4, 5, 2, 3].map((value) => send(feed, ...batch(value))));
    const usage = await usageOf(feed);
    const live = usage.filter((entry) => entry.live);
    expect(new Set(live.map(({ usageKey }) => usageKey)).size).toBe(200);
    expect(live).toHaveLength(200);
    const sum = (entries: typeof usage) => entries.reduce((n, { value }) => n + Number(value), 0);
    expect(sum(usage)).toBe(sum(live));
    // Of every key each of the five values was live once: four have been taken back.
    expect(usage).toHaveLength(200 * (5 + 4));
  });

  it('makes a conflict of what replaceWhen cannot tell', async () => {
    const feed = await createFeed(key({ onConflict: 'replace', replaceWhen: 'sent.extensions.quality' }));
    await send(feed, record('u-1', 1, { Quality: 'A' }));
    expect((await send(feed, record('u-1', 2, { Quality: 'A' }))).counts).toMatchObject({ exception: 1 });
    expect(await exceptionsOf(feed)).toMatchObject([
      { code: 'usage_key_conflict', details: { replaceWhen: expect.stringContaining('true or false') } },
    ]);
  });

  it('keeps what is live, where the feed says keep', async () => {
    const feed = await createFeed(key({ onConflict: 'keep' }));
    const first = await send(feed, record('k-1', 5));
    const second = await send(feed, record('k-1', 6));
    expect(await linesOf(second)).toMatchObject([
      {
        verdict: 'duplicate',
        reason: 'conflict_kept',
        duplicateOf: { trackingId: first.trackingId, index: 0 },
      },
    ]);
    expect(await amountsOf(feed)).toEqual([['usage', '5', '0.002', true]]);
  });

  it('withdraws by cancelWhen, whatever else the record lacks', async () => {
    const feed = await createFeed(key({ cancelWhen: 'Status = "D"' }));
    const cancel = { Id: 'c-1', Status: 'D' };
    await send(feed, record('c-1', 5, { Status: 'N' }), record('c-2', 6, { Status: 'N' }));
    const withdrawn = await send(feed, cancel);
    expect(withdrawn).toMatchObject({ counts: { imported: 1 }, usageCount: 1, now: { live: 0 } });
    const [line] = await linesOf(withdrawn);
    expect(line).toMatchObject({
      verdict: 'imported',
      reason: 'cancels',
      usageIds: [expect.stringMatching(/^r/)],
    });
    expect((await send(feed, cancel, record('c-1', 5, { Status: 'N' }))).counts).toMatchObject({
      duplicate: 2,
    });
    expect((await send(feed, record('c-1', 7, { Status: 'N' }))).counts).toMatchObject({ imported: 1 });
    expect((await amountsOf(feed)).filter(([, , , live]) => live)).toEqual([
      ['usage', '7', '0.0028', true],
      ['usage', '6', '0.0024', true],
    ]);
  });

  it('has nothing to cancel where nothing is live', async () => {
    const feed = await createFeed(key({ cancelWhen: 'Status = "D"' }));
    const withdrawal = { Id: 'n-1', Status: 'D' };
    expect((await send(feed, withdrawal)).counts).toMatchObject({ exception: 1 });
    expect((await send(feed, withdrawal)).counts).toMatchObject({ duplicate: 1 });
    expect(await exceptionsOf(feed)).toMatchObject([
      { code: 'nothing_to_cancel', stage: 'store', usageKey: 'n-1', status: 'open' },
    ]);
    expect((await send(feed, record('n-1', 1, { Status: 'N' }))).counts).toMatchObject({ imported: 1 });
    expect(await exceptionsOf(feed)).toMatchObject([{ code: 'nothing_to_cancel', status: 'open' }]);
  });

  it('does not withdraw usage that was accepted after it, and says so', async () => {
    const shared = { keyScope: 'withdrawn-late' };
    const slow = await createFeed(key({ cancelWhen: 'Status = "D"' }), shared);
    const fast = await createFeed(key({ cancelWhen: 'Status = "D"' }), shared);
    await server.api.patch(`/api/v1/feeds/${slow}`, { paused: true });
    const sent = await server.api.post<{ trackingId: string }>(`/api/v1/feeds/${slow}/usage`, {
      Id: 'w-1',
      Status: 'D',
    });
    expect((await send(fast, record('w-1', 1, { Status: 'N' }))).counts).toMatchObject({ imported: 1 });
    await server.api.patch(`/api/v1/feeds/${slow}`, { paused: false });
    await server.api.waitForImport(sent.trackingId);
    expect(await exceptionsOf(slow)).toMatchObject([
      {
        code: 'nothing_to_cancel',
        message: 'Usage key "w-1" is live with usage that was accepted after this record',
        details: { live: { usage: [{ value: '1' }] }, sent: { cancels: true } },
      },
    ]);
  });

  it('takes every record of a feed without keys', async () => {
    const feed = await createFeed({ none: true });
    expect((await send(feed, record('x', 1), record('x', 1), record('x', 0))).counts).toMatchObject({
      imported: 2,
      skipped: 1,
    });
    expect((await usageOf(feed)).map(({ usageKey }) => usageKey)).toEqual([null, null]);
  });

  it('knows a record that came over another feed of the same key scope', async () => {
    const scope = { keyScope: 'both doors' };
    const [file, api] = [await createFeed(key(), scope), await createFeed(key(), scope)];
    const first = await send(file, record('d-1', 5));
    const second = await send(api, record('d-1', 5), record('d-1', 6));
    expect(await linesOf(second)).toMatchObject([
      { verdict: 'duplicate', duplicateOf: { trackingId: first.trackingId, index: 0 } },
      { verdict: 'exception' },
    ]);
  });

  it('may change the rule of a feed with imports, and not the fields of its key', async () => {
    const feed = await createFeed(key());
    await send(feed, record('p-1', 5));
    const path = `/api/v1/feeds/${feed}`;
    await server.api.patch(path, { usageKey: key({ onConflict: 'replace' }) });
    expect((await send(feed, record('p-1', 6))).counts).toMatchObject({ imported: 1 });
    expect(await server.api.request('PATCH', path, { usageKey: { fields: ['Date'] } })).toMatchObject({
      status: 409,
      body: { code: 'feed_has_imports', errors: [{ pointer: '/usageKey/fields' }] },
    });
  });

  describe('keys that were billed elsewhere', () => {
    it('make their records duplicates', async () => {
      const feed = await createFeed(key({ onConflict: 'replace', cancelWhen: 'Status = "D"' }));
      await send(feed, record('own', 1, { Status: 'N' }));
      const path = `/api/v1/feeds/${feed}/usage-keys`;
      expect(await server.api.put(path, { usageKeys: ['old-1', { Id: 'old-2' }, 'own'] })).toEqual({
        seeded: 2,
        unchanged: 0,
        held: 1,
      });
      expect(await server.api.put(path, { usageKeys: ['old-1', 'old-3'] })).toEqual({
        seeded: 1,
        unchanged: 1,
        held: 0,
      });
      const sent = await send(
        feed,
        record('old-1', 1, { Status: 'N' }),
        record('old-2', 'bad', { Status: 'N' }),
        { Id: 'old-3', Status: 'D' },
      );
      expect(await linesOf(sent)).toMatchObject([
        { verdict: 'duplicate', reason: 'seeded', duplicateOf: null },
        { verdict: 'duplicate', reason: 'seeded' },
        { verdict: 'exception' },
      ]);
      const audit = await server.api.get('/api/v1/admin/audit', { action: 'usage-keys.seeded' });
      expect(audit.items.map(({ after }: { after: object }) => after)).toEqual([
        { seeded: 1, unchanged: 1, held: 0, usageKeys: ['old-3'] },
        { seeded: 2, unchanged: 0, held: 1, usageKeys: ['old-1', 'old-2'] },
      ]);
    });

    it('keep the fields of the key as they are', async () => {
      const feed = await createFeed(key());
      await server.api.put(`/api/v1/feeds/${feed}/usage-keys`, { usageKeys: ['old'] });
      expect(
        await server.api.request('PATCH', `/api/v1/feeds/${feed}`, { usageKey: { fields: ['Date'] } }),
      ).toMatchObject({
        status: 409,
        body: { code: 'feed_has_imports' },
      });
    });

    it('are not forgotten with a feed that is deleted', async () => {
      const scope = { keyScope: 'seeded scope' };
      const [feed, other] = [await createFeed(key(), scope), await createFeed(key(), scope)];
      await server.api.put(`/api/v1/feeds/${feed}/usage-keys`, { usageKeys: ['old'] });
      const remove = async (name: string) => {
        const { status, body } = await server.api.request('DELETE', `/api/v1/feeds/${name}`);
        return [status, body?.code];
      };
      expect(await remove(feed)).toEqual([204, undefined]);
      expect(await remove(other)).toEqual([409, 'feed_in_use']);
      expect((await send(other, record('old', 1))).counts).toMatchObject({ duplicate: 1 });
    });

    it('are refused with every problem and its row', async () => {
      const feed = await createFeed({ fields: ['Id', { field: 'Date', as: 'timestamp' }] });
      const path = `/api/v1/feeds/${feed}/usage-keys`;
      const usageKeys = [
        'alone',
        { Id: 'a', Date: 'yesterday' },
        { Id: 'a' },
        { Id: 'a', Date: '2026-01-01T00:00:00Z', Value: 1 },
        { Id: 'a', Date: '2026-01-01T01:00:00+01:00' },
        { Id: 'a', Date: '2026-01-01T00:00:00Z' },
        { Id: 12345678901234567890, Date: '2026-01-01T00:00:00Z' },
      ];
      const { status, body } = await server.api.request('PUT', path, { usageKeys, more: 1 });
      expect([status, body.code]).toEqual([422, 'invalid_usage_keys']);
      expect(body.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual([
        '/more',
        ...[0, 1, 2, 3, 5, 6].map((i) => `/usageKeys/${i}`),
      ]);
      const none = await createFeed({ none: true });
      expect(
        await server.api.request('PUT', `/api/v1/feeds/${none}/usage-keys`, { usageKeys: ['a'] }),
      ).toMatchObject({
        status: 409,
        body: { code: 'feed_without_keys' },
      });
    });
  });

  describe('usage that is too old or not yet', () => {
    it('is refused by the dates that the feed takes', async () => {
      const feed = await createFeed(key(), { acceptUsageSince: 'P30D', futureTolerance: 'PT1H' });
      const dated = (id: string, days: number) => record(id, 1, { Date: daysAgo(days) });
      const { counts } = await send(feed, dated('o-1', 29), dated('o-2', 31), {
        ...dated('o-3', -1),
        Quality: 'E',
      });
      expect(counts).toMatchObject({ imported: 1, exception: 2 });
      expect(await exceptionsOf(feed)).toMatchObject([
        {
          code: 'usage_in_future',
          stage: 'store',
          field: 'date',
          usageKey: 'o-3',
          record: { value: '1', extensions: { quality: 'E' } },
        },
        {
          code: 'usage_too_old',
          stage: 'store',
          field: 'date',
          usageKey: 'o-2',
          message: expect.stringMatching(/is too old: the feed takes usage of the last P30D$/),
        },
      ]);
    });

    it('is refused before a moment', async () => {
      const feed = await createFeed(key(), { acceptUsageSince: '2026-04-16', timeZone: 'America/New_York' });
      const at = (id: string, date: string) => record(id, 1, { Date: date });
      const sent = await send(feed, at('q-1', '2026-04-16T03:59:59Z'), at('q-2', '2026-04-16T04:00:00Z'));
      expect((await linesOf(sent)).map(({ verdict }) => verdict)).toEqual(['exception', 'imported']);
    });

    it('is refused where its key may be forgotten, but a known record stays a duplicate', async () => {
      const feed = await createFeed(key());
      const old = record('f-1', 1, { Date: daysAgo(50) });
      expect((await send(feed, old)).counts).toMatchObject({ imported: 1 });
      await server.api.patch(`/api/v1/feeds/${feed}`, { keyRetention: 'P40D' });
      const sent = await send(feed, old, record('f-2', 1, { Date: daysAgo(50) }));
      expect((await linesOf(sent)).map(({ verdict }) => verdict)).toEqual(['duplicate', 'exception']);
      expect(await exceptionsOf(feed)).toMatchObject([{ code: 'usage_too_old', usageKey: 'f-2' }]);
    });
  });
});
