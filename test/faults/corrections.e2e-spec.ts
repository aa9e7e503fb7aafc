import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from '../support/index.js';
import {
  balanceOf,
  childrenOf,
  eventually,
  inBatches,
  ledgerOf,
  Mill,
  post,
  type Posted,
  Records,
  seededRandom,
  type SentRecord,
  signal,
  TERMINAL_MS,
} from './support/index.js';

const KILLS = 20;
/** Within this all is decided, ten thousand records among it, also where the tests of guards wait less long for other ends. */
const SETTLED_MS = Math.max(TERMINAL_MS, 45_000);
const RATE_PLAN = 'faults';
/** One time in so many the workers are killed too, and not their children alone, whose chunks are tried again sooner. */
const WORKER_EVERY = 5;
/** Where they are held until they are killed: before their keys, or between these and the entries. */
const OF_REVERTING = ['key_cell', 'key_version', 'usage'].map((table) => `LOCK TABLE ${table} IN SHARE MODE`);
/** Also before what was sent is read. */
const OF_REPROCESSING = [
  'LOCK TABLE import_body IN ACCESS EXCLUSIVE MODE',
  ...['key_cell', 'usage'].map((table) => `LOCK TABLE ${table} IN SHARE MODE`),
];

/** Reprocessing and reverting: again, at once, and under processes that die. */
describe('corrections', () => {
  const random = seededRandom('corrections');
  let mill: Mill;

  beforeAll(async () => {
    mill = await Mill.start({
      workers: 2,
      env: { FEEDMILL_LEASE_SECONDS: '2', FEEDMILL_WORKER_SLOTS: '1' },
    });
  });
  afterAll(() => mill?.stop());

  const reprocess = (posted: readonly Posted[], more: object = {}): Promise<Answer<{ imports: string[] }>> =>
    mill.api.request('POST', '/api/v1/admin/reprocess', {
      selection: { trackingIds: posted.map(({ trackingId }) => trackingId) },
      mode: 'all',
      reason: 'fault test',
      ...more,
    });
  const revert = ({ trackingId }: Posted) =>
    mill.api.request('POST', `/api/v1/admin/imports/${trackingId}/revert`, { reason: 'fault test' });
  const settle = () => mill.settle(SETTLED_MS);
  /** Usage that a correction has written, once it has ended. */
  const usageCountOf = async ({ body: { imports } }: Answer<{ imports: string[] }>) => {
    await settle();
    const views = await Promise.all(
      imports.map((trackingId) => mill.api.get(`/api/v1/imports/${trackingId}`)),
    );
    return views.reduce((sum, { usageCount }) => sum + usageCount, 0);
  };

  /** How often chunks of corrections of a feed were begun in vain. */
  const triedAgain = async (feed: string): Promise<number> => {
    const [found] = await mill.query<{ times: number }>(
      `SELECT sum(attempts - 1)::int AS times FROM chunk c JOIN feed f ON f.id = c.feed_id
       WHERE f.api_name = $1 AND c.origins IS NOT NULL`,
      [feed],
    );
    return found!.times;
  };

  /** Batches in their order on a feed of their own. */
  async function posted(batches: readonly (readonly SentRecord[])[]): Promise<Posted[]> {
    const feed = await mill.feed();
    const done = await post(mill, feed, batches, { inFlight: 1 });
    await settle();
    return done;
  }

  /** The same batches on two feeds: one to be left in peace, one to be hurt. */
  async function twins(imports: number, records: number): Promise<[calm: Posted[], hurt: Posted[]]> {
    const batches = inBatches(new Records('twin', random).mixed(imports * records), records);
    return [await posted(batches), await posted(batches)];
  }

  /** A correction waits for a lock that the test holds. */
  const isBlocked = () =>
    eventually(
      'a correction is under way',
      async () => {
        const [found] = await mill.query<{ count: number }>(
          `SELECT count(*)::int FROM pg_stat_activity
           WHERE datname = current_database() AND application_name = 'feedmill-child' AND wait_event_type = 'Lock'`,
        );
        return found!.count > 0;
      },
      SETTLED_MS,
    );

  /** Asks for a correction, ends the processes at a moment of it, and sees to it that there are others again. */
  async function strike(
    n: number,
    moments: readonly string[],
    ask: () => Promise<Answer<unknown>>,
  ): Promise<void> {
    await mill.holding(random.pick(moments), [], async () => {
      expect((await ask()).status).toBe(202);
      await isBlocked();
      await sleep(random.integer(0, 50));
      for (const child of mill.workers.flatMap(({ pid }) => childrenOf(pid))) signal(child, 'SIGKILL');
      if (n % WORKER_EVERY === 0) await Promise.all(mill.workers.map((worker) => worker.kill9()));
    });
    await Promise.all(mill.workers.filter(({ isRunning }) => !isRunning).map((worker) => worker.start()));
  }

  it(
    `reprocessing that is killed ${KILLS} times leaves the ledger that it leaves in peace`,
    async () => {
      const [calm, hurt] = await twins(KILLS, 60);
      await mill.rate(RATE_PLAN, 3n);
      try {
        await reprocess(calm);
        await settle();
        for (const [n, one] of hurt.entries()) await strike(n, OF_REPROCESSING, () => reprocess([one]));
        await settle();
        expect(await triedAgain(hurt[0]!.feed)).toBeGreaterThanOrEqual(KILLS);
        expect(await ledgerOf(mill, hurt[0]!.feed)).toEqual(await ledgerOf(mill, calm[0]!.feed));
        expect(await balanceOf(mill, hurt[0]!.feed)).toEqual(await balanceOf(mill, calm[0]!.feed));
        expect(await usageCountOf(await reprocess(hurt))).toBe(0);
      } finally {
        await mill.rate(RATE_PLAN);
      }
    },
    SETTLED_MS * 6,
  );

  it(
    `reverting that is killed ${KILLS} times leaves the ledger that it leaves in peace`,
    async () => {
      const [calm, hurt] = await twins(KILLS, 60);
      for (const one of calm) expect((await revert(one)).status).toBe(202);
      await settle();
      for (const [n, one] of hurt.entries()) await strike(n, OF_REVERTING, () => revert(one));
      await settle();
      expect(await triedAgain(hurt[0]!.feed)).toBeGreaterThanOrEqual(KILLS);
      expect(await ledgerOf(mill, hurt[0]!.feed)).toEqual(await ledgerOf(mill, calm[0]!.feed));
      expect(await balanceOf(mill, hurt[0]!.feed)).toEqual({ amount: 0, entries: 0 });
    },
    SETTLED_MS * 6,
  );

  it(
    'reprocessing 10,000 records once, twice and five times is the same',
    async () => {
      const quick = new Records('again', random).mixed(10_000).map((record) => withoutPause(record));
      const imports = await posted(inBatches(quick, 1000));
      const { feed } = imports[0]!;
      const before = await balanceOf(mill, feed);
      await mill.rate(RATE_PLAN, 2n);
      try {
        expect(await usageCountOf(await reprocess(imports))).toBe(2 * before.entries);
        const once = await ledgerOf(mill, feed);
        const balance = await balanceOf(mill, feed);
        expect(balance.entries).toBe(before.entries);
        expect(balance.amount).toBeCloseTo(2 * before.amount, 6);
        for (let times = 2; times <= 5; times++) {
          expect(await usageCountOf(await reprocess(imports))).toBe(0);
          const { usage } = await ledgerOf(mill, feed);
          expect(usage).toEqual(once.usage);
        }
        expect(await balanceOf(mill, feed)).toEqual(balance);
      } finally {
        await mill.rate(RATE_PLAN);
      }
    },
    SETTLED_MS * 4,
  );

  /** An import that takes its time when it is decided again: until `open`. */
  async function gated(name: string): Promise<{ posted: Posted; close: () => void; open: () => void }> {
    const gate = join(mill.folder, name);
    const open = () => writeFileSync(gate, '');
    open();
    const records = new Records(name, random);
    const [one] = await posted([[...records.mixed(100), records.one('good', { Gate: gate })]]);
    return { posted: one!, close: () => rmSync(gate), open };
  }

  it(
    'ten reprocessings of the same records at once are one, and nine refusals',
    async () => {
      const { posted: one, close, open } = await gated('ten');
      const before = await balanceOf(mill, one.feed);
      await mill.rate(RATE_PLAN, 2n);
      try {
        close();
        const answers = await Promise.all(Array.from({ length: 10 }, () => reprocess([one])));
        const [taken, ...others] = answers.sort((a, b) => a.status - b.status);
        expect(taken!.status).toBe(202);
        for (const refused of others)
          expect(refused).toMatchObject({ status: 409, body: { code: 'correction_in_progress' } });
        expect(await revert(one)).toMatchObject({ status: 409, body: { code: 'correction_in_progress' } });
        open();
        expect(await usageCountOf(taken!)).toBe(2 * before.entries);
        const after = await balanceOf(mill, one.feed);
        expect(after.amount).toBeCloseTo(2 * before.amount, 6);
      } finally {
        open();
        await mill.rate(RATE_PLAN);
      }
    },
    SETTLED_MS * 2,
  );

  it(
    'exceptions that ten reprocess at once become usage once',
    async () => {
      const records = new Records('exceptions', random);
      const unknown = Array.from({ length: 300 }, () => {
        const record = records.one('unknown');
        return { ...record, json: { ...record.json, OriginatingIdentifier: 'late' } };
      });
      const imports = await posted(inBatches(unknown, 100));
      await mill.api.put('/api/v1/identifiers', {
        identifiers: [{ type: 'Account', value: 'late', accountId: 'A-late', serviceId: 'S-late' }],
      });
      const selection = { filter: { feed: imports[0]!.feed, code: 'identifier_not_found' } };
      const mode = 'exceptions';
      const answers = await Promise.all(
        Array.from({ length: 10 }, () => reprocess(imports, { selection, mode })),
      );
      expect(answers.filter(({ status }) => status >= 500 || (status >= 400 && status !== 409))).toEqual([]);
      await settle();
      expect(await balanceOf(mill, imports[0]!.feed)).toMatchObject({ entries: 300 });
    },
    SETTLED_MS * 2,
  );

  it(
    'records that come again while they are reprocessed are duplicates',
    async () => {
      const batches = inBatches(new Records('duplicates', random).mixed(600), 100);
      const imports = await posted(batches);
      const { feed } = imports[0]!;
      const before = await balanceOf(mill, feed);
      await mill.rate(RATE_PLAN, 2n);
      try {
        const [answer, again] = await Promise.all([
          reprocess(imports),
          post(mill, feed, random.shuffled([...batches, ...batches]), { inFlight: 4 }),
        ]);
        expect(await usageCountOf(answer)).toBe(2 * before.entries);
        for (const { trackingId } of again)
          expect(await mill.api.get(`/api/v1/imports/${trackingId}`)).toMatchObject({ usageCount: 0 });
        const after = await balanceOf(mill, feed);
        expect(after.entries).toBe(before.entries);
        expect(after.amount).toBeCloseTo(2 * before.amount, 6);
      } finally {
        await mill.rate(RATE_PLAN);
      }
    },
    SETTLED_MS * 2,
  );

  it(
    'a revert beside a reprocessing of the same import waits or is refused, whoever comes first',
    async () => {
      const batches = inBatches(new Records('beside', random).mixed(400), 100);
      const imports = await posted(batches);
      await mill.rate(RATE_PLAN, 2n);
      try {
        const answers = await Promise.all(
          imports.flatMap((one, n) =>
            n % 2 ? [revert(one), reprocess([one])] : [reprocess([one]), revert(one)],
          ),
        );
        expect(
          answers.map(({ status }) => status).filter((status) => status !== 202 && status !== 409),
        ).toEqual([]);
        await settle();
        for (const one of imports) {
          const again = await revert(one);
          expect([202, 409]).toContain(again.status);
        }
        await settle();
        expect(await balanceOf(mill, imports[0]!.feed)).toEqual({ amount: 0, entries: 0 });
      } finally {
        await mill.rate(RATE_PLAN);
      }
    },
    SETTLED_MS * 2,
  );

  it('an import that has not ended is not corrected', async () => {
    const feed = await mill.feed({ paused: true });
    const [waiting] = await post(mill, feed, [new Records(feed, random).mixed(30)]);
    expect(await reprocess([waiting!])).toMatchObject({ status: 409, body: { code: 'import_not_terminal' } });
    expect(await revert(waiting!)).toMatchObject({ status: 409, body: { code: 'import_not_terminal' } });
    await mill.api.patch(`/api/v1/feeds/${feed}`, { paused: false });
    await settle();
    expect((await revert(waiting!)).status).toBe(202);
    await settle();
    expect(await balanceOf(mill, feed)).toEqual({ amount: 0, entries: 0 });
  });
});

function withoutPause({ json: { PauseMs: _, ...json }, ...record }: SentRecord): SentRecord {
  return { ...record, json };
}
