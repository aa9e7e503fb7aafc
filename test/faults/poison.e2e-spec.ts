import { inBatches, Mill, post, Records, seededRandom, TERMINAL_MS, verify } from './support/index.js';

/** For what has no poison in it. */
const OTHERS_MS = 15_000;

/** Records, and a plugin, that take the process down: they are found, become `step_crashed`, and harm nobody else. */
describe('poison', () => {
  const random = seededRandom('poison');
  let mill: Mill;

  beforeAll(async () => {
    mill = await Mill.start({ env: { FEEDMILL_STALL_MS: '1000', FEEDMILL_CHILD_HEAP_MB: '64' } });
  });
  afterAll(() => mill?.stop());

  const crashesOf = (trackingId: string) =>
    mill.api.list<{ index: number; details: Record<string, unknown> | null }>('/api/v1/exceptions', {
      trackingId,
      code: 'step_crashed',
    });

  it(
    'is found record by record, and holds up nobody else',
    async () => {
      const poisoned = await Promise.all(
        ['abort', 'spin', 'hang', 'bomb'].map(async (fault) => {
          const feed = await mill.feed();
          const records = new Records(feed, random);
          return post(mill, feed, [random.shuffled([...records.mixed(40), records.crashing(fault)])]);
        }),
      );
      const clean = await mill.feed();
      const batches = inBatches(new Records(clean, random).mixed(200), 20);
      const others = await post(mill, clean, batches, { inFlight: 2 });
      for (const { trackingId } of others) await mill.api.waitForImport(trackingId, OTHERS_MS);
      await mill.settle(TERMINAL_MS);
      await verify(mill, [...poisoned.flat(), ...others]);
      for (const [{ feed } = others[0]!] of poisoned)
        expect(await mill.api.get(`/api/v1/feeds/${feed}`)).toMatchObject({ paused: false });
    },
    TERMINAL_MS * 1.5,
  );

  it('that only throws, even before its turn, costs nobody a process', async () => {
    const feed = await mill.feed();
    const records = new Records(feed, random);
    const crashing = [records.crashing('throw'), records.crashing('unprepared')];
    const posted = await post(mill, feed, [random.shuffled([...records.mixed(40), ...crashing])]);
    await mill.settle(OTHERS_MS);
    await verify(mill, posted);
    const [{ crashes } = { crashes: null }] = await mill.query<{ crashes: number | null }>(
      'SELECT max(c.crashes) AS crashes FROM chunk c JOIN feed f ON f.id = c.feed_id WHERE f.api_name = $1',
      [feed],
    );
    expect(crashes).toBe(0);
  });

  it(
    'in more than eight records of a chunk gives the rest up, and pauses the feed visibly',
    async () => {
      const feed = await mill.feed();
      const records = new Records(feed, random);
      const good = records.mixed(10);
      const rest = Array.from({ length: 30 }, () => records.one('crash'));
      const crashing = Array.from({ length: 8 }, () => records.crashing('exit'));
      const posted = await post(mill, feed, [[...good, ...crashing, ...rest]]);
      await mill.settle(TERMINAL_MS);
      await verify(mill, posted);
      const crashes = await crashesOf(posted[0]!.trackingId);
      const notRun = crashes.filter(({ details }) => details?.reason === 'not_run').map(({ index }) => index);
      expect(notRun.sort((a, b) => a - b)).toEqual(rest.map((_, n) => good.length + crashing.length + n));
      expect(await mill.api.get(`/api/v1/feeds/${feed}`)).toMatchObject({
        paused: true,
        pausedReason: expect.stringContaining('step_crashed'),
      });

      const waiting = await post(mill, feed, [records.mixed(10)]);
      await mill.api.patch(`/api/v1/feeds/${feed}`, { paused: false });
      await mill.settle(TERMINAL_MS);
      await verify(mill, [...posted, ...waiting]);
    },
    TERMINAL_MS * 2.5,
  );
});
