import type pg from 'pg';
import { type TestDatabase, createTestDatabase } from '../../../../../test/support/database.js';
import { createPool } from '../../database/index.js';
import { insertFeed } from '../testing/rows.js';
import { forgetKeys } from './forget-keys.js';

describe('forgetKeys', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  let feed: { feedId: number; versionId: number; scopeId: number };
  let imports = 0;

  beforeEach(async () => {
    database = await createTestDatabase();
    pool = createPool(database.url, 'test', 4, () => undefined);
    feed = await insertFeed(pool, 'f');
    await keep('P40D');
  });
  afterEach(async () => {
    await pool.end();
    await database.drop();
  });

  const keep = (retention: string, feedId = feed.feedId) =>
    pool.query('UPDATE feed SET key_retention = $2 WHERE id = $1', [feedId, retention]);

  /** Live usage of a key, in parts of these ages. */
  const live = async (key: string, daysAgo: number[], cell = 'state = 1', feedId = feed.feedId) => {
    const id = ++imports;
    await pool.query(
      `INSERT INTO usage (import_id, posting_id, produced_by, date, record_index, feed_id, profile_version_id, part, generation,
         kind, flags, value, time_zone, usage_key)
       SELECT $1, 1, $1, now() - make_interval(secs => d * 86400), 0, $2, $3, n, 1, 0, 0, 1, 'UTC', $4
       FROM unnest($5::numeric[]) WITH ORDINALITY AS t(d, n)`,
      [id, feedId, feed.versionId, key, daysAgo],
    );
    await pool.query(
      `INSERT INTO key_cell (scope_id, key, state, generation, import_id, record_index, decoded_hash)
       VALUES ($1, $2, 1, 1, $3, 0, '\\x00')`,
      [feed.scopeId, key, id],
    );
    await pool.query(`UPDATE key_cell SET ${cell} WHERE key = $1`, [key]);
  };
  const keys = async () =>
    (await pool.query<{ key: string }>('SELECT key FROM key_cell ORDER BY key')).rows.map((r) => r.key);

  it('takes the keys of old usage away, a day after the feed has stopped to take it', async () => {
    await live('old', [400]);
    await live('last day', [40.5]);
    await live('young', [39]);
    expect(await forgetKeys(pool)).toBe(1);
    expect(await keys()).toEqual(['last day', 'young']);
    expect(await forgetKeys(pool)).toBe(0);
  });

  it('leaves keys whose record is old in parts only, was corrected, voided, or waits for an exception', async () => {
    await live('parts', [400, 1]);
    await live('corrected', [400], 'generation = 2');
    await live('voided', [400], 'state = 2');
    await live('waiting', [400], 'open_import_id = 7, open_index = 0');
    await live('replaced', [400], 'import_id = 99');
    expect(await forgetKeys(pool)).toBe(0);
  });

  it('goes by the feed of a shared scope that keeps keys longest', async () => {
    const other = await insertFeed(pool, 'g');
    await pool.query('UPDATE feed SET key_scope_id = $2 WHERE id = $1', [other.feedId, feed.scopeId]);
    await live('old', [400]);
    await keep('forever', other.feedId);
    expect(await forgetKeys(pool)).toBe(0);
    await keep('P300D', other.feedId);
    expect(await forgetKeys(pool)).toBe(1);
  });

  it('remembers how far keys are forgotten, also when they are kept longer from then on', async () => {
    await live('old', [400]);
    await forgetKeys(pool);
    const before = async () =>
      (
        await pool.query<{ days: string }>(
          'SELECT round(extract(epoch FROM now() - forgotten_before) / 86400, 1) AS days FROM key_scope WHERE id = $1',
          [feed.scopeId],
        )
      ).rows[0]!.days;
    expect(await before()).toBe('41.0');
    await keep('P400D');
    await forgetKeys(pool);
    expect(await before()).toBe('41.0');
    await keep('P10D');
    await forgetKeys(pool);
    expect(await before()).toBe('11.0');
  });
});
