import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Queue from 'bull';
import { inBatches, Mill, OwnRedis, post, Records, seededRandom, verify } from './support/index.js';

const TERMINAL_MS = 30_000;

/** Redis is a doorbell: whatever becomes of it, posts are accepted, and what was accepted is mediated. */
describe('Redis', () => {
  const random = seededRandom('redis');
  const folder = mkdtempSync(join(tmpdir(), 'feedmill-redis-'));
  let redis: OwnRedis;
  let mill: Mill;

  beforeAll(async () => {
    redis = await OwnRedis.start(folder);
    mill = await Mill.start({ redisUrl: redis.url });
  });
  afterAll(async () => {
    await mill?.stop();
    await redis?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it(
    'may lose everything in the middle of the load',
    async () => {
      const feed = await mill.feed();
      const batches = inBatches(new Records(feed, random).mixed(1500), 30);
      const load = post(mill, feed, batches, { inFlight: 3, pauseMs: 60 });
      const queue = new Queue('chunks', redis.url, { prefix: mill.database.name });
      try {
        for (let n = 0; n < 10; n++) {
          await sleep(random.integer(20, 200));
          await queue.client.flushall();
        }
      } finally {
        await queue.close();
      }
      const posted = await load;
      await mill.settle(TERMINAL_MS);
      await verify(mill, posted);
    },
    TERMINAL_MS * 2,
  );

  it(
    'may be gone while usage is posted',
    async () => {
      const feed = await mill.feed();
      const records = new Records(feed, random);
      const before = await post(mill, feed, inBatches(records.mixed(300), 30), { pauseMs: 50 });
      await redis.kill9();
      const started = Date.now();
      const during = await post(mill, feed, inBatches(records.mixed(300), 30));
      expect(Date.now() - started).toBeLessThan(10_000);
      await sleep(1500);
      await redis.startAgain();
      const after = await post(mill, feed, inBatches(records.mixed(100), 30));
      await mill.settle(TERMINAL_MS);
      await verify(mill, [...before, ...during, ...after]);
    },
    TERMINAL_MS * 2,
  );

  it(
    'may be late when processes start',
    async () => {
      const feed = await mill.feed();
      await redis.kill9();
      for (const server of mill.servers) await server.kill9();
      await mill.server.start();
      const posted = await post(mill, feed, inBatches(new Records(feed, random).mixed(100), 30));
      const worker = mill.workers[0]!.start();
      await sleep(2000);
      await redis.startAgain();
      await worker;
      await mill.settle(TERMINAL_MS);
      await verify(mill, posted);
    },
    TERMINAL_MS * 2,
  );
});
