import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Queue from 'bull';
import {
  eventually,
  inBatches,
  Mill,
  post,
  Records,
  seededRandom,
  TERMINAL_MS,
  verify,
} from './support/index.js';

/** The same thing more than once: requests, deliveries, records; and a profile that changes meanwhile. */
describe('again and at once', () => {
  const random = seededRandom('repeats');
  let mill: Mill;

  beforeAll(async () => {
    mill = await Mill.start({ workers: 2 });
  });
  afterAll(() => mill?.stop());

  it(
    'a request that is sent until the API lives long enough to answer it is one import',
    async () => {
      const feed = await mill.feed();
      const batches = inBatches(new Records(feed, random).mixed(900), 30);
      const load = post(mill, feed, batches, { inFlight: 4, pauseMs: 150 });
      for (let n = 0; n < 3; n++) {
        await sleep(random.integer(50, 500));
        await mill.server.restart('SIGKILL');
      }
      const posted = await load;
      await mill.settle(TERMINAL_MS);
      await verify(mill, posted);
    },
    TERMINAL_MS * 2,
  );

  it(
    'a chunk that is delivered ten times at once is run once',
    async () => {
      const feed = await mill.feed({ paused: true });
      const records = new Records(feed, random);
      const posted = await post(mill, feed, inBatches(records.mixed(400), 100));
      const chunks = await mill.query<{ id: number }>(
        'SELECT c.id::int FROM chunk c JOIN feed f ON f.id = c.feed_id WHERE f.api_name = $1',
        [feed],
      );
      expect(chunks).toHaveLength(4);
      const deliveries = chunks.flatMap(({ id: chunkId }) =>
        Array.from({ length: 10 }, (_, n) => ({
          data: { chunkId },
          opts: { jobId: `again-${chunkId}-${n}`, removeOnComplete: true, removeOnFail: true },
        })),
      );
      const queue = new Queue('chunks', mill.redisUrl, { prefix: mill.database.name });
      try {
        await mill.query('UPDATE feed SET paused = false WHERE api_name = $1', [feed]);
        await queue.addBulk(random.shuffled(deliveries));
        await mill.settle(TERMINAL_MS);
        await eventually(
          'the queue is empty',
          async () => Object.values(await queue.getJobCounts()).every((count) => count === 0),
          TERMINAL_MS,
        );
      } finally {
        await queue.close();
      }
      await verify(mill, posted);
      const [tried] = await mill.query('SELECT max(attempts) AS attempts FROM chunk WHERE id = ANY($1)', [
        chunks.map(({ id }) => id),
      ]);
      expect(tried).toEqual({ attempts: 1 });
    },
    TERMINAL_MS * 2,
  );

  it(
    'imports that overlap at the same moment leave each key live once',
    async () => {
      const feed = await mill.feed({ paused: true });
      const records = new Records(feed, random).mixed(1000);
      // Too large to be taken together: each slot of both workers gets some, and they meet at the key cells.
      const overlapping = Array.from({ length: 6 }, (_, n) => random.shuffled(records).slice(n));
      const posted = await post(mill, feed, overlapping);
      await mill.api.patch(`/api/v1/feeds/${feed}`, { paused: false });
      await mill.settle(TERMINAL_MS);
      await verify(mill, posted);
    },
    TERMINAL_MS * 2,
  );

  it('700 repeats in a batch of 1,000 are duplicates', async () => {
    const feed = await mill.feed();
    const records = new Records(feed, random);
    const often = records.one('good', { PauseMs: 0 });
    const batch = random.shuffled([...Array.from({ length: 700 }, () => often), ...records.mixed(300)]);
    const posted = await post(mill, feed, [batch]);
    await mill.settle(TERMINAL_MS);
    await verify(mill, posted);
  });

  it(
    'a profile that is published anew in the middle of an import changes nothing of that import',
    async () => {
      await mill.rate('once');
      await mill.rate('twice', 2n);
      await mill.publish('changing', 'once');
      const feed = await mill.feed({ profile: 'changing' });
      const records = new Records(feed, random);
      const gate = join(mill.folder, 'publishing');
      const before = await post(mill, feed, [
        [...records.mixed(30), records.one('good', { Gate: gate }), ...records.mixed(30)],
        ...inBatches(records.mixed(60), 20),
      ]);
      await mill.publish('changing', 'twice');
      const after = await post(mill, feed, inBatches(records.mixed(60), 20));
      writeFileSync(gate, '');
      await mill.settle(TERMINAL_MS);
      await verify(mill, [...before, ...after], {
        amountOf: (posted, record) => (after.includes(posted) ? record.amount * 2n : record.amount),
      });
    },
    TERMINAL_MS * 2,
  );
});
