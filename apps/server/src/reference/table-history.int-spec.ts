import pg from 'pg';
import { type TestDatabase, createTestDatabase } from '../../../../test/support/index.js';
import { connectionConfig } from '../database/index.js';
import { TableCache } from './table-cache.js';
import { countTableRows, liveTableRows, type TableRecord } from './table-rows.js';

const VERSIONS = 5000;
const KEYS = 10;

interface Plan {
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly Plan[];
}

let database: TestDatabase;
let client: pg.Client;
let table: TableRecord;
/** The most rows that a node of a plan has read. */
let mostRead = 0;

const readBy = (plan: Plan): number =>
  Math.max(
    (plan['Actual Rows'] + (plan['Rows Removed by Filter'] ?? 0)) * plan['Actual Loops'],
    ...(plan.Plans ?? []).map(readBy),
  );

const explained = {
  query: (async (sql: string, values: unknown[]) => {
    const { rows } = await client.query<{ 'QUERY PLAN': { Plan: Plan }[] }>(
      `EXPLAIN (ANALYZE, FORMAT JSON) ${sql}`,
      values,
    );
    mostRead = Math.max(mostRead, readBy(rows[0]!['QUERY PLAN'][0]!.Plan));
    return client.query(sql, values);
  }) as unknown as pg.PoolClient['query'],
} as pg.PoolClient;

/** Ten keys, changed with each version: what is true now is a five-thousandth of what was. */
beforeAll(async () => {
  database = await createTestDatabase();
  client = new pg.Client(connectionConfig(database.url, 'test'));
  await client.connect();
  await client.query(`
    INSERT INTO lookup_table (name, key_columns, columns) VALUES ('busy', '{code}', '{code}'), ('quiet', '{code}', '{code}');
    INSERT INTO reference_change (version, actor, kind, summary)
    SELECT v, 'test', 'tables', jsonb_build_object('table', 'busy') FROM generate_series(1, ${VERSIONS - 1}) v;
    INSERT INTO reference_change (version, actor, kind, summary) VALUES (${VERSIONS}, 'test', 'tables', '{"table":"quiet"}');
    INSERT INTO lookup_row (table_id, key, cells, created_version, closed_version)
    SELECT t.id, format('["%s"]', k), jsonb_build_object('code', k::text), v, nullif(v + 1, ${VERSIONS})
    FROM lookup_table t, generate_series(1, ${VERSIONS - 1}) v, generate_series(1, ${KEYS}) k WHERE t.name = 'busy'`);
  await client.query('VACUUM ANALYZE lookup_row');
  await client.query('VACUUM ANALYZE reference_change');
  const { rows } = await client.query<TableRecord>(`SELECT * FROM lookup_table WHERE name = 'busy'`);
  table = rows[0]!;
});
afterAll(async () => {
  await client?.end();
  await database?.drop();
});

describe('a table with a long history', () => {
  it.each<[string, () => Promise<unknown>, unknown]>([
    ['counted', () => countTableRows(explained, table.id), KEYS],
    ['read by key', async () => (await liveTableRows(explained, table, ['["1"]', '["2"]'])).length, 2],
    [
      'held as it is',
      async () =>
        (await new TableCache().get(explained.query.bind(explained), 'busy', VERSIONS))!.rows.length,
      KEYS,
    ],
    [
      'held as it was a moment ago',
      async () =>
        (await new TableCache().get(explained.query.bind(explained), 'busy', VERSIONS - 2))!.rows.length,
      KEYS,
    ],
  ])('is %s without it', async (_, read, found) => {
    mostRead = 0;
    expect(await read()).toBe(found);
    expect(mostRead).toBeLessThanOrEqual(3 * KEYS);
  });
});
