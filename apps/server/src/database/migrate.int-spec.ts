import pg from 'pg';
import { DataSource } from 'typeorm';
import { createEmptyDatabase, type TestDatabase } from '../../../../test/support/database.js';
import { createPool, migrate, migrations } from './index.js';

/**
 * At 0009: a feed in live and one in test mode, each with a finished chunk of two exceptions, of which one was discarded,
 * and a pending chunk. The feed in test mode has a block of its own: partitions are marked like the tables they are part of.
 */
const FILLED = `
INSERT INTO profile (name) VALUES ('p');
INSERT INTO profile_version (profile_id, version, status, definition, created_by) SELECT id, 1, 'published', '{}', 'test' FROM profile;
INSERT INTO key_scope DEFAULT VALUES;
INSERT INTO feed (name, api_name, format, profile_id, usage_key, key_scope_id, mode)
SELECT n, n, 'records', p.id, '{"fields":["id"]}', s.id, n FROM profile p, key_scope s, unnest(ARRAY['live', 'test']) n;
UPDATE feed SET block_id = block_for('{"bodies": "P9D"}') WHERE mode = 'test';
INSERT INTO import (id, tracking_id, feed_id, profile_version_id, total)
SELECT next_import_id(f.block_id), gen_random_uuid(), f.id, v.id, 3 FROM feed f, profile_version v;
INSERT INTO chunk (import_id, feed_id, profile_version_id, first_index, total)
SELECT i.id, i.feed_id, i.profile_version_id, c.first, c.total FROM import i, (VALUES (0, 2), (2, 1)) c (first, total);
UPDATE chunk SET state = 1, verdicts = 'ee', exception = 2, ended_at = now() WHERE first_index = 0;
INSERT INTO exception (import_id, record_index, produced_by, feed_id, stage, code, message, fingerprint, raw)
SELECT id, n, id, feed_id, 'mediate', 'invalid_value', 'm', 'f', '{}' FROM import, generate_series(0, 1) n;
INSERT INTO exception_state (import_id, record_index, status, revision) SELECT id, 0, 'discarded', 0 FROM import;
`;

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
      await pool.query(FILLED);
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
          { feed: 'test', is_test: true, n: 2 },
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
