import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../apps/server/src/embedded/ports.js';
import { recordIdentity } from '../../apps/server/src/embedded/process-identity.js';
import { createTestDatabase, type TestDatabase } from './database.js';
import { required } from './environment.js';
import { ApiClient } from './http.js';

export const PROJECT_DIR = join(import.meta.dirname, '..', '..');
/** The build under test; `npm run test:guards` puts another one here. */
const DIST_DIR = process.env.FEEDMILL_TEST_DIST ?? join(PROJECT_DIR, 'dist');
export const TEST_ADMIN_KEY = 'fm_testadmin001_0123456789abcdefghijklmnopqrstuv';

export interface ServerOptions {
  readonly role?: 'all' | 'api' | 'worker';
  /** Default: a new one, dropped by `stop`. Give one to let several servers share it. */
  readonly database?: TestDatabase;
  /** Default: a database number of this run's Redis, shared by servers of one test database; null: in-process dispatch. */
  readonly redisUrl?: string | null;
  /** Default: the demo of `config/demo/`; null: none. */
  readonly configDir?: string | null;
  /** Further variables; undefined takes one away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export interface LogLine {
  readonly level: number | string;
  readonly msg?: string;
  readonly [field: string]: unknown;
}

const READY_TIMEOUT_MS = 90_000;
const STOP_TIMEOUT_MS = 20_000;

/** Starts the built server on a free port, and resolves when it is ready. */
export async function startServer(options: ServerOptions = {}): Promise<TestServer> {
  const database = options.database ?? (await createTestDatabase());
  const server = new TestServer(database, options, await freePort());
  try {
    await server.start();
  } catch (error) {
    await server.stop().catch(() => undefined);
    throw error;
  }
  return server;
}

/** A server of the tests: a process like in production, that can be ended in every way. */
export class TestServer {
  readonly url: string;
  /** The API with the admin key. */
  readonly api: ApiClient;
  private readonly folder = mkdtempSync(join(tmpdir(), 'feedmill-server-'));
  private readonly logFile = join(this.folder, 'server.log');
  private child: ChildProcess | null = null;

  constructor(
    readonly database: TestDatabase,
    private readonly options: ServerOptions,
    private readonly port: number,
  ) {
    this.url = `http://127.0.0.1:${port}`;
    this.api = new ApiClient(this.url, TEST_ADMIN_KEY);
  }

  get pid(): number {
    if (!this.child?.pid) throw new Error('the server does not run');
    return this.child.pid;
  }

  get isRunning(): boolean {
    return this.child !== null && this.child.exitCode === null && this.child.signalCode === null;
  }

  async start(): Promise<void> {
    const main = join(DIST_DIR, 'apps/server/src/main.js');
    const log = openSync(this.logFile, 'a');
    this.child = spawn(process.execPath, ['--enable-source-maps', main], {
      cwd: PROJECT_DIR,
      env: this.environment(),
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    // `npm test` ends what a test file forgot, and says so.
    if (process.env.TEST_RUN_DIR)
      await recordIdentity(join(process.env.TEST_RUN_DIR, `server-${this.pid}.json`), this.pid);
    await this.waitForReady();
  }

  async waitForReady(timeoutMs = READY_TIMEOUT_MS): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (!(await this.isReady())) {
      if (!this.isRunning)
        throw new Error(
          `the server ended while starting (exit code ${this.child?.exitCode}):\n${this.logTail()}`,
        );
      if (Date.now() > deadline)
        throw new Error(`the server is not ready after ${timeoutMs} ms:\n${this.logTail()}`);
      await sleep(50);
    }
  }

  /** Ends it as an operator would; its database goes with it unless it was given. */
  async stop(): Promise<void> {
    const endedInTime = await this.end('SIGTERM');
    const tail = this.logTail();
    rmSync(this.folder, { recursive: true, force: true });
    if (!this.options.database) await this.database.drop();
    if (!endedInTime)
      throw new Error(`the server did not end within ${STOP_TIMEOUT_MS} ms of SIGTERM:\n${tail}`);
  }

  /** Ends it as a crash would, without a chance to do anything more. */
  async kill9(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** Ends it (default: properly) and starts it again on the same port and database. */
  async restart(how: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    await this.end(how);
    await this.start();
  }

  signal(signal: NodeJS.Signals): void {
    this.child?.kill(signal);
  }

  log(): string {
    return readFileSync(this.logFile, 'utf8');
  }

  /** The log's JSON lines, parsed; others are left out. */
  logLines(): LogLine[] {
    return this.log()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as LogLine);
  }

  private async isReady(): Promise<boolean> {
    try {
      return (await fetch(`${this.url}/healthz/ready`, { signal: AbortSignal.timeout(2000) })).status === 200;
    } catch {
      return false;
    }
  }

  private async end(signal: NodeJS.Signals): Promise<boolean> {
    const child = this.child;
    if (!child || !this.isRunning) return true;
    const ended = new Promise<true>((resolve) => child.once('exit', () => resolve(true)));
    child.kill(signal);
    const inTime = await Promise.race([ended, sleep(STOP_TIMEOUT_MS, false, { ref: false })]);
    if (inTime) return true;
    child.kill('SIGKILL');
    await ended;
    return false;
  }

  private environment(): NodeJS.ProcessEnv {
    const {
      role = 'all',
      redisUrl = redisOf(this.database),
      configDir = join(PROJECT_DIR, 'config', 'demo'),
    } = this.options;
    const env: NodeJS.ProcessEnv = {
      PATH: process.env.PATH,
      HOST: '127.0.0.1',
      PORT: String(this.port),
      FEEDMILL_ROLE: role,
      DATABASE_URL: this.database.url,
      FEEDMILL_BOOTSTRAP_ADMIN_KEY: TEST_ADMIN_KEY,
      FEEDMILL_QUEUE_PREFIX: this.database.name,
    };
    if (redisUrl) env.REDIS_URL = redisUrl;
    if (configDir) env.FEEDMILL_CONFIG_DIR = configDir;
    for (const [name, value] of Object.entries(this.options.env ?? {})) {
      if (value === undefined) delete env[name];
      else env[name] = value;
    }
    return env;
  }

  private logTail(): string {
    return this.log().split('\n').slice(-30).join('\n');
  }
}

/** A Redis database of its own for each test database, so that FLUSHDB in one file does not reach another. */
export function redisOf(database: TestDatabase): string {
  const url = new URL(required('TEST_REDIS_URL'));
  url.pathname = `/${1 + (database.number % 1000)}`;
  return url.href;
}
