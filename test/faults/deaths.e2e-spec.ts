import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startOf } from '../../apps/server/src/embedded/process-identity.js';
import {
  childrenOf,
  eventually,
  Mill,
  post,
  Records,
  seededRandom,
  signal,
  TERMINAL_MS,
  verify,
} from './support/index.js';

const REACHED_MS = 15_000;
/** A worker that is told to stop waits 15 s for its children. */
const DRAINED_MS = 25_000;

/** Processes that end, or freeze, at named points of a chunk's way. */
describe('a death', () => {
  const random = seededRandom('deaths');
  let mill: Mill;

  beforeAll(async () => {
    mill = await Mill.start({ env: { FEEDMILL_WORKER_SLOTS: '1', FEEDMILL_STALL_MS: '2000' } });
  });
  afterAll(() => mill?.stop());

  const worker = () => mill.workers[0]!;
  const child = () => childrenOf(worker().pid)[0]!;

  /** Accepts an import whose chunk waits until `release`. */
  async function accepted(more: Readonly<Record<string, unknown>> = {}) {
    const feed = await mill.feed({ paused: true });
    const records = new Records(feed, random);
    const batch = [
      ...records.mixed(30),
      records.one('unknown'),
      records.one('Fault' in more ? 'crash' : 'good', more),
    ];
    const posted = await post(mill, feed, [batch]);
    const release = () => mill.api.patch(`/api/v1/feeds/${feed}`, { paused: false });
    return { feed, posted, release };
  }

  const chunkOf = async (feed: string) => {
    const [chunk] = await mill.query<{ state: number; crashes: number; lease_owner: string | null }>(
      'SELECT state, crashes, lease_owner FROM chunk c JOIN feed f ON f.id = c.feed_id WHERE f.api_name = $1',
      [feed],
    );
    return chunk!;
  };

  /** The child waits for a lock that the test holds. */
  const isBlocked = () =>
    eventually(
      'the child waits for a lock',
      async () => {
        const [found] = await mill.query<{ count: number }>(
          `SELECT count(*)::int FROM pg_stat_activity
           WHERE datname = current_database() AND application_name = 'feedmill-child' AND wait_event_type = 'Lock'`,
        );
        return found!.count > 0;
      },
      REACHED_MS,
    );

  /** As the death of a machine: its processes, and its connections with what they wait for. */
  const killWorker = async () => {
    await worker().kill9();
    await mill.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND application_name = 'feedmill-child'`,
    );
  };
  const killChild = () => Promise.resolve(signal(child(), 'SIGKILL'));

  it.each([
    ['after its claim, of the worker', 'LOCK TABLE import_body IN ACCESS EXCLUSIVE MODE', killWorker],
    ['with its keys written, before its usage, of the child', 'LOCK TABLE usage IN SHARE MODE', killChild],
    [
      'with its usage written, before its commit, of the child',
      'LOCK TABLE exception IN SHARE MODE',
      killChild,
    ],
    [
      'after its commit, before the end of its import, of the worker',
      `SELECT FROM import WHERE status = 'running' FOR UPDATE`,
      killWorker,
    ],
  ])(
    '%s, loses nothing and doubles nothing',
    async (_, lock, kill) => {
      const { posted, release } = await accepted();
      await mill.holding(lock, [], async () => {
        await release();
        await isBlocked();
        await kill();
      });
      if (!worker().isRunning) await worker().start();
      await mill.settle(TERMINAL_MS);
      await verify(mill, posted);
    },
    TERMINAL_MS * 3,
  );

  it('in the middle of a chunk, of the child, is no fault of the record that was running', async () => {
    const gate = join(mill.folder, 'mid-chunk');
    const { posted, release } = await accepted({ Gate: gate });
    await release();
    await reached(gate);
    signal(child(), 'SIGKILL');
    writeFileSync(gate, '');
    await mill.settle(TERMINAL_MS);
    await verify(mill, posted);
  });

  it(
    'of the worker takes its child along, also one that never yields',
    async () => {
      const gate = join(mill.folder, 'orphan');
      const { posted, release } = await accepted({ Gate: gate, Fault: 'spin' });
      await release();
      await reached(gate);
      const orphan = child();
      writeFileSync(gate, '');
      await sleep(200);
      await worker().kill9();
      await eventually('the child has ended', async () => (await startOf(orphan)) === null, REACHED_MS);
      await worker().start();
      await mill.settle(TERMINAL_MS);
      await verify(mill, posted);
    },
    TERMINAL_MS * 3,
  );

  it(
    'by SIGTERM, of a worker whose work takes too long, gives the work back at once and blames no record',
    async () => {
      const end = join(mill.folder, 'drained');
      const feed = await mill.feed();
      const records = new Records(feed, random);
      // 20 ms each, of the 15 s that a worker waits for its children.
      const slow = Array.from({ length: 1000 }, () => records.one('good', { PauseMs: 0, SlowUntil: end }));
      const posted = await post(mill, feed, [slow]);
      await eventually(
        'the chunk is claimed',
        async () => (await chunkOf(feed)).lease_owner !== null,
        REACHED_MS,
      );
      worker().signal('SIGTERM');
      await eventually('the worker ends', () => !worker().isRunning, DRAINED_MS);
      expect(await chunkOf(feed)).toEqual({ state: 0, crashes: 0, lease_owner: null });
      writeFileSync(end, '');
      await worker().start();
      await mill.settle(TERMINAL_MS);
      await verify(mill, posted);
    },
    TERMINAL_MS * 3,
  );

  it(
    'that was none: who comes back after its lease writes nothing',
    async () => {
      const gate = join(mill.folder, 'zombie');
      const { feed, posted, release } = await accepted({ Gate: gate });
      await release();
      await reached(gate);
      const zombie = child();
      for (const pid of [worker().pid, zombie]) signal(pid, 'SIGSTOP');

      // Another claimer, whom the zombie meets in the middle of its work: this test.
      const taken = await mill.query<{ id: number; lease_owner: string }>(
        `UPDATE chunk c SET lease_owner = gen_random_uuid(), lease_until = now() + interval '1 hour', attempts = attempts + 1
         FROM feed f WHERE f.id = c.feed_id AND f.api_name = $1 RETURNING c.id, c.lease_owner`,
        [feed],
      );
      expect(taken).toHaveLength(1);
      writeFileSync(gate, '');
      for (const pid of [zombie, worker().pid]) signal(pid, 'SIGCONT');
      await eventually(
        'the zombie is refused',
        async () => {
          const [chunk] = await mill.query('SELECT state, lease_owner FROM chunk WHERE id = $1', [
            taken[0]!.id,
          ]);
          expect(chunk).toEqual({ state: 0, lease_owner: taken[0]!.lease_owner });
          return worker().log().includes('claimed by another');
        },
        REACHED_MS,
      );
      const written = await mill.query(
        `SELECT FROM usage u JOIN feed f ON f.id = u.feed_id WHERE f.api_name = $1
         UNION ALL SELECT FROM key_cell k JOIN feed f ON f.key_scope_id = k.scope_id WHERE f.api_name = $1`,
        [feed],
      );
      expect(written).toHaveLength(0);

      await mill.query(`UPDATE chunk SET lease_until = now() WHERE id = $1`, [taken[0]!.id]);
      await mill.settle(TERMINAL_MS);
      await verify(mill, posted);
    },
    TERMINAL_MS * 3,
  );

  const reached = (gate: string) =>
    eventually(
      'the child reaches the gate',
      () => readFileSync(`${gate}.reached`, 'utf8') !== '',
      REACHED_MS,
    );
});
