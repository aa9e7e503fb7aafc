import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type TestDatabase, createTestDatabase } from '../../../../test/support/database.js';
import { untilSettled } from '../../../../test/support/settled.js';
import { byIndexOnly, createPool } from '../database/index.js';
import { LEDGER_START, type ReadRequest, readEntries } from './read-entries.js';

const COLUMNS = `posting_id, import_id, produced_by, date, record_index, feed_id, profile_version_id, part, generation, kind,
  flags, value, time_zone`;

/** Entries of one import, numbered from 0. */
const insertEntries = (
  client: pg.ClientBase,
  posting: number,
  importId: number,
  count: number,
  more = {},
) => {
  const { feedId = 1, flags = 0, first = 0, kind = 0 } = more as Record<string, number | undefined>;
  return client.query(
    `INSERT INTO usage (${COLUMNS}) SELECT $1, $2, $2, '2026-03-01Z', n, $5, 1, 0, 1, $7, $6, 1, 'UTC'
     FROM generate_series($3::int, $4::int) n`,
    [posting, importId, first, first + count - 1, feedId, flags, kind],
  );
};

describe('reading in ledger order', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  const clients: pg.PoolClient[] = [];

  beforeEach(async () => {
    database = await createTestDatabase();
    pool = createPool(database.url, 'test', 16, () => undefined);
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.release(true);
    await pool.end();
    await database.drop();
  });

  const connect = async () => {
    const client = await pool.connect();
    clients.push(client);
    return client;
  };
  const number = async (client: pg.ClientBase | pg.Pool, sql: string, values: unknown[] = []) =>
    (await client.query<{ n: number }>(sql, values)).rows[0]!.n;
  const nextImport = () => number(pool, `SELECT nextval('import_id') AS n`);
  const insertPosting = (client: pg.ClientBase | pg.Pool, entries: number | null, places: number[] | null) =>
    number(client, 'INSERT INTO posting (entries, places) VALUES ($1, $2) RETURNING id AS n', [
      entries,
      places,
    ]);
  const reader = async () => {
    const client = await connect();
    await client.query(byIndexOnly('SET'));
    return client;
  };
  const readAll = async (client: pg.ClientBase, request: ReadRequest) => {
    const found: string[] = [];
    for (let from = LEDGER_START, hasMore = true; hasMore;) {
      const read = await readEntries(client, from, request);
      found.push(...read.entries.map((e) => `${e.import_id}-${e.record_index}-${e.kind}`));
      ({ position: from, hasMore } = read);
    }
    return found;
  };

  it('gives ten writers and one reader each of a million entries once, in order', async () => {
    const WRITERS = 10;
    const TRANSACTIONS = 100;
    const ENTRIES = 1000;
    const committed = new Map<number, number>();
    let isWriting = true;

    /** Like `store`: the transaction has its number long before its posting, and is open long after. */
    const writeOnce = async (client: pg.PoolClient, n: number) => {
      await client.query('BEGIN');
      await client.query('SELECT pg_current_xact_id()');
      if (n % 7 === 0) await sleep(Math.random() * 60);
      const halves = n % 10 === 0 ? [ENTRIES / 2, ENTRIES / 2] : [ENTRIES];
      const imports: number[] = [];
      for (const count of halves) {
        const importId = await nextImport();
        const posting = await insertPosting(client, count, [importId, 0, count - 1]);
        await insertEntries(client, posting, importId, count);
        imports.push(importId);
      }
      if (n % 3 === 0) await sleep(Math.random() * 80);
      if (n % 40 === 1) await sleep(500);
      const isKept = n % 23 !== 22;
      await client.query(isKept ? 'COMMIT' : 'ROLLBACK');
      if (isKept) for (const [half, importId] of imports.entries()) committed.set(importId, halves[half]!);
      else await writeOnce(client, n + 1);
    };
    const write = async () => {
      const client = await connect();
      for (let n = 0; n < TRANSACTIONS; n++) await writeOnce(client, n);
    };

    const seen = new Map<number, Set<number>>();
    const read = async () => {
      const client = await reader();
      const entries = { count: 0, repeated: 0, disordered: 0 };
      let from = LEDGER_START;
      for (let isLast = false; ;) {
        const {
          entries: found,
          position,
          hasMore,
        } = await readEntries(client, from, { limit: 1000, feedIds: null });
        for (const { import_id: importId, record_index: index } of found) {
          let indexes = seen.get(importId);
          if (!indexes) seen.set(importId, (indexes = new Set()));
          if (indexes.has(index)) entries.repeated++;
          if (index !== indexes.size) entries.disordered++;
          indexes.add(index);
          entries.count++;
        }
        from = position;
        if (hasMore) continue;
        if (isLast) break;
        isLast = !isWriting;
        await (isLast ? untilSettled(client) : sleep(5));
      }
      return entries;
    };

    const reading = read();
    await Promise.all(Array.from({ length: WRITERS }, write));
    isWriting = false;
    expect(await reading).toEqual({ count: WRITERS * TRANSACTIONS * ENTRIES, repeated: 0, disordered: 0 });
    const lost = [...committed].filter(([importId, count]) => seen.get(importId)?.size !== count);
    expect(lost).toEqual([]);
    expect(seen.size).toBe(committed.size);
  }, 120_000);

  it('passes over test usage and other feeds, and finds what lies apart or where nobody said', async () => {
    const [a, b, c, d] = [await nextImport(), await nextImport(), await nextImport(), await nextImport()];
    const client = await connect();
    const apart = await insertPosting(client, 4, [a, 0, 1, a, 9000, 9000, b, 5, 5]);
    await insertEntries(client, apart, a, 2);
    await insertEntries(client, apart, a, 1, { first: 9000 });
    await insertEntries(client, apart, b, 1, { first: 5, feedId: 2 });
    await insertEntries(client, await insertPosting(client, 3, [c, 0, 2]), c, 3, { flags: 8 });
    await insertEntries(client, await insertPosting(client, null, null), d, 2, { feedId: 2 });
    await insertEntries(client, await insertPosting(client, 1, [a, 0, 1]), a, 1, { kind: 1 });
    const ofFirst = [`${a}-0-0`, `${a}-1-0`, `${a}-9000-0`];
    const ofSecond = [`${b}-5-0`, `${d}-0-0`, `${d}-1-0`];
    const all = await reader();
    await untilSettled(all);
    for (const limit of [1, 2, 3, 1000]) {
      expect(await readAll(all, { limit, feedIds: null })).toEqual([...ofFirst, ...ofSecond, `${a}-0-1`]);
      expect(await readAll(all, { limit, feedIds: [1] })).toEqual([...ofFirst, `${a}-0-1`]);
      expect(await readAll(all, { limit, feedIds: [2] })).toEqual(ofSecond);
      expect(await readAll(all, { limit, feedIds: [] })).toEqual([]);
    }
  });

  it('ends before the oldest transaction that runs, and goes on behind it when it has ended', async () => {
    const [early, late] = [await nextImport(), await nextImport()];
    const slow = await connect();
    await slow.query('BEGIN');
    await insertEntries(slow, await insertPosting(slow, 1, [early, 0, 0]), early, 1);
    const quick = await connect();
    await insertEntries(quick, await insertPosting(quick, 1, [late, 0, 0]), late, 1);
    const request = { limit: 10, feedIds: null };
    const before = await readEntries(quick, LEDGER_START, request);
    expect(before).toMatchObject({ entries: [], position: LEDGER_START, hasMore: false });
    await slow.query('COMMIT');
    await untilSettled(quick);
    const after = await readEntries(quick, before.position, request);
    expect(after.entries.map((e) => e.import_id)).toEqual([early, late]);
  });
});
