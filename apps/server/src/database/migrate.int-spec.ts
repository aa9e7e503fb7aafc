import pg from 'pg';
import { createEmptyDatabase, type TestDatabase } from '../../../../test/support/database.js';
import { migrate, migrations } from './index.js';

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
});
