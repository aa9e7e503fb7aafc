import pg from 'pg';
import { DataSource } from 'typeorm';
import { createEmptyDatabase, type TestDatabase } from '../../../../test/support/database.js';
import { insertChunks, insertFeed } from '../imports/testing/rows.js';
import { createPool, migrate, migrations } from './index.js';

describe('migrate', () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await createEmptyDatabase();
  });
  afterEach(() => database.drop());

  it('lets three processes that start at once on an empty database migrate it once', async () => {
    await Promise.all([migrate(database.url), migrate(database.url), migrate(database.url)]);
    await migrate(database.url);
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    try {
      const { rows } = await client.query('SELECT name FROM migrations');
      expect(rows).toHaveLength(migrations.length);
    } finally {
      await client.end();
    }
  });

  it('marks what is there of feeds in test mode, and keeps facts from being changed afterwards', async () => {
    const before = migrations.filter(({ name }) => !(name.slice(-4) > '0009'));
    expect(before).toHaveLength(9);
    const source = new DataSource({ type: 'postgres', url: database.url, migrations: before });
    await source.initialize();
    await source.runMigrations({ transaction: 'each' });
    await source.destroy();
    const pool = createPool(database.url, 'test', 2, () => undefined);
    try {
      const feeds = [await insertFeed(pool, 'live'), await insertFeed(pool, 'trial')] as const;
      await pool.query(`UPDATE feed SET mode = 'test' WHERE api_name = 'trial'`);
      // A block of their own: partitions are marked like the tables that they are part of.
      await pool.query(`UPDATE feed SET block_id = block_for('{"bodies": "P9D"}') WHERE api_name = 'trial'`);
      for (const feed of feeds) {
        const [finished] = await insertChunks(pool, feed, 1, { total: 2 });
        await insertChunks(pool, feed, 1);
        await pool.query(
          `UPDATE chunk SET state = 1, verdicts = 'ee', exception = 2, ended_at = now() WHERE id = $1`,
          [finished!.chunkId],
        );
        await pool.query(
          `INSERT INTO exception (import_id, record_index, produced_by, feed_id, stage, code, message, fingerprint, raw)
           SELECT $1, n, $1, $2, 'mediate', 'invalid_value', 'm', 'f', '{}' FROM generate_series(0, 1) n`,
          [finished!.importId, feed.feedId],
        );
        await pool.query(
          `INSERT INTO exception_state (import_id, record_index, status, revision) VALUES ($1, 0, 'discarded', 0)`,
          [finished!.importId],
        );
      }
      await migrate(database.url);

      const marked = async (table: string) =>
        (
          await pool.query(
            `SELECT f.api_name AS feed, t.is_test, count(*)::int AS n FROM ${table} t JOIN feed f ON f.id = t.feed_id
             GROUP BY 1, 2 ORDER BY 1`,
          )
        ).rows;
      for (const table of ['exception', 'chunk']) {
        expect(await marked(table)).toEqual([
          { feed: 'live', is_test: false, n: 2 },
          { feed: 'trial', is_test: true, n: 2 },
        ]);
      }
      expect((await pool.query('SELECT DISTINCT attempt FROM exception')).rows).toEqual([{ attempt: 0 }]);
      expect((await pool.query('SELECT status, attempt FROM exception_state')).rows).toEqual(
        Array(2).fill({ status: 'discarded', attempt: 0 }),
      );
      for (const sql of [
        'UPDATE exception SET is_test = false',
        `UPDATE chunk SET is_test = false WHERE state = 1`,
      ]) {
        await expect(pool.query(sql)).rejects.toThrow(/append-only/);
      }
      const { rows: blocks } = await pool.query<{ id: number }>('SELECT id FROM import_block');
      for (const { id } of blocks) {
        expect((await pool.query(`SELECT FROM record_revision_${id}`)).rows).toEqual([]);
      }
    } finally {
      await pool.end();
    }
  });
});
