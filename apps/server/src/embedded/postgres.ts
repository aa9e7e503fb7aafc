import { execFile } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { Child, endLeftover, type StopStage } from './child.js';
import type { DataDir } from './data-dir.js';
import { diskFull, isDiskFull, LaunchError } from './launch-error.js';
import { freePort } from './ports.js';
import { postgresBinaries, type PostgresBinaries } from './postgres-binaries.js';
import { commandOf } from './process-identity.js';
import { chooseUser, type RunAs } from './unprivileged.js';

const run = promisify(execFile);

/** Settings for a small machine that does other work too; the rest is Postgres' default, fsync and checksums among it. */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  shared_buffers: '256MB',
  // A statement that searches all partitions locks each of them and its indexes.
  max_locks_per_transaction: '256',
  max_wal_size: '4GB',
  timezone: 'UTC',
  log_timezone: 'UTC',
};

/** Fast shutdown, then an immediate one, which the next start recovers from. */
const STOP_STAGES: readonly StopStage[] = [
  { signal: 'SIGINT', waitMs: 30_000 },
  { signal: 'SIGQUIT', waitMs: 10_000 },
];
const START_TIMEOUT_MS = 120_000;
const ADMIN = 'postgres';
const NAME = 'feedmill';

export interface RunningPostgres {
  /** Of the database `feedmill`, as the role `feedmill`, which owns it and is no superuser. */
  readonly url: string;
  /** As the superuser, for tests. */
  readonly adminUrl: string;
  readonly child: Child;
  stop(): Promise<void>;
}

/**
 * Starts the embedded Postgres of a data folder; makes its cluster, role and database the first time, and ends a server that a
 * killed launcher left behind.
 * @param settings of Postgres, over ours
 * @throws LaunchError with the last lines of its log where it does not start
 */
export async function startPostgres(
  dataDir: DataDir,
  settings: Readonly<Record<string, string>> = {},
): Promise<RunningPostgres> {
  const identityFile = dataDir.file('run', 'postgres.json');
  await endLeftover(identityFile, STOP_STAGES);
  const binaries = await postgresBinaries();
  const cluster = dataDir.file('postgres');
  const runAs = await chooseUser(binaries.initdb, dataDir.path);
  const password = dataDir.secret('postgres-password').value;
  if (existsSync(cluster)) await checkMajor(binaries, cluster);
  else await initialise(dataDir, binaries, runAs, password);
  await clearStalePid(cluster);

  const port = await freePort(dataDir.rememberedPort('postgres'));
  dataDir.rememberPort('postgres', port);
  const flags = Object.entries({ ...SETTINGS, ...settings, port: String(port) }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
  const logFile = dataDir.file('logs', 'postgres.log');
  const { command, args, options } = runAs.command(binaries.postgres, ['-D', cluster, ...flags]);
  const child = await Child.start({
    name: 'Postgres',
    command,
    args,
    options,
    logFile,
    identityFile,
    stopStages: STOP_STAGES,
  });
  const url = (role: string, database: string) =>
    `postgres://${role}:${password}@127.0.0.1:${port}/${database}`;
  try {
    await untilReady(child, url(ADMIN, 'postgres'));
    await ensureDatabase(url(ADMIN, 'postgres'), password);
  } catch (error) {
    await child.stop();
    const log = child.logged();
    if (isDiskFull(error) || isDiskFull(log)) throw diskFull(dataDir.path);
    throw new LaunchError(
      `Postgres does not start: ${(error as Error).message}. The end of its log (${logFile}):\n${lastLines(log)}`,
    );
  }
  return { url: url(NAME, NAME), adminUrl: url(ADMIN, 'postgres'), child, stop: () => child.stop() };
}

/** Made beside its place and moved there when it is whole, so that an interrupted first start leaves nothing half done. */
async function initialise(
  dataDir: DataDir,
  binaries: PostgresBinaries,
  runAs: RunAs,
  password: string,
): Promise<void> {
  const unfinished = dataDir.file('postgres.unfinished');
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { mode: 0o700 });
  const passwordFile = join(unfinished, 'password');
  const target = join(unfinished, 'cluster');
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  if (runAs.owner)
    for (const path of [unfinished, passwordFile]) chownSync(path, runAs.owner.uid, runAs.owner.gid);
  const { command, args, options } = runAs.command(binaries.initdb, [
    `--pgdata=${target}`,
    `--username=${ADMIN}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
  ]);
  try {
    await run(command, args, {
      cwd: '/',
      ...options,
      env: { ...process.env, LC_ALL: 'C' },
      timeout: 120_000,
    });
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    const output = (error as { stderr?: string }).stderr || (error as Error).message;
    if (isDiskFull(output)) throw diskFull(dataDir.path);
    if (/could not look up effective user ID/.test(output)) {
      throw new LaunchError(
        `You run as uid ${process.getuid?.()}, which has no name in /etc/passwd, and Postgres wants one. Add it (useradd), or run as another user.`,
      );
    }
    throw new LaunchError(`Postgres could not set up its data in ${dataDir.path}:\n${lastLines(output)}`);
  }
  renameSync(target, dataDir.file('postgres'));
  rmSync(unfinished, { recursive: true, force: true });
}

async function checkMajor(binaries: PostgresBinaries, cluster: string): Promise<void> {
  const found = readFileSync(join(cluster, 'PG_VERSION'), 'utf8').trim();
  const ours = /\d+/.exec((await run(binaries.postgres, ['--version'])).stdout)?.[0];
  if (found === ours) return;
  throw new LaunchError(
    `The data in ${cluster} was written by Postgres ${found}, this release brings Postgres ${ours}. Dump it with the release that wrote it and load it here (docs/operations.md), or begin anew in another folder: FEEDMILL_DATA_DIR=/path npm start`,
  );
}

/**
 * A crash leaves `postmaster.pid` behind, and its pid may by now be anybody's; Postgres would refuse to start.
 * @throws LaunchError where a Postgres that we did not start runs on the data.
 */
async function clearStalePid(cluster: string): Promise<void> {
  const file = join(cluster, 'postmaster.pid');
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  if (/\/bin\/postgres |^postgres[ :]/.test(await commandOf(pid))) {
    throw new LaunchError(
      `A Postgres (pid ${pid}) runs on ${cluster} that this launcher did not start. Stop it first: kill -INT ${pid}`,
    );
  }
  rmSync(file, { force: true });
}

async function untilReady(child: Child, url: string): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return;
    } catch (error) {
      if (!child.isRunning) throw new Error(`it ${await child.ended}`);
      if (Date.now() > deadline)
        throw new Error(`not ready after ${START_TIMEOUT_MS / 1000} s: ${(error as Error).message}`);
      await sleep(50);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

async function ensureDatabase(adminUrl: string, password: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const exists = async (query: string) => (await client.query(query, [NAME])).rowCount === 1;
    if (!(await exists('SELECT 1 FROM pg_roles WHERE rolname = $1'))) {
      await client.query(`CREATE ROLE ${NAME} LOGIN PASSWORD ${client.escapeLiteral(password)}`);
    }
    if (!(await exists('SELECT 1 FROM pg_database WHERE datname = $1')))
      await client.query(`CREATE DATABASE ${NAME} OWNER ${NAME}`);
  } finally {
    await client.end();
  }
}

export function lastLines(text: string, count = 12): string {
  return text
    .trim()
    .split('\n')
    .slice(-count)
    .map((line) => `  ${line}`)
    .join('\n');
}
