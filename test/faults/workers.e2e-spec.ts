import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  childrenOf,
  eventually,
  inBatches,
  Mill,
  post,
  Records,
  seededRandom,
  signal,
  TERMINAL_MS,
  verify,
} from './support/index.js';

const KILLS = 4;

/** Workers and their children that are ended and frozen while they are at work. */
describe('under load', () => {
  const random = seededRandom('workers');
  let mill: Mill;

  beforeAll(async () => {
    mill = await Mill.start({ workers: 2 });
  });
  afterAll(() => mill?.stop());

  /** Posts for some seconds, with one delivery in five sent twice, and strikes meanwhile. */
  async function strike(blow: () => Promise<unknown>, times: number, pauseMs: readonly [number, number]) {
    const feed = await mill.feed();
    const batches = inBatches(new Records(feed, random).mixed(1500), 30);
    const repeated = batches.filter((_, n) => n % 5 === 0);
    const load = post(mill, feed, random.shuffled([...batches, ...repeated]), { inFlight: 3, pauseMs: 100 });
    for (let n = 0; n < times; n++) {
      await sleep(random.integer(...pauseMs));
      await blow();
    }
    const posted = await load;
    await mill.settle(TERMINAL_MS);
    await verify(mill, posted);
  }

  it(
    'workers die at random',
    () => strike(() => random.pick(mill.workers).restart('SIGKILL'), 3, [200, 800]),
    TERMINAL_MS * 2,
  );

  it(
    'children die at random',
    () =>
      strike(
        () => {
          const victims = mill.workers.flatMap(({ pid }) => childrenOf(pid));
          if (victims.length) signal(random.pick(victims), 'SIGKILL');
          return Promise.resolve();
        },
        KILLS,
        [200, 600],
      ),
    TERMINAL_MS * 2,
  );

  it(
    'a worker that is told to stop finishes what it has begun',
    async () => {
      const feed = await mill.feed();
      const posted = await post(mill, feed, inBatches(new Records(feed, random).mixed(600), 30), {
        pauseMs: 20,
      });
      const worker = mill.workers[0]!;
      const pid = worker.pid;
      worker.signal('SIGTERM');
      await eventually('the worker ends', () => !worker.isRunning, 20_000);
      expect(childrenOf(pid)).toEqual([]);
      await mill.settle(TERMINAL_MS);
      const [tried] = await mill.query(
        `SELECT max(attempts) AS attempts, max(crashes) AS crashes FROM chunk c JOIN feed f ON f.id = c.feed_id
         WHERE f.api_name = $1`,
        [feed],
      );
      await worker.start();
      expect(tried).toEqual({ attempts: 1, crashes: 0 });
      await verify(mill, posted);
    },
    TERMINAL_MS * 2,
  );

  it(
    'a worker that is frozen past its lease writes nothing when it comes back',
    async () => {
      const feed = await mill.feed();
      const records = new Records(feed, random);
      const gate = join(mill.folder, 'frozen');
      const posted = await post(mill, feed, [[...records.mixed(30), records.one('good', { Gate: gate })]]);
      const there = () => readFileSync(`${gate}.reached`, 'utf8').trim().split('\n').map(Number);
      await eventually('a child reaches the gate', () => there().length > 0, TERMINAL_MS);
      const frozen = mill.workers.find(({ pid }) => childrenOf(pid).includes(there()[0]!))!;
      const pids = [frozen.pid, ...childrenOf(frozen.pid)];
      for (const pid of pids) signal(pid, 'SIGSTOP');
      try {
        await eventually('another worker takes over', () => there().length > 1, TERMINAL_MS);
        writeFileSync(gate, '');
        await mill.settle(TERMINAL_MS);
        await verify(mill, posted);
      } finally {
        for (const pid of pids) signal(pid, 'SIGCONT');
      }
      await eventually(
        'the frozen one learns',
        () => frozen.log().includes('tried again later'),
        TERMINAL_MS,
      );
      await verify(mill, posted);

      const more = await post(mill, feed, inBatches(records.mixed(100), 10));
      await mill.settle(TERMINAL_MS);
      await verify(mill, [...posted, ...more]);
    },
    TERMINAL_MS * 3,
  );
});
