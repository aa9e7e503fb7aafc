import type { ImportView } from '../support/index.js';
import { PricedFeeds, record } from './correcting/priced-feeds.js';

describe('why records are what they are', () => {
  let feeds: PricedFeeds;
  let operator: typeof feeds.api;
  let viewer: typeof feeds.api;

  beforeAll(async () => {
    feeds = await PricedFeeds.start();
    const keyOf = async (role: string) =>
      feeds.api.as((await feeds.api.post('/api/v1/admin/keys', { name: `the ${role}`, role })).key);
    [operator, viewer] = [await keyOf('operator'), await keyOf('viewer')];
  });
  afterAll(() => feeds?.stop());

  const historyOf = ({ trackingId }: Pick<ImportView, 'trackingId'>, index = 0, reader = viewer) =>
    reader.get(`/api/v1/imports/${trackingId}/records/${index}`);
  const show = (trackingId: string) => viewer.get(`/api/v1/imports/${trackingId}`);
  const usageOf = async (feed: string, key: string) =>
    (await feeds.api.list('/api/v1/usage', { feed, live: true })).find(({ usageKey }) => usageKey === key)!;
  const ask = async (path: string, body: object) => {
    const answer = await operator.post(path, body);
    for (const id of answer.imports ?? [answer.trackingId]) await operator.waitForImport(id);
    return answer;
  };
  const by = 'the operator';
  const discard = (ids: string[], reason: string) =>
    operator.post('/api/v1/exceptions/discard', { selection: { exceptionIds: ids }, reason });

  it('says who reverted, voided and amended what, and why', async () => {
    const feed = await feeds.create();
    const sent = await feeds.send(feed, record('a', 100), record('b', 20), record('c', 3));
    const [a, b] = [await usageOf(feed, 'a'), await usageOf(feed, 'b')];
    const voided = await ask(`/api/v1/usage/${a.id}/void`, { reason: 'a complaint' });
    const amended = await ask(`/api/v1/usage/${b.id}/amend`, { raw: record('b', 21), reason: 'a typo' });
    const reverted = await ask(`/api/v1/admin/imports/${sent.trackingId}/revert`, { reason: 'wrong file' });
    const toLine = ({ verdict, reason, trackingId, correction }: Record<string, unknown>) => [
      verdict,
      reason,
      trackingId,
      correction,
    ];
    expect((await historyOf(sent, 0)).verdicts.map(toLine)).toEqual([
      ['imported', null, sent.trackingId, null],
      ['imported', 'voided', voided.trackingId, { operation: 'void', reason: 'a complaint', by }],
    ]);
    expect((await historyOf(sent, 1)).verdicts.map(toLine)).toEqual([
      ['imported', null, sent.trackingId, null],
      ['imported', 'amended', amended.trackingId, { operation: 'amend', reason: 'a typo', by }],
      ['imported', 'reverted', reverted.trackingId, { operation: 'revert', reason: 'wrong file', by }],
    ]);
    expect((await historyOf(reverted, 0)).verdicts.map(toLine)).toEqual([
      ['imported', 'reverted', reverted.trackingId, { operation: 'revert', reason: 'wrong file', by }],
    ]);
    const lines = await viewer.list(`/api/v1/imports/${reverted.trackingId}/records`);
    expect(lines.map(({ reason }) => reason)).toEqual(['reverted', 'reverted']);
    expect(await show(reverted.trackingId)).toMatchObject({
      operation: 'revert',
      reason: 'wrong file',
      submittedBy: by,
      links: { usage: null, exceptions: null, source: null },
    });
    expect(await show(voided.trackingId)).toMatchObject({ operation: 'void', reason: 'a complaint' });
    expect(await show(sent.trackingId)).toMatchObject({ operation: null, reason: null });
  });

  it('says which record has taken the place of another, whoever decided that', async () => {
    const feed = await feeds.create();
    const sent = await feeds.send(feed, record('a', 100));
    const rival = await feeds.send(feed, record('x', 1), record('a', 200));
    const selection = { filter: { feed, usageKey: 'a', code: 'usage_key_conflict' } };
    const { reprocessId } = await ask('/api/v1/exceptions/resolve', {
      selection,
      resolution: 'replace',
      reason: 'the later counts',
    });
    const asked = { selection, resolution: 'replace' };
    const [listed] = await operator.list('/api/v1/admin/reprocess');
    expect(listed).toMatchObject({ reprocessId, reason: 'the later counts', request: asked });
    const seen = await viewer.get(`/api/v1/admin/reprocess/${reprocessId}`);
    expect(seen.request.selection.filter).toEqual({ ...selection.filter, usageKey: '***' });
    expect(await historyOf(sent)).toMatchObject({
      verdicts: [{ verdict: 'imported' }],
      takenBackBy: [
        {
          trackingId: rival.trackingId,
          index: 1,
          reason: 'replaces',
          correction: { operation: 'replace', reason: 'the later counts', by },
        },
      ],
      now: { liveUsageIds: [] },
    });
    expect(await historyOf(rival, 1)).toMatchObject({
      verdicts: [{ verdict: 'exception' }, { reason: 'replaces', correction: { operation: 'replace', by } }],
      takenBackBy: [],
      now: { exception: { status: 'reprocessed', changed: { by, reason: 'the later counts' } } },
    });
    const replacing = await feeds.create({ usageKey: { fields: ['Id'], onConflict: 'replace' } });
    const first = await feeds.send(replacing, record('a', 1));
    const second = await feeds.send(replacing, record('a', 2));
    const third = await feeds.send(replacing, record('a', 0), record('b', 3));
    expect((await historyOf(first)).takenBackBy).toMatchObject([
      { trackingId: second.trackingId, index: 0, reason: 'replaces', correction: null },
    ]);
    expect((await historyOf(second)).takenBackBy).toMatchObject([
      { trackingId: third.trackingId, index: 0, reason: 'zero_value', correction: null },
    ]);
  });

  it('says who discarded an exception, who opened it again, and what settled it', async () => {
    const feed = await feeds.create();
    const sent = await feeds.send(feed, record('a', 1, { Account: 'acct-of-reasons' }), record('b'));
    const [{ id, changed }] = (await viewer.list('/api/v1/exceptions', { feed })) as [Record<string, string>];
    expect(changed).toBeNull();
    await discard([id!], 'a test call');
    const discarded = { at: expect.stringMatching(/Z$/), by, reason: 'a test call' };
    expect(await viewer.get(`/api/v1/exceptions/${id}`)).toMatchObject({
      status: 'discarded',
      changed: discarded,
    });
    expect((await historyOf(sent)).now.exception).toEqual({
      id,
      status: 'discarded',
      resolvedBy: null,
      changed: discarded,
    });
    const selection = { exceptionIds: [id] };
    await operator.post('/api/v1/exceptions/reopen', { selection, reason: 'it was none' });
    expect(await viewer.get(`/api/v1/exceptions/${id}`)).toMatchObject({
      status: 'open',
      changed: { by, reason: 'it was none' },
    });
    await ask('/api/v1/admin/reprocess', { selection, reason: 'once more' });
    expect(await viewer.get(`/api/v1/exceptions/${id}`)).toMatchObject({ status: 'open', changed: null });
    await feeds.addOwner('acct-of-reasons');
    const { imports } = await ask('/api/v1/admin/reprocess', { selection, reason: 'the owner is known' });
    expect(await viewer.get(`/api/v1/exceptions/${id}`)).toMatchObject({
      status: 'reprocessed',
      resolvedBy: imports[0],
      changed: { by, reason: 'the owner is known' },
    });
  });

  it('counts every record once where it stands today, also of a correction', async () => {
    const feed = await feeds.create();
    const sent = await feeds.send(
      feed,
      record('a', 100),
      record('b', 20),
      record('c', 0),
      record('d', 4, { Account: 'acct-gone' }),
      record('e', 5, { Account: 'acct-gone' }),
      record('f', 6),
    );
    const counts = async (trackingId: string) => (await show(trackingId)).now;
    const none = { live: 0, openExceptions: 0, superseded: 0, discarded: 0, reverted: 0, other: 0 };
    expect(await counts(sent.trackingId)).toEqual({ ...none, live: 3, openExceptions: 2, other: 1 });
    // Usage that is taken back and rejected is an exception, and not reverted too.
    const steps = { decode: { use: 'decode-json@1', config: {} }, steps: [] as object[] };
    steps.steps = [
      {
        use: 'map-fields@1',
        config: {
          fields: [
            { field: 'date', from: 'Date' },
            { field: 'value', from: 'Value' },
          ],
        },
      },
      { use: 'filter@1', config: { skipWhen: { field: 'value', equals: 20 }, reason: 'twenty' } },
      { use: 'resolve-identifier@1', config: {} },
    ];
    const apiName = feed;
    await feeds.api.post('/api/v1/profiles', { name: 'without-owners' });
    await feeds.api.post('/api/v1/profiles/without-owners/versions', steps);
    await feeds.api.post('/api/v1/profiles/without-owners/versions/1/publish', { comment: 'for a test' });
    await feeds.api.patch(`/api/v1/feeds/${apiName}`, { profile: 'without-owners' });
    const ids = (await viewer.list('/api/v1/exceptions', { feed })).map(({ id }) => id as string);
    const { imports } = await ask('/api/v1/admin/reprocess', {
      selection: { trackingIds: [sent.trackingId] },
      mode: 'all',
      reason: 'a test',
    });
    expect(await counts(sent.trackingId)).toEqual({ ...none, openExceptions: 5, reverted: 1 });
    await discard(ids.slice(0, 1), 'a test');
    const now = { ...none, openExceptions: 4, discarded: 1, reverted: 1 };
    expect(await counts(sent.trackingId)).toEqual(now);
    expect(await counts(imports[0])).toEqual(now);
    const listed = await viewer.list('/api/v1/imports', { feed });
    expect(listed.map((each) => each.now)).toEqual([now, now]);
  });
});
