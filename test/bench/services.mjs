import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { projectDir } from '../../bin/build.mjs';
import { cpuBelow, descendantsOf, ownCpu, peakMemoryOf } from './processes.mjs';

/** The Postgres and the Redis of a benchmark, as `npm start` runs them, in a folder that goes with them. */
export class Services {
  #stops = [];
  #databases = 0;

  /**
   * @param parent where the folder is made; its disk is what is measured
   * @param postgresSettings over those of `npm start`
   */
  static async start(parent = tmpdir(), postgresSettings = {}) {
    const services = new Services();
    try {
      await services.#start(parent, postgresSettings);
    } catch (error) {
      await services.stop();
      throw error;
    }
    return services;
  }

  /** CPU seconds that Postgres has used so far, ended backends among them. */
  postgresCpu = () => ownCpu(this.postgres.child.pid) + cpuBelow(this.postgres.child.pid);
  redisCpu = () => ownCpu(this.redis.child.pid) + cpuBelow(this.redis.child.pid);

  /** MiB of the largest process of Postgres, and of Redis. */
  peakMemory() {
    const { pid } = this.postgres.child;
    return {
      postgres: Math.max(...[pid, ...descendantsOf(pid)].map(peakMemoryOf)),
      redis: peakMemoryOf(this.redis.child.pid),
    };
  }

  /** Makes an empty database; `url` is that of its owner, no superuser. */
  async createDatabase() {
    const name = `bench${++this.#databases}`;
    const url = new URL(this.postgres.url);
    await this.asAdmin((client) => client.query(`CREATE DATABASE ${name} OWNER ${url.username}`));
    url.pathname = `/${name}`;
    return { name, url: url.href };
  }

  dropDatabase(name) {
    return this.asAdmin((client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`));
  }

  checkpoint() {
    return this.asAdmin((client) => client.query('CHECKPOINT'));
  }

  async asAdmin(work) {
    const client = new pg.Client({ connectionString: this.postgres.adminUrl });
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }

  async stop() {
    for (const stop of this.#stops.splice(0).reverse()) await stop();
  }

  async #start(parent, postgresSettings) {
    const built = join(projectDir, 'dist/apps/server/src/embedded/index.js');
    const embedded = await import(pathToFileURL(built).href);
    const program = await embedded.findRedis();
    if (!program) {
      throw new Error(
        `The benchmark needs redis-server, as production does: ${embedded.redisInstallCommand()}`,
      );
    }
    this.folder = mkdtempSync(join(parent, 'feedmill-bench-'));
    this.#stops.push(() => rmSync(this.folder, { recursive: true, force: true }));
    const dataDir = new embedded.DataDir(join(this.folder, 'data'));
    this.freePort = embedded.freePort;
    this.postgresLog = dataDir.file('logs', 'postgres.log');
    this.postgres = await embedded.startPostgres(dataDir, postgresSettings);
    this.#stops.push(() => this.postgres.stop());
    this.redis = await embedded.startRedis(program, dataDir);
    this.#stops.push(() => this.redis.stop());
    this.redisProgram = program;
  }
}
