import pg from 'pg';
import { migrate } from '../../apps/server/src/database/migrate.js';
import { required } from './environment.js';

/** A database of this run's Postgres for one test file, owned by a role that is no superuser. */
export interface TestDatabase {
  readonly name: string;
  readonly url: string;
  /** Counts up over the whole run: for what else must not be shared. */
  readonly number: number;
  drop(): Promise<void>;
}

/** One process of the run creates at a time: Postgres does not copy a template that is in use. Freed when the session ends. */
const CREATE_LOCK = 4_118_002;
const TEMPLATE = 'feedmill_template';
const ROLE = 'feedmill';

/** A fresh database with the schema of this release, copied from a template that is migrated once a run. */
export function createTestDatabase(): Promise<TestDatabase> {
  return create(async (admin, name) => {
    if (!(await admin.query('SELECT 1 FROM pg_database WHERE datname = $1', [TEMPLATE])).rowCount)
      await makeTemplate(admin);
    await admin.query(`CREATE DATABASE ${name} TEMPLATE ${TEMPLATE} OWNER ${ROLE}`);
  });
}

/** A database without a schema, for tests of the migrations themselves. */
export function createEmptyDatabase(): Promise<TestDatabase> {
  return create(async (admin, name) => {
    await admin.query(`CREATE DATABASE ${name} OWNER ${ROLE}`);
  });
}

function create(make: (admin: pg.Client, name: string) => Promise<void>): Promise<TestDatabase> {
  return asAdmin(async (admin) => {
    await admin.query('SELECT pg_advisory_lock($1)', [CREATE_LOCK]);
    await admin.query('CREATE SEQUENCE IF NOT EXISTS test_database');
    const { rows } = await admin.query<{ number: string }>(`SELECT nextval('test_database') AS number`);
    const number = Number(rows[0]?.number);
    const name = `feedmill_test_${number}`;
    await make(admin, name);
    return { name, number, url: urlOf(name), drop: () => drop(name) };
  });
}

async function makeTemplate(admin: pg.Client): Promise<void> {
  const unfinished = `${TEMPLATE}_unfinished`;
  await admin.query(`DROP DATABASE IF EXISTS ${unfinished}`);
  await admin.query(`CREATE DATABASE ${unfinished} OWNER ${ROLE}`);
  await migrate(urlOf(unfinished));
  await admin.query(`ALTER DATABASE ${unfinished} RENAME TO ${TEMPLATE}`);
}

function urlOf(database: string): string {
  const url = new URL(required('TEST_DATABASE_URL'));
  url.username = ROLE;
  url.pathname = `/${database}`;
  return url.href;
}

function drop(name: string): Promise<void> {
  return asAdmin(async (admin) => {
    await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  });
}

async function asAdmin<T>(work: (admin: pg.Client) => Promise<T>): Promise<T> {
  const admin = new pg.Client({
    connectionString: required('TEST_DATABASE_URL'),
    connectionTimeoutMillis: 5000,
  });
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}
