import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  inBatches,
  Mill,
  OwnPostgres,
  OwnRedis,
  post,
  Records,
  seededRandom,
  TERMINAL_MS,
  verify,
} from './support/index.js';

/** Postgres is the ledger: while it is gone nothing is accepted, and when it is back nothing is missing. */
describe('Postgres', () => {
  const random = seededRandom('postgres');
  const folder = mkdtempSync(join(tmpdir(), 'feedmill-postgres-'));
  let postgres: OwnPostgres;
  let redis: OwnRedis;
  let mill: Mill;

  beforeAll(async () => {
    [postgres, redis] = await Promise.all([OwnPostgres.start(folder), OwnRedis.start(folder)]);
    mill = await Mill.start({ database: postgres.database, redisUrl: redis.url });
  });
  afterAll(async () => {
    await mill?.stop();
    await postgres?.stop();
    await redis?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const load = (feed: string) =>
    post(mill, feed, inBatches(new Records(feed, random).mixed(1200), 30), { inFlight: 3, pauseMs: 80 });

  it(
    'may crash in the middle of the load',
    async () => {
      const feed = await mill.feed();
      const posting = load(feed);
      for (let n = 0; n < 2; n++) {
        await sleep(random.integer(300, 800));
        await postgres.stopImmediately();
        await sleep(random.integer(0, 500));
        await postgres.startAgain();
      }
      const posted = await posting;
      await mill.settle(TERMINAL_MS);
      await verify(mill, posted);
    },
    TERMINAL_MS * 2,
  );

  it(
    'may end any connection at any moment',
    async () => {
      const feed = await mill.feed();
      const posting = load(feed);
      for (let n = 0; n < 30; n++) {
        await sleep(random.integer(10, 100));
        await mill.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename = current_user
           ORDER BY random() LIMIT 1`,
        );
      }
      const posted = await posting;
      await mill.settle(TERMINAL_MS);
      await verify(mill, posted);
    },
    TERMINAL_MS * 2,
  );
});
