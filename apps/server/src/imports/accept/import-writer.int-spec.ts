import { randomBytes } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import type pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { createPool } from '../../database/index.js';
import { type TestDatabase, createTestDatabase } from '../../../../../test/support/database.js';
import { insertFeed } from '../testing/rows.js';
import { findStanding } from './earlier-import.js';
import { ExpiredKeys } from './expired-keys.js';
import type { NewImport } from './import-statement.js';
import { ImportWriter } from './import-writer.js';

let database: TestDatabase;
let pool: pg.Pool;

beforeEach(async () => {
  database = await createTestDatabase();
  pool = createPool(database.url, 'test', 8, () => undefined);
});
afterEach(async () => {
  await pool.end();
  await database.drop();
});

async function publishedFeed(apiName: string): Promise<{ feedId: number; versionId: number }> {
  const feed = await insertFeed(pool, apiName);
  await pool.query('UPDATE profile SET published_version_id = $1 WHERE name = $2', [feed.versionId, apiName]);
  return feed;
}

const importOf = (feedId: number, more: Partial<NewImport> = {}): NewImport => ({
  trackingId: uuidv7(),
  feedId,
  keyId: 1,
  source: null,
  total: 1,
  contentType: 'application/json',
  rawBytes: 2,
  hasExactNumbers: false,
  sha256: randomBytes(32),
  body: gzipSync('{}'),
  idempotency: null,
  ...more,
});
const count = async (table: string) =>
  (await pool.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${table}`)).rows[0]!.n;

describe('ImportWriter', () => {
  it('stores an import whole, its records in chunks of a thousand', async () => {
    const { feedId, versionId } = await publishedFeed('usage');
    const body = gzipSync('{"v":1}');
    const item = importOf(feedId, {
      total: 2001,
      body,
      rawBytes: 7,
      source: 'a.json',
      hasExactNumbers: true,
    });
    expect(await new ImportWriter(pool).write(item)).toBe(true);
    const { rows } = await pool.query(
      `SELECT i.tracking_id, i.total, i.status, i.source, i.profile_version_id, b.content_type, b.raw_bytes, b.sha256, b.body,
         b.has_exact_numbers, (SELECT json_agg(json_build_array(first_index, total, feed_id) ORDER BY id) FROM chunk) AS chunks
       FROM import i JOIN import_body b ON b.import_id = i.id`,
    );
    expect(rows).toEqual([
      {
        tracking_id: item.trackingId,
        total: 2001,
        status: 'running',
        source: 'a.json',
        profile_version_id: versionId,
        content_type: 'application/json',
        raw_bytes: 7,
        sha256: item.sha256,
        body,
        has_exact_numbers: true,
        chunks: [
          [0, 1000, feedId],
          [1000, 1000, feedId],
          [2000, 1, feedId],
        ],
      },
    ]);
  });

  it('gives every import of a group its own body', async () => {
    const { feedId } = await publishedFeed('usage');
    const writer = new ImportWriter(pool);
    const items = Array.from({ length: 200 }, (_, i) =>
      importOf(feedId, { source: `${i}`, body: gzipSync(`body ${i}`) }),
    );
    expect(new Set(await Promise.all(items.map((item) => writer.write(item))))).toEqual(new Set([true]));
    const { rows } = await pool.query<{ source: string; body: Buffer }>(
      'SELECT i.source, b.body FROM import i JOIN import_body b ON b.import_id = i.id',
    );
    expect(rows).toHaveLength(200);
    for (const { source, body } of rows) expect(gunzipSync(body).toString()).toBe(`body ${source}`);
  });

  it('stores nothing for a feed that is unknown, disabled or without a published version, and all of the others', async () => {
    const [usable, disabled, unpublished] = [
      await publishedFeed('usable'),
      await publishedFeed('disabled'),
      await publishedFeed('unpublished'),
    ];
    await pool.query('UPDATE feed SET enabled = false WHERE id = $1', [disabled.feedId]);
    await pool.query(`UPDATE profile SET published_version_id = NULL WHERE name = 'unpublished'`);
    const writer = new ImportWriter(pool);
    const feedIds = [usable.feedId, disabled.feedId, unpublished.feedId, 999_999, usable.feedId];
    expect(await Promise.all(feedIds.map((id) => writer.write(importOf(id))))).toEqual([
      true,
      false,
      false,
      false,
      true,
    ]);
    expect(await Promise.all(['import', 'import_body', 'chunk'].map(count))).toEqual([2, 2, 2]);
  });

  it('lets one bad import of a group fail alone', async () => {
    const { feedId } = await publishedFeed('usage');
    const writer = new ImportWriter(pool);
    const items = Array.from({ length: 20 }, (_, i) =>
      importOf(feedId, i === 13 ? { source: 'nul \0' } : {}),
    );
    const results = await Promise.allSettled(items.map((item) => writer.write(item)));
    expect(results.map(({ status }) => status)).toEqual(
      items.map((_, i) => (i === 13 ? 'rejected' : 'fulfilled')),
    );
    expect(await count('import')).toBe(19);
  });

  it('gives an idempotency key to one import, however many processes try', async () => {
    const { feedId } = await publishedFeed('usage');
    const idempotency = { key: 'k', sha256: randomBytes(32) };
    const processes = Array.from({ length: 8 }, () => new ImportWriter(pool));
    const results = await Promise.all(
      processes.map((writer) => writer.write(importOf(feedId, { idempotency }))),
    );
    expect(results.filter(Boolean)).toHaveLength(1);
    expect(await Promise.all(['import', 'chunk', 'idempotency'].map(count))).toEqual([1, 1, 1]);
    const standing = await findStanding(pool, feedId, 'k');
    expect(standing).toMatchObject({
      enabled: true,
      earlier: { sha256: idempotency.sha256, status: 'queued' },
    });
  });

  it('does not wait for a key that another transaction is claiming', async () => {
    const { feedId } = await publishedFeed('usage');
    const other = await pool.connect();
    await other.query('BEGIN');
    await other.query('SELECT pg_advisory_xact_lock($1::integer, hashtext($2))', [feedId, 'k']);
    const idempotency = { key: 'k', sha256: randomBytes(32) };
    expect(await new ImportWriter(pool).write(importOf(feedId, { idempotency }))).toBe(false);
    await other.query('ROLLBACK');
    other.release();
    expect(await new ImportWriter(pool).write(importOf(feedId, { idempotency }))).toBe(true);
  });

  it('gives a key away again when its time is over, taken away or not', async () => {
    const { feedId } = await publishedFeed('usage');
    const write = () =>
      new ImportWriter(pool).write(importOf(feedId, { idempotency: { key: 'k', sha256: randomBytes(32) } }));
    expect(await write()).toBe(true);
    expect(await write()).toBe(false);
    const { rows } = await pool.query<{ kept: boolean }>(
      `SELECT expires_at > now() + interval '24 hours' AS kept FROM idempotency`,
    );
    expect(rows).toEqual([{ kept: true }]);
    await pool.query(`UPDATE idempotency SET expires_at = now() - interval '1 second'`);
    expect(await write()).toBe(true);
    await pool.query(`UPDATE idempotency SET expires_at = now() - interval '1 second'`);
    await new ExpiredKeys(pool).remove();
    expect(await count('idempotency')).toBe(0);
  });
});
