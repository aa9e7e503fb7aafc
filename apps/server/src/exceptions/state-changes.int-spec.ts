import type pg from 'pg';
import { createPool } from '../database/index.js';
import { type TestDatabase, createTestDatabase } from '../../../../test/support/database.js';
import type { Selected } from './selected.js';
import { reopenExceptions } from './state-changes.js';

const SCOPE = 1;
const CHANGE = { reason: 'a test', actor: 'ops' };
const MAKE = 'INSERT INTO key_cell (scope_id, key, state, generation) VALUES ($1, $2, 0, 0)';
const LOCK = 'SELECT FROM key_cell WHERE scope_id = $1 AND key = $2 FOR UPDATE';

let database: TestDatabase;
let pool: pg.Pool;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createPool(database.url, 'test', 4, () => undefined);
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

/** A discarded exception that held its key. */
async function discarded(index: number, key: string): Promise<Selected> {
  await pool.query(
    `INSERT INTO exception_state (import_id, record_index, status, held_hash) VALUES (17, $1, 'discarded', '\\x01')`,
    [index],
  );
  return {
    import_id: 17,
    record_index: index,
    feed_id: 1,
    code: 'rate_not_found',
    status: 'discarded',
    usage_key: key,
    scope_id: SCOPE,
    is_under_correction: false,
  };
}

async function untilOneWaits(): Promise<void> {
  const waiting = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  while ((await pool.query(waiting)).rowCount === 0);
}

describe('reopening', () => {
  it('locks keys in their order, also those whose cells have gone, as chunks do', async () => {
    const exceptions = [await discarded(0, 'gone'), await discarded(1, 'kept')];
    const [operator, chunk] = [await pool.connect(), await pool.connect()];
    try {
      await pool.query(MAKE, [SCOPE, 'kept']);
      await chunk.query('BEGIN');
      await chunk.query(MAKE, [SCOPE, 'gone']);
      await operator.query('BEGIN');
      const reopened = reopenExceptions(operator, exceptions, CHANGE);
      await untilOneWaits();
      await chunk.query(LOCK, [SCOPE, 'kept']);
      await chunk.query('COMMIT');
      expect(await reopened).toHaveLength(2);
      await operator.query('COMMIT');
    } finally {
      operator.release(true);
      chunk.release(true);
    }
    const { rows } = await pool.query('SELECT key, open_index FROM key_cell ORDER BY key');
    expect(rows).toEqual([
      { key: 'gone', open_index: 0 },
      { key: 'kept', open_index: 1 },
    ]);
  });
});
