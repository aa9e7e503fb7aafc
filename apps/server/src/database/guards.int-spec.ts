import pg from 'pg';
import { type TestDatabase, createTestDatabase } from '../../../../test/support/database.js';

/** Working state and secrets: what is lost with them is made again. */
const MAY_BE_EMPTIED = new Set([
  'api_key',
  'api_key_secret',
  'dispatch_turn',
  'idempotency',
  'migrations',
  'ring',
  'token_secret',
  'worker',
]);

describe('the tables of the application’s own user', () => {
  let database: TestDatabase;
  let client: pg.Client;

  beforeAll(async () => {
    database = await createTestDatabase();
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await client.query('SELECT open_spare_block()');
  });
  afterAll(async () => {
    await client?.end();
    await database?.drop();
  });

  const tables = async () =>
    (
      await client.query<{ name: string }>(
        `SELECT relname AS name FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace ORDER BY 1`,
      )
    ).rows.map(({ name }) => name);

  it('cannot be emptied where they hold facts or say what these mean, nor can their partitions', async () => {
    const { rows } = await client.query('SELECT rolsuper FROM pg_roles WHERE rolname = current_user');
    expect(rows).toEqual([{ rolsuper: false }]);
    const emptied: string[] = [];
    for (const table of await tables()) {
      for (const how of ['', ' CASCADE']) {
        await client.query('BEGIN');
        try {
          await client.query(`TRUNCATE ${table}${how}`);
          emptied.push(table);
        } catch (error) {
          expect([table, (error as Error).message]).toEqual([
            table,
            expect.stringMatching(/truncate|foreign key/),
          ]);
        }
        await client.query('ROLLBACK');
      }
    }
    expect([...new Set(emptied)]).toEqual([...MAY_BE_EMPTIED].sort());
  });

  it('let partitions of facts leave whole', async () => {
    const before = await tables();
    expect(before).toEqual(
      expect.arrayContaining(['usage_2', 'exception_2', 'import_body_2', 'record_revision_2']),
    );
    await client.query('ALTER TABLE usage DETACH PARTITION usage_2 CONCURRENTLY');
    await expect(client.query('TRUNCATE usage_2')).rejects.toThrow(/append-only/);
    await client.query('DROP TABLE usage_2');
    expect(await tables()).toEqual(before.filter((table) => table !== 'usage_2'));
  });
});
