import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { type RecordResult, type UsageEntry, recordHash } from 'feedmill/pipeline';
import { stepContext } from '../../../../../libs/pipeline/testing/index.js';
import { type TestDatabase, createTestDatabase } from '../../../../../test/support/database.js';
import { connectionConfig } from '../../database/child.js';
import { createPool, inTransaction } from '../../database/index.js';
import { fillWindow } from '../dispatch/window.js';
import { insertChunks, insertFeed } from '../testing/rows.js';
import { type Claim, claim, release } from './claim.js';
import { closedPeriod } from './closed-period.js';
import { isolateRefused } from './isolate.js';
import { reportDeath } from './lease.js';
import { MarkWriter } from './marks.js';
import { type ChunkRun, LeaseLost, type StoreFacts, completeImports, store } from './store.js';

const ENTRY: UsageEntry = {
  date: '2026-04-16T14:32:00Z',
  timeZone: 'UTC',
  identifierType: 'Unknown',
  originatingIdentifier: 'acct\t1',
  terminatingIdentifier: null,
  usageIdentifier: 'u',
  value: '1250',
  usageClass: 'API \\ Requests',
  usageClassType: null,
  inbound: true,
  reverseRating: false,
  primaryDataRow: 1,
  extensions: '{"note":"line\\nbreak"}',
  accountId: 'a',
  serviceId: 's',
  resolvedIdentifier: null,
  rating: {
    source: 'given',
    plan: null,
    rateId: null,
    quantity: '1250',
    unitPrice: '0.0004',
    amount: '0.5',
    currency: 'USD',
  },
  cost: null,
};

const hash = (text: string) => recordHash(text);
const usage = (index: number, key: string, value = '1250'): RecordResult => ({
  index,
  key,
  decodedHash: hash(`${key}=${value}`),
  kind: 'usage',
  usageHash: hash(`${key}:${value}`),
  parts: [{ ...ENTRY, value }],
});
const skipped = (index: number, key: string): RecordResult => ({
  index,
  key,
  decodedHash: hash(`${key}=0`),
  kind: 'skip',
  reason: 'zero_value',
  fields: {},
});

/** Until so many backends of ours wait for a lock. */
async function untilWaiting(pool: pg.Pool, backends: number): Promise<void> {
  for (;;) {
    const { rows } = await pool.query<{ n: number }>(
      `SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    if (rows[0]!.n >= backends) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe('claim and store', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  let feed: { feedId: number; versionId: number; scopeId: number };
  const clients: pg.Client[] = [];

  beforeEach(async () => {
    database = await createTestDatabase();
    pool = createPool(database.url, 'test', 4, () => undefined);
    feed = await insertFeed(pool, 'f');
  });
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((c) => c.end()));
    await pool.end();
    await database.drop();
  });

  const connect = async () => {
    const client = new pg.Client(connectionConfig(database.url, 'feedmill-child'));
    client.on('error', () => undefined);
    await client.connect();
    clients.push(client);
    return client;
  };
  const take = async (client: pg.Client, chunkId: number, leaseSeconds = 60) =>
    (await claim(client, chunkId, randomUUID(), leaseSeconds))!;
  const factsOf = (claimed: Claim): StoreFacts => ({
    token: claimed.token,
    feedId: feed.feedId,
    keyPolicy: {
      scopeId: feed.scopeId,
      forgottenBefore: null,
      closed: null,
      onConflict: 'exception',
      replaceWhen: null,
    },
    context: stepContext(),
    marks: new MarkWriter(),
    profileVersionId: feed.versionId,
    isTest: false,
    correctionId: null,
  });
  const runOf = (claimed: Claim, position: number, results: readonly RecordResult[]): ChunkRun => {
    const chunk = claimed.chunks[position]!;
    return {
      chunk,
      items: results.map((result) => ({
        ref: { importId: chunk.importId, index: result.index },
        // After all that is there.
        acceptedAt: '2099-01-01T00:00:00Z',
        result,
        decision: null,
      })),
      rawText: (n) => JSON.stringify({ n }),
      importError: null,
    };
  };
  const count = async (sql: string): Promise<number> =>
    (await pool.query<{ n: number }>(`SELECT count(*) AS n FROM ${sql}`)).rows[0]!.n;

  it('takes small chunks together, at most 64 and 2,000 records', async () => {
    const small = await insertChunks(pool, feed, 100);
    const client = await connect();
    expect((await take(client, small[50]!.chunkId)).chunks).toHaveLength(64);
    const large = await insertChunks(pool, feed, 5, { total: 900 });
    const total = (await take(client, large[0]!.chunkId)).chunks.reduce((n, c) => n + c.total, 0);
    expect(total).toBeGreaterThan(900);
    expect(total).toBeLessThanOrEqual(2000);
  });

  it('takes a chunk that was tried before alone, and none that is leased, done, not due or paused', async () => {
    const [first, second] = await insertChunks(pool, feed, 2);
    const client = await connect();
    const both = await take(client, first!.chunkId);
    expect(both.chunks).toHaveLength(2);
    expect(await claim(client, first!.chunkId, randomUUID(), 60)).toBeNull();
    await release(
      client,
      both.token,
      both.chunks.map((c) => c.id),
    );
    expect(await claim(client, second!.chunkId, randomUUID(), 60)).toBeNull();
    await pool.query(`UPDATE chunk SET next_at = '-infinity'`);
    await pool.query('UPDATE feed SET paused = true');
    expect(await claim(client, second!.chunkId, randomUUID(), 60)).toBeNull();
    await pool.query('UPDATE feed SET paused = false');
    expect((await take(client, second!.chunkId)).chunks.map((c) => c.id)).toEqual([second!.chunkId]);
  });

  it('stores usage, verdicts and counts, every text as it was', async () => {
    const [chunk] = await insertChunks(pool, feed, 1, { total: 3 });
    const client = await connect();
    const claimed = await take(client, chunk!.chunkId);
    await store(client, factsOf(claimed), [
      runOf(claimed, 0, [usage(0, 'k"1\\'), skipped(1, 'k2'), usage(2, 'k"1\\')]),
    ]);
    await completeImports(client, [chunk!.importId]);
    const row = (await pool.query('SELECT * FROM usage')).rows[0];
    expect(row).toMatchObject({
      usage_key: 'k"1\\',
      originating_identifier: 'acct\t1',
      usage_class: 'API \\ Requests',
      value: '1250',
      amount: '0.5',
      extensions: { note: 'line\nbreak' },
      flags: 1,
      generation: 1,
    });
    expect((await pool.query('SELECT verdicts, details, pending FROM chunk')).rows[0]).toEqual({
      verdicts: 'isd',
      details: [
        [1, 'zero_value', 'k2', null, null],
        [2, null, 'k"1\\', chunk!.importId, 0],
      ],
      pending: 0,
    });
    expect(
      (await pool.query('SELECT status, imported, skipped, duplicate, usage_count FROM import')).rows[0],
    ).toEqual({
      status: 'completed',
      imported: 1,
      skipped: 1,
      duplicate: 1,
      usage_count: 1,
    });
    expect(await count('key_cell')).toBe(1);
  });

  it('lets a claimer whose lease ran out write nothing, before and after the other has stored', async () => {
    const [chunk] = await insertChunks(pool, feed, 1);
    const [zombie, other] = [await connect(), await connect()];
    const old = await take(zombie, chunk!.chunkId, 0);
    await pool.query(`UPDATE chunk SET backend_pid = NULL`); // the old backend lives on, as on a machine that was cut off
    const taken = await take(other, chunk!.chunkId);
    const late = () => store(zombie, factsOf(old), [runOf(old, 0, [usage(0, 'zombie')])]);
    await expect(late()).rejects.toThrow(LeaseLost);
    await store(other, factsOf(taken), [runOf(taken, 0, [usage(0, 'k')])]);
    await expect(late()).rejects.toThrow(LeaseLost);
    expect((await pool.query('SELECT usage_key FROM usage')).rows).toEqual([{ usage_key: 'k' }]);
    expect(await count(`key_cell WHERE key = 'zombie'`)).toBe(0);
  });

  it('ends the connection of the claimer before it', async () => {
    const [chunk] = await insertChunks(pool, feed, 1);
    const [zombie, other] = [await connect(), await connect()];
    const ended = new Promise((resolve) => zombie.once('end', resolve));
    await take(zombie, chunk!.chunkId, 0);
    await take(other, chunk!.chunkId);
    await ended;
  });

  it('leaves the connection alone that has given the chunk back', async () => {
    const [chunk] = await insertChunks(pool, feed, 1);
    const [first, second] = [await connect(), await connect()];
    const { token } = await take(first, chunk!.chunkId);
    await release(first, token, [chunk!.chunkId]);
    await pool.query(`UPDATE chunk SET next_at = '-infinity'`);
    await take(second, chunk!.chunkId);
    await expect(first.query('SELECT 1')).resolves.toBeDefined();
  });

  it('lets two writers of the same keys in any order end with each key live once', async () => {
    const keys = Array.from({ length: 300 }, (_, n) => `key-${n}`);
    const chunks = await insertChunks(pool, feed, 4, { total: keys.length });
    await pool.query(`UPDATE chunk SET attempts = 1`); // each goes alone
    await Promise.all(
      chunks.map(async ({ chunkId }, n) => {
        const client = await connect();
        const claimed = await take(client, chunkId);
        const sent = n % 2 ? [...keys].reverse() : [...keys.slice(150), ...keys.slice(0, 150)];
        await store(client, factsOf(claimed), [
          runOf(
            claimed,
            0,
            sent.map((key, index) => usage(index, key)),
          ),
        ]);
      }),
    );
    const { rows } = await pool.query('SELECT sum(imported)::int AS i, sum(duplicate)::int AS d FROM chunk');
    expect(rows[0]).toEqual({ i: 300, d: 900 });
    expect(await count('usage')).toBe(300);
    expect(await count(`key_cell WHERE state = 1`)).toBe(300);
  });

  it('shows both sides of a conflict, with the live usage in another import or in the same', async () => {
    const [first, second] = await insertChunks(pool, feed, 2, { total: 3 });
    await pool.query(`UPDATE chunk SET attempts = 1`);
    const client = await connect();
    const before = await take(client, first!.chunkId);
    await store(client, factsOf(before), [runOf(before, 0, [usage(0, 'a'), usage(1, 'b'), usage(2, 'c')])]);
    const after = await take(client, second!.chunkId);
    await store(client, factsOf(after), [
      runOf(after, 0, [usage(0, 'a', '7'), usage(1, 'new'), usage(2, 'new', '8')]),
    ]);
    const { rows } = await pool.query<{ record_index: number; details: string }>(
      'SELECT record_index, details FROM exception ORDER BY record_index',
    );
    expect(rows.map((r) => JSON.parse(r.details))).toEqual([
      {
        live: {
          trackingId: expect.any(String),
          index: 0,
          usage: [expect.objectContaining({ value: '1250', amount: '0.5', date: '2026-04-16T14:32:00Z' })],
        },
        sent: { usage: [expect.objectContaining({ value: '7' })] },
      },
      {
        live: {
          trackingId: expect.any(String),
          index: 1,
          usage: [expect.objectContaining({ value: '1250' })],
        },
        sent: { usage: [expect.objectContaining({ value: '8' })] },
      },
    ]);
    expect((await pool.query(`SELECT verdicts FROM chunk WHERE id = $1`, [second!.chunkId])).rows[0]).toEqual(
      { verdicts: 'eie' },
    );
  });

  it('takes a correction to zero of live usage for a conflict and leaves the amount standing', async () => {
    const chunks = await insertChunks(pool, feed, 2);
    await pool.query(`UPDATE chunk SET attempts = 1`);
    const client = await connect();
    for (const [n, record] of [usage(0, 'k'), skipped(0, 'k')].entries()) {
      const claimed = await take(client, chunks[n]!.chunkId);
      await store(client, factsOf(claimed), [runOf(claimed, 0, [record])]);
    }
    expect((await pool.query('SELECT code FROM exception')).rows).toEqual([{ code: 'usage_key_conflict' }]);
    expect(await count('usage')).toBe(1);
  });

  describe('where conflicts are replaced', () => {
    /** One import each, of one record, accepted one after the other and stored in the order that is said. */
    const storeInOrder = async (records: readonly RecordResult[], order: readonly number[]) => {
      const chunks = await insertChunks(pool, feed, records.length);
      await pool.query('UPDATE chunk SET attempts = 1');
      await pool.query(`UPDATE import SET submitted_at = submitted_at + id * interval '1 second'`);
      const client = await connect();
      for (const n of order) {
        const claimed = await take(client, chunks[n]!.chunkId);
        const { rows } = await pool.query<{ at: string }>(
          `SELECT replace(replace(submitted_at::text, ' ', 'T'), '+00', 'Z') AS at FROM import WHERE id = $1`,
          [chunks[n]!.importId],
        );
        const run = runOf(claimed, 0, [records[n]!]);
        const items = run.items.map((item) => ({ ...item, acceptedAt: rows[0]!.at }));
        const keyPolicy = { ...factsOf(claimed).keyPolicy, onConflict: 'replace' as const };
        await store(client, { ...factsOf(claimed), keyPolicy }, [{ ...run, items }]);
      }
      const { rows } = await pool.query<{ verdicts: string }>('SELECT verdicts FROM chunk ORDER BY id');
      return rows.map((r) => r.verdicts).join('');
    };
    const valuesOfLedger = async () =>
      (
        await pool.query<{ value: string }>('SELECT value FROM usage ORDER BY posting_id, kind DESC')
      ).rows.map(({ value }) => value);
    const of = (value: string) => usage(0, 'k', value);

    it('lets what was accepted later win, whichever is stored first', async () => {
      expect(await storeInOrder([of('1'), of('2'), of('3')], [1, 0, 2])).toBe('dii');
      expect(await valuesOfLedger()).toEqual(['2', '-2', '3']);
    });

    it('lets a correction to zero win over usage that was accepted before it and is stored after it', async () => {
      expect(await storeInOrder([of('1'), skipped(0, 'k'), of('2')], [1, 0, 2])).toBe('dsi');
      expect(await valuesOfLedger()).toEqual(['2']);
    });

    it('does so where the correction has taken other usage back', async () => {
      expect(await storeInOrder([of('1'), of('2'), skipped(0, 'k')], [0, 2, 1])).toBe('ids');
      expect(await valuesOfLedger()).toEqual(['1', '-1']);
    });
  });

  it('stores nothing where keys were forgotten since the dates were looked at', async () => {
    const [chunk] = await insertChunks(pool, feed, 1);
    const client = await connect();
    const claimed = await take(client, chunk!.chunkId);
    await pool.query(`UPDATE key_scope SET forgotten_before = '2026-01-01Z'`);
    await expect(store(client, factsOf(claimed), [runOf(claimed, 0, [usage(0, 'k')])])).rejects.toThrow(
      'Usage keys were forgotten',
    );
    expect(await count('usage')).toBe(0);
  });

  it('marks what is dated in a closed period late, reversals by themselves', async () => {
    const chunks = await insertChunks(pool, feed, 2, { total: 2 });
    await pool.query('UPDATE chunk SET attempts = 1');
    const client = await connect();
    const first = await take(client, chunks[0]!.chunkId);
    await store(client, factsOf(first), [runOf(first, 0, [usage(0, 'a'), usage(1, 'b')])]);
    await pool.query(`UPDATE feed SET closed_until = '2026-04-16T14:32:00.000001Z', late_usage = 'accept'`);
    const second = await take(client, chunks[1]!.chunkId);
    const facts = factsOf(second);
    const closed = closedPeriod('2026-04-16T14:32:00.000001Z', 'accept');
    const keyPolicy = { ...facts.keyPolicy, closed, onConflict: 'replace' as const };
    const later = { ...ENTRY, date: '2026-04-16T14:32:00.000001Z', value: '2' };
    const moved = { ...usage(1, 'b', '2'), parts: [later] } as RecordResult;
    await store(client, { ...facts, keyPolicy }, [runOf(second, 0, [usage(0, 'a', '2'), moved])]);
    const { rows } = await pool.query<{ entry: string }>(
      `SELECT concat_ws(' ', usage_key, value, flags & 4) AS entry FROM usage ORDER BY usage_key, generation, kind`,
    );
    expect(rows.map(({ entry }) => entry)).toEqual([
      ...['a 1250 0', 'a -1250 4', 'a 2 4'],
      ...['b 1250 0', 'b -1250 4', 'b 2 0'],
    ]);
  });

  it('takes nothing back that is dated in a closed period', async () => {
    const chunks = await insertChunks(pool, feed, 2);
    await pool.query('UPDATE chunk SET attempts = 1');
    const client = await connect();
    const first = await take(client, chunks[0]!.chunkId);
    await store(client, factsOf(first), [runOf(first, 0, [usage(0, 'a')])]);
    await pool.query(`UPDATE feed SET closed_until = '2026-05-01Z'`);
    const second = await take(client, chunks[1]!.chunkId);
    const facts = factsOf(second);
    const closed = closedPeriod('2026-05-01T00:00:00Z', 'exception');
    const keyPolicy = { ...facts.keyPolicy, closed, onConflict: 'replace' as const };
    await store(client, { ...facts, keyPolicy }, [runOf(second, 0, [skipped(0, 'a')])]);
    const { rows } = await pool.query('SELECT stage, code, field, details::jsonb FROM exception');
    expect(rows).toEqual([
      {
        stage: 'store',
        code: 'period_closed',
        field: 'date',
        details: { live: expect.objectContaining({ index: 0 }), sent: { skipped: 'zero_value' } },
      },
    ]);
    expect(await count('usage')).toBe(1);
  });

  it('stores nothing where the period of another feed of the scope was closed while its usage was taken back', async () => {
    const other = await insertFeed(pool, 'other');
    await pool.query('UPDATE feed SET key_scope_id = $1', [feed.scopeId]);
    const [theirs] = await insertChunks(pool, other, 1);
    const [ours] = await insertChunks(pool, feed, 1);
    const client = await connect();
    const first = await take(client, theirs!.chunkId);
    await store(client, { ...factsOf(first), feedId: other.feedId }, [runOf(first, 0, [usage(0, 'a')])]);
    const second = await take(client, ours!.chunkId);
    const facts = factsOf(second);
    const keyPolicy = { ...facts.keyPolicy, onConflict: 'replace' as const };
    const blocker = await pool.connect();
    await blocker.query('BEGIN');
    await blocker.query('LOCK TABLE usage IN SHARE MODE');
    const replacing = store(client, { ...facts, keyPolicy }, [runOf(second, 0, [usage(0, 'a', '7')])]);
    await untilWaiting(pool, 1);
    await pool.query(`UPDATE feed SET closed_until = '2026-05-01Z' WHERE id = $1`, [other.feedId]);
    await blocker.query('COMMIT');
    blocker.release();
    await expect(replacing).rejects.toThrow('its period was closed');
    expect(await count('usage')).toBe(1);
  });

  it('stores nothing where a period was closed or reopened since the dates were looked at', async () => {
    const [chunk] = await insertChunks(pool, feed, 1);
    const client = await connect();
    const claimed = await take(client, chunk!.chunkId);
    await pool.query(`UPDATE feed SET closed_until = '2026-01-01Z'`);
    await expect(store(client, factsOf(claimed), [runOf(claimed, 0, [usage(0, 'k')])])).rejects.toThrow(
      'A period was closed or reopened',
    );
    expect(await count('usage')).toBe(0);
  });

  it('posts a reversal behind its entry, also where its transaction began before it', async () => {
    const chunks = await insertChunks(pool, feed, 2, { total: 2 });
    await pool.query('UPDATE chunk SET attempts = 1');
    const [early, late] = [await connect(), await connect()];
    const claims = [await take(early, chunks[0]!.chunkId), await take(late, chunks[1]!.chunkId)];
    const facts = (claimed: Claim) => ({
      ...factsOf(claimed),
      keyPolicy: { ...factsOf(claimed).keyPolicy, onConflict: 'replace' as const },
    });
    // The early transaction has its number, and waits for another key while the late one posts.
    await pool.query(`INSERT INTO key_cell (scope_id, key, state, generation) VALUES ($1, 'a', 0, 0)`, [
      feed.scopeId,
    ]);
    const blocker = await pool.connect();
    await blocker.query('BEGIN');
    await blocker.query('SELECT FROM key_cell FOR UPDATE');
    const both = [usage(0, 'a'), usage(1, 'k', '1')];
    const first = store(early, facts(claims[0]!), [runOf(claims[0]!, 0, both)]);
    await untilWaiting(pool, 1);
    await store(late, facts(claims[1]!), [runOf(claims[1]!, 0, [usage(0, 'k', '2'), usage(1, 'b')])]);
    await blocker.query('COMMIT');
    blocker.release();
    await first;
    const { rows } = await pool.query<{ kind: number }>(
      `SELECT u.kind FROM usage u JOIN posting p ON p.id = u.posting_id
       WHERE u.usage_key = 'k' ORDER BY p.xid, p.id, u.kind`,
    );
    expect(rows.map(({ kind }) => kind)).toEqual([0, 0, 1]);
  });

  it('gives up, and says why, where the ledger is of a cluster that was further on', async () => {
    const chunks = await insertChunks(pool, feed, 2);
    await pool.query('UPDATE chunk SET attempts = 1');
    const client = await connect();
    const put = async (n: number) => {
      const claimed = await take(client, chunks[n]!.chunkId);
      const keyPolicy = { ...factsOf(claimed).keyPolicy, onConflict: 'replace' as const };
      const run = runOf(claimed, 0, [usage(0, 'k', `${n}`)]);
      await store(client, { ...factsOf(claimed), keyPolicy }, [run]);
    };
    await put(0);
    await pool.query('ALTER TABLE posting DISABLE TRIGGER append_only');
    await pool.query(`UPDATE posting SET xid = '9000000000'`);
    await expect(put(1)).rejects.toThrow('docs/operations.md, "When the data is of another Postgres"');
    expect(await count('usage')).toBe(1);
  });

  it('finds the records that Postgres refuses, rejects them alone, and stores the rest', async () => {
    const [chunk] = await insertChunks(pool, feed, 1, { total: 5 });
    const client = await connect();
    const claimed = await take(client, chunk!.chunkId);
    const results = [0, 1, 2, 3, 4].map((n) => usage(n, `k${n}`, n === 1 || n === 4 ? 'not a number' : '1'));
    const runs = [runOf(claimed, 0, results)];
    await expect(store(client, factsOf(claimed), runs)).rejects.toMatchObject({ code: '22P02' });
    expect(await count('usage')).toBe(0);
    await store(client, factsOf(claimed), (await isolateRefused(client, factsOf(claimed), runs))!);
    expect((await pool.query('SELECT verdicts FROM chunk')).rows[0]).toEqual({ verdicts: 'ieiie' });
    expect((await pool.query('SELECT record_index, stage, code FROM exception ORDER BY 1')).rows).toEqual([
      { record_index: 1, stage: 'store', code: 'invalid_value' },
      { record_index: 4, stage: 'store', code: 'invalid_value' },
    ]);
  });

  it('blames a record only when the process died over it twice', async () => {
    const [chunk] = await insertChunks(pool, feed, 1, { total: 3 });
    const client = await connect();
    const die = async (suspect: number | null) => {
      const claimed = await take(client, chunk!.chunkId);
      await reportDeath(pool, claimed.token, [chunk!.chunkId], suspect);
      return (await pool.query('SELECT crashes, crashed FROM chunk')).rows[0];
    };
    expect(await die(null)).toEqual({ crashes: 1, crashed: null });
    expect(await die(1)).toEqual({ crashes: 2, crashed: null });
    expect(await die(2)).toEqual({ crashes: 3, crashed: null });
    expect(await die(2)).toEqual({ crashes: 4, crashed: [2] });
  });

  it('has a chunk whose claimer died rung for at the next look', async () => {
    const [chunk] = await insertChunks(pool, feed, 1);
    const due = async () => (await inTransaction(pool, fillWindow)).due.map(({ id }) => id);
    expect(await due()).toEqual([chunk!.chunkId]);
    const { token } = await take(await connect(), chunk!.chunkId);
    expect(await due()).toEqual([]);
    await reportDeath(pool, token, [chunk!.chunkId], null);
    expect(await due()).toEqual([chunk!.chunkId]);
  });

  it('refuses to change facts: usage, exceptions, bodies, audit, verdicts', async () => {
    const [chunk] = await insertChunks(pool, feed, 1);
    const client = await connect();
    const claimed = await take(client, chunk!.chunkId);
    await store(client, factsOf(claimed), [runOf(claimed, 0, [usage(0, 'k')])]);
    for (const sql of [
      'UPDATE usage SET amount = 0',
      'DELETE FROM usage',
      'TRUNCATE usage',
      `UPDATE chunk SET verdicts = 's'`,
    ]) {
      await expect(pool.query(sql)).rejects.toThrow(/append-only/);
    }
  });
});
