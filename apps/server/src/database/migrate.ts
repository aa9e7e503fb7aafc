import { DataSource } from 'typeorm';
import pg from 'pg';
import { migrations } from './migrations/index.js';
import { requireVersion } from './postgres-version.js';
import { unreachable } from './unreachable.js';

/** Any number of processes may start at once: one migrates, the others wait for it here. */
const MIGRATION_LOCK = 7_301_994_221;

/**
 * Brings a database to the schema of this release.
 * @throws ConfigError where Postgres cannot be reached; Error where it is too old, or what Postgres says; nothing is half
 * done, each migration is one transaction.
 */
export async function migrate(databaseUrl: string): Promise<void> {
  const lock = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 5000 });
  await lock.connect().catch((error: unknown) => {
    throw unreachable(lock, error);
  });
  try {
    const { rows } = await lock.query<{ version: number }>(
      `SELECT current_setting('server_version_num')::int AS version`,
    );
    requireVersion(rows[0]!.version);
    await lock.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const source = new DataSource({ type: 'postgres', url: databaseUrl, migrations });
    await source.initialize();
    try {
      await source.runMigrations({ transaction: 'each' });
    } finally {
      await source.destroy();
    }
  } finally {
    await lock.end();
  }
}
