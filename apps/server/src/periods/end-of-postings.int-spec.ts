import pg from 'pg';
import { type TestDatabase, createTestDatabase } from '../../../../test/support/database.js';
import { createPool } from '../database/index.js';
import { untilPostingsEnd } from './end-of-postings.js';

describe('untilPostingsEnd', () => {
  let database: TestDatabase;
  let pool: pg.Pool;

  beforeAll(async () => {
    database = await createTestDatabase();
    pool = createPool(database.url, 'test', 3, () => undefined);
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  it('waits for those who were posting when it was called, in bounds, and for nobody who comes later', async () => {
    expect(await untilPostingsEnd(pool, 0)).toBe(true);
    const [early, late] = [await pool.connect(), await pool.connect()];
    const post = async (client: pg.PoolClient) => {
      await client.query('BEGIN');
      await client.query('INSERT INTO posting (entries) VALUES (0)');
    };
    await post(early);
    expect(await untilPostingsEnd(pool, 120)).toBe(false);
    const ended = untilPostingsEnd(pool, 10_000);
    await pool.query('SELECT');
    await post(late);
    await early.query('ROLLBACK');
    expect(await ended).toBe(true);
    await late.query('ROLLBACK');
    for (const client of [early, late]) client.release();
  });
});
