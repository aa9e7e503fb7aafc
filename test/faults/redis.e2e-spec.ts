import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Queue from 'bull';
import {
  eventually,
  inBatches,
  Mill,
  OwnRedis,
  post,
  Records,
  seededRandom,
  signal,
  TERMINAL_MS,
  verify,
} from './support/index.js';

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

  const tell = async (command: string, ...words: string[]) => {
    const queue = new Queue('chunks', redis.url, { prefix: mill.database.name });
    try {
      await queue.client.call(command, ...words);
    } finally {
      await queue.close();
    }
  };
  const flush = () => tell('FLUSHALL');

  it(
    'may lose everything in the middle of the load',
    async () => {
      const feed = await mill.feed();
      const batches = inBatches(new Records(feed, random).mixed(1500), 30);
      const load = post(mill, feed, batches, { inFlight: 3, pauseMs: 60 });
      for (let n = 0; n < 10; n++) {
        await sleep(random.integer(20, 200));
        await flush();
      }
      const posted = await load;
      await mill.settle(TERMINAL_MS);
      await verify(mill, posted);
    },
    TERMINAL_MS * 2,
  );

  it(
    'may lose the bell of everything that waits, with nothing coming after it',
    async () => {
      const feed = await mill.feed();
      const { pid } = mill.workers[0]!;
      signal(pid, 'SIGSTOP');
      const posted = await post(mill, feed, inBatches(new Records(feed, random).mixed(100), 20));
      const rung = async () => {
        const [ring] = await mill.query<{ count: number }>('SELECT count(*)::int FROM ring');
        return ring!.count === posted.length;
      };
      await eventually('all bells are rung', rung, TERMINAL_MS);
      await flush();
      signal(pid, 'SIGCONT');
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
    'may be full, and may freeze',
    async () => {
      const feed = await mill.feed();
      const records = new Records(feed, random);
      await tell('CONFIG', 'SET', 'maxmemory', '1');
      const started = Date.now();
      const full = await post(mill, feed, inBatches(records.mixed(100), 20));
      await sleep(1000);
      await tell('CONFIG', 'SET', 'maxmemory', '0');
      signal(redis.pid, 'SIGSTOP');
      const frozen = await post(mill, feed, inBatches(records.mixed(100), 20));
      expect(Date.now() - started).toBeLessThan(10_000);
      await sleep(3000);
      signal(redis.pid, 'SIGCONT');
      await mill.settle(TERMINAL_MS);
      await verify(mill, [...full, ...frozen]);
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
