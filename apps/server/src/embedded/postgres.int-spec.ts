import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { DataDir } from './data-dir.js';
import { startPostgres } from './postgres.js';
import { isAlive } from './process-identity.js';

async function query<T>(url: string, text: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<pg.QueryResultRow>(text)).rows as T[];
  } finally {
    await client.end();
  }
}

describe('the embedded Postgres', () => {
  // Below a folder that only its owner may enter: as root, Postgres runs as somebody else.
  const folder = mkdtempSync(join(tmpdir(), 'feedmill-postgres-'));
  const dataDir = new DataDir(join(folder, 'data'));
  const cluster = dataDir.file('postgres');
  const running: { stop(): Promise<void> }[] = [];
  const start = async () => {
    const postgres = await startPostgres(dataDir, { fsync: 'off' });
    running.push(postgres);
    return postgres;
  };

  afterEach(async () => {
    for (const postgres of running.splice(0)) await postgres.stop();
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is a UTF8 database in locale C, in UTC, for a role that is no superuser', async () => {
    const { url } = await start();
    const [settings] = await query(
      url,
      `SELECT pg_encoding_to_char(encoding) AS encoding, datcollate, current_setting('timezone') AS zone,
         current_setting('data_checksums') AS checksums, (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS super
       FROM pg_database WHERE datname = current_database()`,
    );
    expect(settings).toEqual({
      encoding: 'UTF8',
      datcollate: 'C',
      zone: 'UTC',
      checksums: 'on',
      super: false,
    });
  });

  it('refuses a wrong password', async () => {
    const { url } = await start();
    await expect(query(url.replace(/:[^:@]+@/, ':wrong@'), 'SELECT 1')).rejects.toThrow(
      'password authentication failed',
    );
  });

  it('keeps its data and its port, and ends a server that a killed launcher left behind', async () => {
    const first = await start();
    await query(first.url, 'CREATE TABLE IF NOT EXISTS kept AS SELECT 42 AS value');
    const second = await startPostgres(dataDir, { fsync: 'off' });
    running.push(second);
    expect(await query(second.url, 'SELECT value FROM kept')).toEqual([{ value: 42 }]);
    expect(second.url).toBe(first.url);
    expect(isAlive(first.child.pid)).toBe(false);
  });

  it('starts where a crash left the pid of what is now another process', async () => {
    const { child } = await start();
    process.kill(child.pid, 'SIGKILL');
    await child.ended;
    await child.stop();
    const file = join(cluster, 'postmaster.pid');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/^\d+/, String(process.pid)));
    const { url } = await start();
    expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('says so where the data is of another major', async () => {
    const file = join(cluster, 'PG_VERSION');
    const version = readFileSync(file, 'utf8');
    writeFileSync(file, '15\n');
    await expect(start()).rejects.toThrow(/was written by Postgres 15, this release brings Postgres 18/);
    writeFileSync(file, version);
  });

  it('shows the end of its log where it does not start', async () => {
    await expect(startPostgres(dataDir, { shared_buffers: 'much' })).rejects.toThrow(
      /Postgres does not start: it ended with exit code 1.*postgres\.log.*invalid value for parameter "shared_buffers"/s,
    );
  });
});
