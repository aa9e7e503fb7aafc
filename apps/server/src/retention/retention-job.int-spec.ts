import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { Audit } from '../admin/index.js';
import { createPool, inTransaction, lockCorrections } from '../database/index.js';
import { type TestDatabase, createTestDatabase } from '../../../../test/support/database.js';
import { keepSpareBlock, placeFeed } from './block-changes.js';
import { RetentionJob } from './retention-job.js';
import { FACTS, KEEP_FOREVER, type Retention } from './retention.js';

let database: TestDatabase;
let pool: pg.Pool;
let job: RetentionJob;

beforeEach(async () => {
  database = await createTestDatabase();
  pool = createPool(database.url, 'test', 8, () => undefined);
  job = new RetentionJob({ databaseUrl: database.url, retentionSeconds: 3600 }, new Audit());
});
afterEach(async () => {
  await pool.end();
  await database.drop();
});

const one = async <T extends object>(sql: string, values: unknown[] = []): Promise<T> =>
  (await pool.query<T>(sql, values)).rows[0]!;
const count = async (sql: string): Promise<number> =>
  (await one<{ n: number }>(`SELECT count(*)::int AS n FROM ${sql}`)).n;

async function feed(apiName: string, retention: Partial<Retention> = {}): Promise<number> {
  const profile = await one<{ id: number }>('INSERT INTO profile (name) VALUES ($1) RETURNING id', [apiName]);
  const scope = await one<{ id: number }>('INSERT INTO key_scope DEFAULT VALUES RETURNING id');
  const { id } = await one<{ id: number }>(
    `INSERT INTO feed (name, api_name, format, profile_id, usage_key, key_scope_id) VALUES ($1, $1, 'records', $2, '{}', $3)
     RETURNING id`,
    [apiName, profile.id, scope.id],
  );
  await keep(id, retention);
  return id;
}

const all = (time: string): Retention => ({ bodies: time, exceptions: time, usage: time });

async function keep(feedId: number, retention: Partial<Retention>): Promise<void> {
  await pool.query('UPDATE feed SET retention = $2 WHERE id = $1', [
    feedId,
    { ...KEEP_FOREVER, ...retention },
  ]);
  await inTransaction(pool, (client) => placeFeed(client, feedId));
}

const blockOf = async (feedId: number): Promise<number> =>
  (await one<{ block_id: number }>('SELECT block_id FROM feed WHERE id = $1', [feedId])).block_id;

/** An import with a body, an entry of the ledger and an exception. */
async function importOf(feedId: number, status: 'running' | 'completed' = 'completed'): Promise<number> {
  const counts = status === 'completed' ? 'now(), 1, 1, 0, 0' : 'NULL, NULL, NULL, NULL, NULL';
  const { id } = await one<{ id: number }>(
    `INSERT INTO import (id, tracking_id, feed_id, profile_version_id, total, status, ended_at, imported, exception, skipped, duplicate)
     SELECT next_import_id(block_id), gen_random_uuid(), id, 1, 2, $2, ${counts} FROM feed WHERE id = $1 RETURNING id`,
    [feedId, status],
  );
  await pool.query(
    `INSERT INTO import_body (import_id, content_type, raw_bytes, sha256, body) VALUES ($1, 'text/csv', 5, '', 'abcde')`,
    [id],
  );
  await entry(id, feedId, 0);
  await pool.query(
    `INSERT INTO exception (import_id, record_index, produced_by, feed_id, stage, code, message, fingerprint, raw)
     VALUES ($1, 1, $1, $2, 'rate', 'rate_not_found', 'none', '', '{}')`,
    [id, feedId],
  );
  return id;
}

const entry = (importId: number, feedId: number, index: number) =>
  pool.query(
    `INSERT INTO usage (import_id, posting_id, produced_by, date, record_index, feed_id, profile_version_id, part, generation,
       kind, flags, value, amount, currency, time_zone)
     VALUES ($1, 1, $1, '2026-03-01Z', $3, $2, 1, 0, 1, 0, 0, 7, 0.25, 'USD', 'UTC')`,
    [importId, feedId, index],
  );

/** Has days go by: everything that has happened lies so much further back. */
async function pass(days: number): Promise<void> {
  for (const [table, columns] of [
    ['import', ['submitted_at']],
    ['import_block', ['opened_at', 'closed_at', 'settled_at']],
    ['block_feed', ['oldest_at', 'newest_at']],
  ] as const) {
    const assignments = columns.map((column) => `${column} = ${column} - make_interval(days => ${days})`);
    await pool.query(`UPDATE ${table} SET ${assignments.join(', ')}`);
  }
}

/** A feed that keeps bodies, exceptions and usage for so long, whose one import stands in a settled block. */
async function settledFeed(
  retention: Partial<Retention>,
): Promise<{ feedId: number; importId: number; block: number }> {
  const feedId = await feed('short', retention);
  const importId = await importOf(feedId);
  const block = await blockOf(feedId);
  await pass(32);
  await job.run();
  await pass(1);
  await job.run();
  expect(await blockOf(feedId)).not.toBe(block);
  return { feedId, importId, block };
}

const tables = async (block: number) =>
  (
    await pool.query<{ name: string }>(
      `SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relname ~ ('^(import_body|usage|exception)_' || $1 || '$')
       ORDER BY 1`,
      [block],
    )
  ).rows.map(({ name }) => name);
async function until(is: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 5000; !(await is()); await sleep(20))
    if (Date.now() > deadline) throw new Error('not so within 5 seconds');
}
const audited = async () =>
  (
    await pool.query(
      `SELECT subject, actor, before FROM audit WHERE action = 'retention.dropped' ORDER BY id`,
    )
  ).rows;

describe('blocks', () => {
  it('are shared by feeds that keep their facts equally long, and by no others', async () => {
    const [plain, a, b, c] = [
      await feed('plain'),
      await feed('a', { bodies: 'P30D' }),
      await feed('b', { bodies: 'P30D' }),
      await feed('c', { usage: 'P30D' }),
    ];
    expect(await blockOf(plain)).toBe(0);
    expect(await blockOf(a)).toBe(await blockOf(b));
    expect(new Set([0, await blockOf(a), await blockOf(c)]).size).toBe(3);
    await keep(b, {});
    expect(await blockOf(b)).toBe(0);
  });

  it('give ids that are exact, in the order of acceptance within a block', async () => {
    const [plain, kept] = [await feed('plain'), await feed('kept', { bodies: 'P30D' })];
    const ids: number[] = [];
    for (const feedId of [plain, kept, kept, plain]) ids.push(await importOf(feedId));
    const block = await blockOf(kept);
    expect(ids.map((id) => Math.floor(id / 2 ** 32))).toEqual([0, block, block, 0]);
    expect(ids.map((id) => id % 2 ** 32)).toEqual([1, 2, 3, 4]);
    expect(ids.every(Number.isSafeInteger)).toBe(true);
  });

  it('close when they have been open for their time, and their feeds go on in the next', async () => {
    const [slow, quick] = [await feed('slow', all('P300D')), await feed('quick', all('P30D'))];
    await importOf(slow);
    await importOf(quick);
    const before = [await blockOf(slow), await blockOf(quick)];
    await pass(4);
    await job.run();
    expect(await blockOf(slow)).toBe(before[0]);
    expect(await blockOf(quick)).not.toBe(before[1]);
    await job.run();
    expect(await count('import_block WHERE closed_at IS NOT NULL')).toBe(1);
  });

  it('stay open while nothing has come in, and close when no feed writes into them any more', async () => {
    const feedId = await feed('changing', { bodies: 'P30D' });
    const block = await blockOf(feedId);
    await pass(100);
    await job.run();
    expect(await blockOf(feedId)).toBe(block);
    await importOf(feedId);
    await keep(feedId, { bodies: 'P60D' });
    await job.run();
    expect(
      await one('SELECT closed_at IS NOT NULL AS closed FROM import_block WHERE id = $1', [block]),
    ).toEqual({
      closed: true,
    });
  });

  it('are made ahead of their use, one at a time', async () => {
    await job.run();
    await Promise.all(Array.from({ length: 3 }, () => keepSpareBlock(pool).catch(() => undefined)));
    expect(await count('import_block WHERE retention IS NULL')).toBe(1);
    await feed('first', { bodies: 'P30D' });
    await feed('second', { bodies: 'P60D' });
    expect(await count('import_block WHERE retention IS NULL')).toBe(0);
    await job.run();
    expect(await count('import_block WHERE retention IS NULL')).toBe(1);
  });

  it('are partitioned like the first one', async () => {
    const feedId = await feed('kept', { bodies: 'P30D' });
    const importId = await importOf(feedId);
    const indexesOf = async (block: number) =>
      (
        await pool.query(
          `SELECT regexp_replace(pg_get_indexdef(indexrelid), '^(CREATE (UNIQUE )?INDEX) \\S+ ON (ONLY )?(\\S+)_\\d+ ', '\\1 ON \\4 ') AS is
           FROM pg_index WHERE indrelid IN (
             SELECT (t || '_' || $1)::regclass FROM unnest('{import_body,usage,exception}'::text[]) t)
           ORDER BY 1`,
          [block],
        )
      ).rows;
    expect(await indexesOf(await blockOf(feedId))).toEqual(await indexesOf(0));
    for (const table of ['import_body', 'usage', 'exception'])
      await expect(pool.query(`DELETE FROM ${table} WHERE import_id = $1`, [importId])).rejects.toThrow(
        'append-only',
      );
    const storage = await one(
      `SELECT attstorage FROM pg_attribute WHERE attrelid = ('import_body_' || $1)::regclass AND attname = 'body'`,
      [await blockOf(feedId)],
    );
    expect(storage).toEqual({ attstorage: 'e' });
  });
});

describe('facts', () => {
  it('leave each in its own time, audited, and leave the rows of other feeds alone', async () => {
    const other = await feed('other');
    await importOf(other);
    const { block, importId } = await settledFeed({ bodies: 'P40D', exceptions: 'P50D', usage: 'P60D' });
    await pool.query(
      `INSERT INTO exception_state (import_id, record_index, status) VALUES ($1, 1, 'superseded')`,
      [importId],
    );
    expect(await tables(block)).toEqual([`exception_${block}`, `import_body_${block}`, `usage_${block}`]);
    await pass(8);
    await job.run();
    expect(await tables(block)).toEqual([`exception_${block}`, `usage_${block}`]);
    await pass(10);
    await job.run();
    expect(await tables(block)).toEqual([`usage_${block}`]);
    expect(await count('exception_state')).toBe(0);
    expect(
      await one('SELECT exception_reasons, exceptions_unrated FROM import WHERE id = $1', [importId]),
    ).toEqual({
      exception_reasons: { rate_not_found: 1 },
      exceptions_unrated: 1,
    });
    await pass(10);
    await job.run();
    expect(await tables(block)).toEqual([]);
    await job.run();
    const feeds = [expect.objectContaining({ feed: 'short', imports: 1 })];
    expect((await audited()).map(({ subject, actor, before }) => [subject, actor, before])).toEqual([
      [
        `block/${block}`,
        'retention',
        { fact: 'bodies', partition: `import_body_${block}`, rows: 1, bytes: 5, feeds },
      ],
      [
        `block/${block}`,
        'retention',
        { fact: 'exceptions', partition: `exception_${block}`, rows: 1, open: 0, feeds },
      ],
      [
        `block/${block}`,
        'retention',
        {
          fact: 'usage',
          partition: `usage_${block}`,
          rows: 1,
          fromDate: '2026-03-01T00:00:00Z',
          toDate: '2026-03-01T00:00:00Z',
          amounts: { USD: '0.25' },
          feeds,
        },
      ],
    ]);
    for (const table of ['import_body', 'usage', 'exception']) {
      expect([table, await count(`${table} WHERE import_id < 4294967296`), await count(table)]).toEqual([
        table,
        1,
        1,
      ]);
    }
    expect(await count('import')).toBe(2);
  });

  it('stay while a feed of the block keeps them, also one that has changed its mind', async () => {
    const { feedId, block } = await settledFeed({ bodies: 'P40D' });
    await keep(feedId, { bodies: 'P400D' });
    await pass(50);
    await job.run();
    expect(await tables(block)).toHaveLength(3);
    await keep(feedId, { bodies: 'P50D' });
    await job.run();
    expect(await tables(block)).toHaveLength(2);
  });

  it('stay while work is under way in their block', async () => {
    const feedId = await feed('short', { bodies: 'P1D', exceptions: 'P1D', usage: 'P1D' });
    await importOf(feedId);
    const pending = await importOf(feedId, 'running');
    const block = await blockOf(feedId);
    for (let day = 0; day < 4; day++) {
      await pass(2);
      await job.run();
    }
    expect(await tables(block)).toHaveLength(3);
    await pool.query(
      `UPDATE import SET status = 'completed', ended_at = now(), imported = 1, exception = 1, skipped = 0, duplicate = 0 WHERE id = $1`,
      [pending],
    );
    await job.run();
    expect(await tables(block)).toEqual([]);
  });

  it.each(FACTS)(
    '(%s) stay while a correction of their block is created, and until it has ended',
    async (fact) => {
      const { importId, feedId, block } = await settledFeed({ [fact]: 'P40D' });
      await pass(60);
      const chunkId = await inTransaction(pool, async (client) => {
        await lockCorrections(client, 'exclusive');
        const { rows } = await client.query<{ id: number }>(
          `WITH c AS (
             INSERT INTO chunk (import_id, feed_id, profile_version_id, kind, first_index, total, origins)
             VALUES (next_import_id(0), $1, 1, 1, 0, 1, ARRAY[$2::bigint, 0, 0]) RETURNING id
           ) INSERT INTO correction_origin SELECT $2::bigint, id FROM c RETURNING chunk_id AS id`,
          [feedId, importId],
        );
        await job.run();
        expect(await tables(block)).toHaveLength(3);
        return rows[0]!.id;
      });
      await job.run();
      expect(await tables(block)).toHaveLength(3);
      expect(await one('SELECT exception_reasons FROM import WHERE id = $1', [importId])).toEqual({
        exception_reasons: null,
      });
      await pool.query(`UPDATE chunk SET state = 1, verdicts = 's', skipped = 1 WHERE id = $1`, [chunkId]);
      await job.run();
      expect(await tables(block)).toHaveLength(2);
    },
  );

  it('stay until nothing can be on its way into their block', async () => {
    const feedId = await feed('short', { bodies: 'P1D' });
    await importOf(feedId);
    const block = await blockOf(feedId);
    await pass(32);
    await job.run();
    await job.run();
    expect(
      await one('SELECT closed_at IS NOT NULL AS closed, settled_at FROM import_block WHERE id = $1', [
        block,
      ]),
    ).toEqual({
      closed: true,
      settled_at: null,
    });
    expect(await tables(block)).toHaveLength(3);
  });

  it('stay while usage in their block was corrected a short time ago', async () => {
    const { feedId, importId, block } = await settledFeed({ usage: 'P40D' });
    const { id } = await one<{ id: number }>('INSERT INTO posting (entries) VALUES (1) RETURNING id');
    await pool.query(
      `INSERT INTO usage (import_id, posting_id, produced_by, date, record_index, feed_id, profile_version_id, part,
         generation, kind, flags, value, time_zone)
       VALUES ($1, $3, $1, '2026-03-01Z', 0, $2, 1, 0, 1, 1, 0, -7, 'UTC')`,
      [importId, feedId, id],
    );
    await pass(10);
    await job.run();
    expect(await tables(block)).toHaveLength(3);
    await pool.query(`
      ALTER TABLE posting DISABLE TRIGGER append_only;
      UPDATE posting SET posted_at = posted_at - interval '42 days';
      ALTER TABLE posting ENABLE TRIGGER append_only`);
    await job.run();
    expect(await tables(block)).toHaveLength(2);
  });

  it('leave the reasons of exceptions with their imports before anybody misses them', async () => {
    const { importId, block } = await settledFeed({ exceptions: 'P40D' });
    await pass(10);
    const reader = await pool.connect();
    await reader.query('BEGIN');
    await reader.query('SELECT count(*) FROM exception');
    const running = job.run();
    await until(async () => (await count('expired_facts')) === 1);
    expect(await tables(block)).toHaveLength(3);
    expect(await one('SELECT exception_reasons AS reasons FROM import WHERE id = $1', [importId])).toEqual({
      reasons: { rate_not_found: 1 },
    });
    await reader.query('COMMIT');
    reader.release();
    await running;
    expect(await tables(block)).toHaveLength(2);
  });
});

describe('a drop', () => {
  it('keeps nobody waiting, and waits for those who read', async () => {
    const other = await feed('other');
    const otherId = await importOf(other);
    const { block } = await settledFeed({ usage: 'P40D' });
    await pass(10);
    const reader = await pool.connect();
    await reader.query('BEGIN');
    await reader.query('SELECT count(*) FROM usage');
    const running = job.run();
    await sleep(300);
    const started = Date.now();
    await entry(otherId, other, 5);
    expect(await count('usage')).toBe(2);
    await feed('new', { usage: 'P70D' });
    expect(Date.now() - started).toBeLessThan(1000);
    expect(await tables(block)).toHaveLength(3);
    await reader.query('COMMIT');
    reader.release();
    await running;
    expect(await tables(block)).toHaveLength(2);
  });

  it('goes on where it was ended: before, while and after its partition was detached', async () => {
    const { block } = await settledFeed({ bodies: 'P40D', exceptions: 'P40D', usage: 'P40D' });
    await pass(10);
    await pool.query(`INSERT INTO expired_facts (block_id, fact) SELECT $1, unnest($2::text[])`, [
      block,
      FACTS,
    ]);
    await pool.query(`ALTER TABLE import_body DETACH PARTITION import_body_${block}`);
    const reader = await pool.connect();
    await reader.query('BEGIN');
    await reader.query('SELECT count(*) FROM usage');
    const ended = await pool.connect();
    await ended.query(`SET statement_timeout = 200`);
    await expect(
      ended.query(`ALTER TABLE usage DETACH PARTITION usage_${block} CONCURRENTLY`),
    ).rejects.toThrow('timeout');
    ended.release(true);
    await reader.query('COMMIT');
    reader.release();
    expect(await count('pg_inherits WHERE inhdetachpending')).toBe(1);
    await job.run();
    expect(await tables(block)).toEqual([]);
    expect((await audited()).map(({ before }) => before.fact).sort()).toEqual([...FACTS].sort());
    expect(await count('expired_facts WHERE dropped_at IS NULL')).toBe(0);
  });

  it('is done by one process at a time', async () => {
    const { block } = await settledFeed({ bodies: 'P40D', exceptions: 'P40D', usage: 'P40D' });
    await pass(10);
    await Promise.all(Array.from({ length: 4 }, () => job.run()));
    await job.run();
    expect(await tables(block)).toEqual([]);
    expect(await audited()).toHaveLength(3);
  });
});
