import { PricedFeeds, pricedProfile, record } from './correcting/priced-feeds.js';

/** What a source sends again is as it was before an operator changed it. */
describe('a corrected record that is sent again as it was', () => {
  let feeds: PricedFeeds;
  let strangers = 0;

  beforeAll(async () => {
    feeds = await PricedFeeds.start();
  });
  afterAll(() => feeds?.stop());

  const exceptionOf = async (feed: string) => (await feeds.api.list('/api/v1/exceptions', { feed }))[0];
  const correct = async (id: string, raw: object) => {
    await feeds.api.request('PATCH', `/api/v1/exceptions/${id}`, { raw });
    return feeds.reprocess({ selection: { exceptionIds: [id] } });
  };
  const policies = [{}, { onConflict: 'replace' }, { onConflict: 'replace', replaceWhen: 'true' }];

  it.each(policies)('is its duplicate, whether it fails or passes by now: %j', async (policy) => {
    const feed = await feeds.create({ usageKey: { fields: ['Id'], ...policy } });
    const stranger = `stranger-${++strangers}`;
    const sent = record('k', 5, { Account: stranger });
    await feeds.send(feed, sent);
    const { id, trackingId } = await exceptionOf(feed);
    // Corrected twice: it fails once more in between.
    await correct(id, record('k', 'x'));
    expect(await correct(id, record('k', 5))).toMatchObject({ verdicts: { imported: 1 } });

    const again = await feeds.send(feed, sent);
    expect(again.counts).toMatchObject({ duplicate: 1, exception: 0 });
    expect(await feeds.api.list(`/api/v1/imports/${again.trackingId}/records`)).toMatchObject([
      { reason: 'earlier_version', duplicateOf: { trackingId, index: 0 } },
    ]);
    await feeds.addOwner(stranger);
    expect((await feeds.send(feed, sent)).counts).toMatchObject({ duplicate: 1 });
    expect(await feeds.ledger(feed)).toEqual([['usage', '5', '0.005', true]]);
  });

  it.each(['corrected', 'amended'])('is usage again where what was %s is changed back', async (how) => {
    const feed = await feeds.create();
    const [first, second] = [`stranger-${++strangers}`, `owner-${strangers}`];
    await feeds.addOwner(second);
    if (how === 'amended') await feeds.addOwner(first);
    const sent = record('k', 5, { Account: first });
    const { trackingId } = await feeds.send(feed, sent);
    const changed = record('k', 5, { Account: second });
    if (how === 'amended') {
      const [usage] = await feeds.api.list('/api/v1/usage', { feed });
      await feeds.api.post(`/api/v1/usage/${usage.id}/amend`, { raw: changed, reason: 'a test' });
    } else {
      await correct((await exceptionOf(feed)).id, changed);
    }
    await feeds.removeOwner(second);
    await feeds.reprocess({ selection: { trackingIds: [trackingId] }, mode: 'all' });
    const exception = await exceptionOf(feed);
    expect(exception.status).toBe('open');

    await feeds.addOwner(first);
    expect(await correct(exception.id, sent)).toMatchObject({ verdicts: { imported: 1 } });
    expect(await feeds.balance(feed)).toEqual({ live: ['5'], amount: 0.005 });
  });

  it.each([
    ['older than what has come since', { onConflict: 'replace' }, { duplicate: 1 }, ['7']],
    [
      'the better one',
      { onConflict: 'replace', replaceWhen: 'sent.value < live.value' },
      { imported: 1 },
      ['0'],
    ],
  ])('which left zero behind and counts now is %s', async (_what, policy, verdicts, live) => {
    const feed = await feeds.create({ usageKey: { fields: ['Id'], ...policy } });
    const zero = await feeds.send(feed, record('k', 0));
    expect(zero.counts).toMatchObject({ skipped: 1 });
    await feeds.send(feed, record('k', 7));
    const definition = pricedProfile('corrected');
    await feeds.publish({ ...definition, steps: definition.steps.filter(({ use }) => use !== 'filter@1') });
    try {
      const again = await feeds.reprocess({ selection: { trackingIds: [zero.trackingId] }, mode: 'all' });
      expect(again.verdicts).toMatchObject({ exception: 0, ...verdicts });
      expect((await feeds.balance(feed)).live).toEqual(live);
    } finally {
      await feeds.publish(definition);
    }
  });
});
