import type pg from 'pg';
import { createPool, inTransaction, lockCorrections } from '../database/index.js';
import { type TestDatabase, createTestDatabase } from '../../../../test/support/database.js';
import { type NewCorrection, createCorrection } from './create-correction.js';

let database: TestDatabase;
let pool: pg.Pool;
let feedId: number;
let profileVersionId: number;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createPool(database.url, 'test', 4, () => undefined);
  const { rows } = await pool.query<{ feed_id: number; version_id: number }>(`
    WITH p AS (INSERT INTO profile (name) VALUES ('plain') RETURNING id),
    v AS (INSERT INTO profile_version (profile_id, version, status, definition, created_by)
      SELECT id, 1, 'published', '{}', 'test' FROM p RETURNING id),
    s AS (INSERT INTO key_scope DEFAULT VALUES RETURNING id),
    f AS (INSERT INTO feed (name, api_name, format, profile_id, usage_key, key_scope_id)
      SELECT 'usage', 'usage', 'records', p.id, '{"fields":["id"]}', s.id FROM p, s RETURNING id)
    SELECT f.id AS feed_id, v.id AS version_id FROM f, v`);
  ({ feed_id: feedId, version_id: profileVersionId } = rows[0]!);
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

const create = (more: Partial<NewCorrection>) =>
  inTransaction(pool, async (client) => {
    await lockCorrections(client, 'exclusive');
    return createCorrection(client, {
      operation: 'all',
      channel: 'reprocess',
      feedId,
      profileVersionId,
      referenceVersion: null,
      origins: [{ isTest: false, places: [17, 0, 1] }],
      reason: 'a wrong price',
      requester: { keyId: 4, name: 'ops' },
      ...more,
    });
  });
const chunksOf = async (importId: number) =>
  (
    await pool.query(
      `SELECT kind, first_index, total, state, origins::text, reference_version, is_test, next_at::text
       FROM chunk WHERE import_id = $1 ORDER BY id`,
      [importId],
    )
  ).rows;

describe('a correction', () => {
  it('is an import with chunks of a thousand, and says which imports they decide again about', async () => {
    const created = await create({
      origins: [{ isTest: true, places: [17, 0, 899, 20, 5, 204] }],
      referenceVersion: 9,
    });
    expect(created).toMatchObject({ total: 1100 });
    const { rows } = await pool.query(
      `SELECT i.tracking_id, i.channel, i.status, i.total, i.key_id, i.reprocess_of, c.operation, c.reason, c.actor
       FROM import i JOIN correction c ON c.import_id = i.id WHERE i.id = $1`,
      [created.importId],
    );
    expect(rows).toEqual([
      {
        tracking_id: created.trackingId,
        channel: 'reprocess',
        status: 'running',
        total: 1100,
        key_id: 4,
        reprocess_of: null,
        operation: 'all',
        reason: 'a wrong price',
        actor: 'ops',
      },
    ]);
    const chunk = { kind: 1, state: 0, reference_version: 9, is_test: true, next_at: '-infinity' };
    expect(await chunksOf(created.importId)).toEqual([
      { ...chunk, first_index: 0, total: 1000, origins: '{17,0,899,20,5,104}' },
      { ...chunk, first_index: 1000, total: 100, origins: '{20,105,204}' },
    ]);
    const origins = await pool.query(
      `SELECT o.import_id, c.first_index FROM correction_origin o JOIN chunk c ON c.id = o.chunk_id
       WHERE c.import_id = $1 ORDER BY 1, 2`,
      [created.importId],
    );
    expect(origins.rows).toEqual([
      { import_id: 17, first_index: 0 },
      { import_id: 20, first_index: 0 },
      { import_id: 20, first_index: 1000 },
    ]);
  });

  it('of records of both modes is one import', async () => {
    const { importId, total } = await create({
      origins: [
        { isTest: false, places: [17, 0, 1, 17, 4, 1002] },
        { isTest: true, places: [17, 2, 3] },
      ],
    });
    expect(total).toBe(1003);
    expect(await chunksOf(importId)).toMatchObject([
      { first_index: 0, total: 1000, is_test: false },
      { first_index: 1000, total: 1, is_test: false },
      { first_index: 1001, total: 2, is_test: true, origins: '{17,2,3}' },
    ]);
  });

  it('of a million records is created in seconds', async () => {
    const places = Array.from({ length: 100_000 }, (_, n) => [n + 1, 0, 9]).flat();
    const begun = Date.now();
    const { importId, total } = await create({ origins: [{ isTest: false, places }] });
    expect(total).toBe(1_000_000);
    expect(await chunksOf(importId)).toHaveLength(1000);
    expect(Date.now() - begun).toBeLessThan(10_000);
  });
});
