import { join } from 'node:path';
import { DataDir } from '../../../apps/server/src/embedded/data-dir.js';
import { type RunningPostgres, startPostgres } from '../../../apps/server/src/embedded/postgres.js';
import { findRedis, type RunningRedis, startRedis } from '../../../apps/server/src/embedded/redis.js';
import type { TestDatabase } from '../../support/index.js';
import { signal } from './processes.js';

/** A Postgres of one spec file, that can be hurt. */
export class OwnPostgres {
  private constructor(
    private readonly dataDir: DataDir,
    private running: RunningPostgres,
  ) {}

  static async start(folder: string): Promise<OwnPostgres> {
    const dataDir = new DataDir(join(folder, 'postgres'));
    return new OwnPostgres(dataDir, await launch(dataDir));
  }

  /** A database for one `Mill`; it goes with the server. */
  get database(): TestDatabase {
    return { name: 'feedmill', number: 0, url: this.running.url, drop: () => Promise.resolve() };
  }

  /** Immediate shutdown: as a crash, it recovers at the next start. */
  async stopImmediately(): Promise<void> {
    signal(this.running.child.pid, 'SIGQUIT');
    await this.running.child.ended;
  }

  async startAgain(): Promise<void> {
    this.running = await launch(this.dataDir);
  }

  stop(): Promise<void> {
    return this.running.stop();
  }
}

// What the operating system holds outlives the death of a process: fsync would only cost time.
const launch = (dataDir: DataDir) => startPostgres(dataDir, { fsync: 'off' });

/** A Redis of one spec file, without AOF, that can be hurt. */
export class OwnRedis {
  private constructor(
    private readonly program: string,
    private readonly dataDir: DataDir,
    private running: RunningRedis,
  ) {}

  static async start(folder: string): Promise<OwnRedis> {
    const program = findRedis();
    if (!program) throw new Error('redis-server is not on the PATH');
    const dataDir = new DataDir(join(folder, 'redis'));
    return new OwnRedis(program, dataDir, await startRedis(program, dataDir, { appendonly: 'no' }));
  }

  get url(): string {
    return this.running.url;
  }

  get pid(): number {
    return this.running.child.pid;
  }

  async kill9(): Promise<void> {
    signal(this.pid, 'SIGKILL');
    await this.running.child.ended;
  }

  /** On the same port, as empty as the kill has left it. */
  async startAgain(): Promise<void> {
    this.running = await startRedis(this.program, this.dataDir, { appendonly: 'no' });
  }

  stop(): Promise<void> {
    return this.running.stop();
  }
}
