import type { ImportView } from '../support/index.js';
import { PricedFeeds, record } from './correcting/priced-feeds.js';

/** What feeds say of two records of one key, and what then is open where the first is live. */
const POLICIES = [
  { name: 'sees conflicts', usageKey: {}, open: ['99'] },
  { name: 'keeps the first', usageKey: { onConflict: 'keep' }, open: [] },
  {
    name: 'keeps the better one',
    usageKey: { onConflict: 'replace', replaceWhen: '$number(sent.value) < $number(live.value)' },
    open: [],
  },
];

describe('two records of one key', () => {
  let feeds: PricedFeeds;
  let owners = 0;

  beforeAll(async () => {
    feeds = await PricedFeeds.start();
  });
  afterAll(() => feeds?.stop());

  const newOwner = () => `both-${++owners}`;
  const createFeed = (usageKey: object) => feeds.create({ usageKey: { fields: ['Id'], ...usageKey } });
  const openOf = async (feed: string): Promise<string[]> => {
    const open = await feeds.api.list('/api/v1/exceptions', { feed, status: 'open' });
    return open.map(({ raw }) => String(raw.Value)).sort();
  };
  const allOf = (...imports: ImportView[]) => ({
    selection: { trackingIds: imports.map(({ trackingId }) => trackingId) },
    mode: 'all',
  });

  it.each(POLICIES.slice(1))(
    'that failed both are both open, and decided in their order: a feed that $name',
    async ({ usageKey }) => {
      const feed = await createFeed(usageKey);
      const owner = newOwner();
      await feeds.send(feed, record('k', 3, { Account: owner }));
      await feeds.send(feed, record('k', 99, { Account: owner }));
      expect(await openOf(feed)).toEqual(['3', '99']);
      const { heals } = await feeds.addOwner(owner);
      expect(heals.count).toBe(2);
      const { verdicts } = await feeds.reprocess({ selection: heals.selection });
      expect(verdicts).toMatchObject({ imported: 1, duplicate: 1 });
      expect(await feeds.balance(feed)).toEqual({ live: ['3'], amount: 0.003 });
      expect(await openOf(feed)).toEqual([]);
    },
  );

  it.each(POLICIES)(
    'are what they were once what was missing is back: a feed that $name',
    async ({ usageKey, open }) => {
      const feed = await createFeed(usageKey);
      const owner = newOwner();
      await feeds.addOwner(owner);
      const sent = await feeds.send(
        feed,
        record('k', 3, { Account: owner }),
        record('k', 99, { Account: owner }),
      );
      const before = await feeds.balance(feed);
      expect([before.live, await openOf(feed)]).toEqual([['3'], open]);
      await feeds.removeOwner(owner);
      await feeds.reprocess(allOf(sent));
      await feeds.reprocess(allOf(sent));
      expect(await feeds.balance(feed)).toEqual({ live: [], amount: 0 });
      expect(await openOf(feed)).toEqual(['3', '99']);
      await feeds.addOwner(owner);
      await feeds.reprocess(allOf(sent));
      await feeds.reprocess(allOf(sent));
      expect([await feeds.balance(feed), await openOf(feed)]).toEqual([before, open]);
    },
  );

  it('do not hide each other: live usage that fails is open beside its conflict, and heals', async () => {
    const feed = await createFeed({});
    const owner = newOwner();
    await feeds.addOwner(owner);
    const first = await feeds.send(feed, record('k', 3, { Account: owner }));
    await feeds.send(feed, record('k', 99, { Account: owner }));
    await feeds.removeOwner(owner);
    const { verdicts } = await feeds.reprocess(allOf(first));
    expect(verdicts).toMatchObject({ exception: 1 });
    expect(await openOf(feed)).toEqual(['3', '99']);
    const { heals } = await feeds.addOwner(owner);
    expect(heals.count).toBe(1);
    await feeds.reprocess({ selection: heals.selection });
    expect([await feeds.balance(feed), await openOf(feed)]).toEqual([{ live: ['3'], amount: 0.003 }, ['99']]);
  });
});
