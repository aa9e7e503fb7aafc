import pg from 'pg';

/** For the statements that are written by hand: accepting, dispatching, reading history. */
export const PG_POOL = Symbol('PgPool');

/** Bigints that we use as ids fit a double; timestamps and numerics stay text, so that nothing is lost. */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') => {
    if (oid === 20) return Number;
    if (oid === 1184 || oid === 1700) return String;
    return pg.types.getTypeParser(oid, format as 'text');
  }) as pg.CustomTypesConfig['getTypeParser'],
};

const TIMEOUTS = {
  connectionTimeoutMillis: 3000,
  statement_timeout: 30_000,
  lock_timeout: 10_000,
  idle_in_transaction_session_timeout: 10_000,
  query_timeout: 35_000,
} as const;

/** Connection settings of every connection of ours: UTC, bounded waits, ids as numbers. */
export function connectionConfig(databaseUrl: string, applicationName: string): pg.ClientConfig {
  return {
    connectionString: databaseUrl,
    application_name: applicationName,
    options: '-c TimeZone=UTC -c DateStyle=ISO -c jit=off',
    keepAlive: true,
    types,
    ...TIMEOUTS,
  };
}

const SCANS = ['seqscan', 'hashjoin', 'mergejoin', 'material', 'bitmapscan'];

/**
 * Settings for connections (`SET`) or transactions (`SET LOCAL`) that read and write by key only: a table
 * without statistics must not tempt the planner into reading all of it.
 */
export function byIndexOnly(scope: 'SET' | 'SET LOCAL'): string {
  return SCANS.map((name) => `${scope} enable_${name} = off`).join('; ');
}

/** A pool whose lost connections are logged by `onError`, not thrown. */
export function createPool(
  databaseUrl: string,
  applicationName: string,
  max: number,
  onError: (error: Error) => void,
): pg.Pool {
  const pool = new pg.Pool({
    ...connectionConfig(databaseUrl, applicationName),
    max,
    idleTimeoutMillis: 30_000,
  });
  pool.on('error', onError);
  pool.on('connect', (client) => client.on('error', onError));
  return pool;
}

/** Runs `work` in one transaction; a throw rolls it back. A connection that broke is not used again. */
export async function inTransaction<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch((e: Error) => (broken = e));
    throw error;
  } finally {
    client.release(broken);
  }
}
