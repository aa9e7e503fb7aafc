import { existsSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { basename, join } from 'node:path';
import type { Child } from './child.js';
import { DataDir } from './data-dir.js';
import { diskFull, isDiskFull, LaunchError } from './launch-error.js';
import { showProblems } from './log-tail.js';
import { freePort, isFree } from './ports.js';
import { startPostgres } from './postgres.js';
import { findRedis, redisInstallCommand, startRedis } from './redis.js';
import { endLeftoverServer, serverLog, startServerProcess } from './server-process.js';
import { welcome } from './welcome.js';

/** Runs one step of the start, visibly. */
export type StepRunner = <T>(title: string, work: () => Promise<T>) => Promise<T>;

export interface LaunchOptions {
  readonly projectDir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly step: StepRunner;
  readonly print: (text: string) => void;
  /** `Date.now()` when the start began. */
  readonly since: number;
  /** Default: the server of this build. */
  readonly serverMain?: string;
}

/**
 * Brings up what Feedmill needs and the server itself, and keeps it up until it is told to stop.
 * @returns the exit code: 0 after SIGINT, SIGTERM or SIGHUP, 1 where something did not start or ended by itself
 */
export async function launch(options: LaunchOptions): Promise<0 | 1> {
  const launcher = new Launcher(options);
  const stop = () => launcher.requestStop();
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, stop);
  try {
    return await launcher.run();
  } finally {
    for (const signal of signals) process.off(signal, stop);
  }
}

class Launcher {
  private readonly stopRequest = new AbortController();
  private readonly stopRequested: Promise<null>;
  /** What to undo, latest last. */
  private readonly undo: (() => Promise<void> | void)[] = [];
  private readonly children: { name: string; child: Child; logFile: string }[] = [];

  constructor(private readonly options: LaunchOptions) {
    this.stopRequested = new Promise((resolve) =>
      this.stopRequest.signal.addEventListener('abort', () => resolve(null)),
    );
  }

  requestStop(): void {
    this.stopRequest.abort();
  }

  async run(): Promise<0 | 1> {
    const { print } = this.options;
    try {
      await this.start();
      const ended = this.children.map(({ name, child, logFile }) =>
        child.ended.then((how) => `${name} ${how}. Its log: ${logFile}`),
      );
      const crash = await Promise.race([this.stopRequested, ...ended]);
      if (crash) throw new LaunchError(crash);
      print('\nStopping ...');
      return 0;
    } catch (error) {
      if (error instanceof Stopped) return 0;
      print(`\n${error instanceof LaunchError ? error.message : ((error as Error).stack ?? String(error))}`);
      return 1;
    } finally {
      for (const undo of this.undo.reverse()) await undo();
    }
  }

  private async start(): Promise<void> {
    const { env, print } = this.options;
    const dataDir = new DataDir(env.FEEDMILL_DATA_DIR || join(this.options.projectDir, '.data'));
    try {
      this.undo.push(await dataDir.lock());
      if (await endLeftoverServer(dataDir)) print('Ended the server that a former start left running.');
      const { host, port } = await this.address();
      const databaseUrl =
        env.DATABASE_URL || (await this.step('Starting Postgres', () => this.postgres(dataDir)));
      const redisUrl = env.REDIS_URL || (await this.redis(dataDir));
      const adminKey = env.FEEDMILL_BOOTSTRAP_ADMIN_KEY ? null : dataDir.secret('admin-key', newAdminKey);
      const url = `http://${host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host}:${port}`;
      const serverEnv = this.serverEnv({ databaseUrl, redisUrl, host, port, adminKey: adminKey?.value });
      await this.step('Starting the server', () => this.server(dataDir, url, serverEnv));
      print(
        welcome({
          url,
          seconds: (Date.now() - this.options.since) / 1000,
          dataDir: dataDir.path,
          logFile: serverLog(dataDir),
          adminKey,
          hasRedis: redisUrl !== null,
        }),
      );
    } catch (error) {
      throw isDiskFull(error) ? diskFull(dataDir.path) : error;
    }
  }

  /** One step; a stop that was asked for meanwhile takes effect after it. */
  private async step<T>(title: string, work: () => Promise<T>): Promise<T> {
    const result = await this.options.step(title, work);
    if (this.stopRequest.signal.aborted) throw new Stopped();
    return result;
  }

  /** @throws LaunchError where somebody else listens there. */
  private async address(): Promise<{ host: string; port: number }> {
    const { env } = this.options;
    const host = env.HOST || '127.0.0.1';
    const wanted = Number(env.PORT || 3000);
    if (wanted === 0) return { host, port: await freePort() };
    if (Number.isInteger(wanted) && wanted < 65_536 && !(await isFree(wanted, host))) {
      throw new LaunchError(
        `Port ${wanted} of ${host} is taken by another program (or may not be used by you). Choose another: PORT=${wanted + 1} npm start`,
      );
    }
    return { host, port: wanted };
  }

  private async postgres(dataDir: DataDir): Promise<string> {
    const postgres = await startPostgres(dataDir);
    this.keep('Postgres', postgres.child, dataDir.file('logs', 'postgres.log'));
    return postgres.url;
  }

  private async redis(dataDir: DataDir): Promise<string | null> {
    const program = findRedis(this.options.env.PATH);
    if (!program) {
      this.options.print(
        'No Redis on this machine: work is dispatched inside this one process. Nothing is lost that way (Postgres is the ledger),\n' +
          'but there is no queue board and no second worker. Production runs with Redis; to have it here too, stop, run\n' +
          `  ${redisInstallCommand()}\nand start again.`,
      );
      return null;
    }
    const redis = await this.step(`Starting ${basename(program)}`, () => startRedis(program, dataDir));
    this.keep('Redis', redis.child, dataDir.file('logs', 'redis.log'));
    return redis.url;
  }

  private async server(dataDir: DataDir, url: string, env: NodeJS.ProcessEnv): Promise<void> {
    const { projectDir, print } = this.options;
    const main = this.options.serverMain ?? join(projectDir, 'dist/apps/server/src/main.js');
    const { signal } = this.stopRequest;
    await startServerProcess({ dataDir, main, projectDir, env, url, signal }, (child) => {
      this.keep('The server', child, serverLog(dataDir));
    });
    this.undo.push(showProblems(serverLog(dataDir), print));
  }

  private keep(name: string, child: Child, logFile: string): void {
    this.children.push({ name, child, logFile });
    this.undo.push(() => child.stop());
  }

  private serverEnv(given: {
    databaseUrl: string;
    redisUrl: string | null;
    host: string;
    port: number;
    adminKey: string | undefined;
  }): NodeJS.ProcessEnv {
    const { env, projectDir } = this.options;
    const demo = join(projectDir, 'config', 'demo');
    return {
      ...env,
      HOST: given.host,
      PORT: String(given.port),
      DATABASE_URL: given.databaseUrl,
      REDIS_URL: given.redisUrl ?? '',
      FEEDMILL_BOOTSTRAP_ADMIN_KEY: given.adminKey ?? env.FEEDMILL_BOOTSTRAP_ADMIN_KEY,
      FEEDMILL_CONFIG_DIR: env.FEEDMILL_CONFIG_DIR ?? (existsSync(demo) ? demo : ''),
    };
  }
}

/** Told to stop while still starting. */
class Stopped extends Error {}

/** A key of the form the server issues itself; 160 random bits. */
function newAdminKey(): string {
  const alphabet = 'abcdefghjkmnpqrstuvwxyz023456789';
  const text = (length: number) => Array.from(randomBytes(length), (byte) => alphabet[byte & 31]).join('');
  return `fm_${text(12)}_${text(32)}`;
}
