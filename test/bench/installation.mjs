import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { Load } from './load.mjs';
import { cpuBelow, descendantsOf, forgetPeakMemoryOf, ownCpu, peakMemoryOf } from './processes.mjs';
import { Server } from './server.mjs';
import { PROFILE, RATE_PLAN, feedOf, identifiers, ratePlan } from './workload.mjs';

const ROWS_A_PUT = 10_000;
const POLL_MS = 20;
/** So long without a record more is no slowness: something is stuck. */
const STALL_MS = 60_000;

/**
 * A fresh Feedmill: a database of its own, the roles `api` and `worker` as two processes, Bull between them, and the
 * reference data, profile and feeds of the benchmark, all set up through the HTTP API.
 */
export class Installation {
  #services;
  #database;
  #profiler;
  #key = `fm_${randomBytes(6).toString('hex')}_${randomBytes(16).toString('hex')}`;

  /** @param profiler of the run, or null */
  static async start(services, profiler) {
    const installation = new Installation();
    installation.#services = services;
    installation.#profiler = profiler;
    try {
      await installation.#start();
      await installation.#setUp();
    } catch (error) {
      await installation.stop();
      throw error;
    }
    return installation;
  }

  /** Runs the part of the work that counts: behind a checkpoint, and under the profiler where there is one. */
  async measured(work) {
    await this.#services.checkpoint();
    const pids = {
      api: [this.api.pid],
      supervisor: [this.worker.pid],
      children: descendantsOf(this.worker.pid),
    };
    await this.#profiler?.begin(pids);
    const result = await work();
    await this.#profiler?.end(pids);
    return result;
  }

  /** CPU seconds so far, by process. */
  cpu() {
    return {
      api: ownCpu(this.api.pid) + cpuBelow(this.api.pid),
      'worker supervisor': ownCpu(this.worker.pid),
      'worker children': cpuBelow(this.worker.pid),
      postgres: this.#services.postgresCpu(),
      redis: this.#services.redisCpu(),
      'load generator': ownCpu(this.load.pid),
    };
  }

  /** Starts the API process anew, so that its memory is that of the load and not of the set-up before it. */
  async restartApi() {
    await this.api.stop();
    this.api = await this.#startServer('api');
  }

  /** Peak resident memory in MiB; of several processes, the largest. */
  peakMemory() {
    return {
      api: peakMemoryOf(this.api.pid),
      'worker supervisor': peakMemoryOf(this.worker.pid),
      'worker child': Math.max(0, ...descendantsOf(this.worker.pid).map(peakMemoryOf)),
      ...this.#services.peakMemory(),
    };
  }

  /** Lets `peakMemory` of the API and the worker begin anew. */
  forgetPeakMemory() {
    for (const { pid } of [this.api, this.worker]) [pid, ...descendantsOf(pid)].forEach(forgetPeakMemoryOf);
  }

  /** @throws with what the API said where it is not 2xx */
  async call(method, path, body) {
    const response = await fetch(`http://127.0.0.1:${this.api.port}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.#key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok)
      throw new Error(`${method} ${path} answered ${response.status}: ${text.slice(0, 2000)}`);
    return text === '' ? null : JSON.parse(text);
  }

  /** All items of a list, page by page. */
  async list(path) {
    const items = [];
    for (let cursor = ''; cursor !== null;) {
      const page = await this.call(
        'GET',
        `${path}&limit=1000${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
      );
      items.push(...page.items);
      cursor = page.nextCursor;
    }
    return items;
  }

  createFeed(name, more = {}) {
    return this.call('POST', '/feeds', { ...feedOf(name), ...more });
  }

  /** Posts a stream to a feed and waits until all of it is rated. `{beganAt, seconds, milliseconds}` of the posting. */
  async send(feed, stream, inFlight) {
    await this.load.prepare(stream);
    const posted = await this.post(feed, inFlight);
    await this.untilRated();
    return posted;
  }

  /** Posts what the load generator has prepared. */
  post(feed, inFlight) {
    const target = {
      host: '127.0.0.1',
      port: this.api.port,
      path: `/api/v1/feeds/${feed}/usage`,
      key: this.#key,
    };
    return this.load.post(target, inFlight);
  }

  /** Waits until no import runs any more. */
  async untilRated() {
    let pending = null;
    let since = Date.now();
    while (await this.#isRunning()) {
      if (Date.now() - since > 5000) {
        const now = await this.pendingRecords();
        if (now !== pending) since = Date.now();
        pending = now;
      }
      if (Date.now() - since > STALL_MS) {
        throw new Error(
          `${pending} records are not rated, and none was in the last ${STALL_MS / 1000} s:\n${this.worker.logTail()}`,
        );
      }
      await sleep(POLL_MS);
    }
  }

  async pendingRecords() {
    const { rows } = await this.database.query(
      'SELECT coalesce(sum(total), 0)::int AS n FROM chunk WHERE state = 0',
    );
    return rows[0].n;
  }

  async ratedRecords() {
    const { rows } = await this.database.query(
      'SELECT coalesce(sum(total), 0)::int AS n FROM chunk WHERE state = 1',
    );
    return rows[0].n;
  }

  /** Ends everything of it; may be called again. */
  async stop() {
    this.load?.stop();
    await this.worker?.stop();
    await this.api?.stop();
    await this.database?.end();
    if (this.#database) await this.#services.dropDatabase(this.#database.name);
    [this.load, this.worker, this.api, this.database, this.#database] = [];
  }

  async #start() {
    this.#database = await this.#services.createDatabase();
    this.api = await this.#startServer('api');
    this.worker = await this.#startServer('worker');
    this.load = new Load();
    this.database = new pg.Client({ connectionString: this.#database.url });
    await this.database.connect();
  }

  async #startServer(role) {
    const { name, url } = this.#database;
    return Server.start({
      role,
      port: await this.#services.freePort(),
      folder: this.#services.folder,
      env: {
        DATABASE_URL: url,
        REDIS_URL: this.#services.redis.url,
        FEEDMILL_QUEUE_PREFIX: name,
        FEEDMILL_BOOTSTRAP_ADMIN_KEY: this.#key,
        ...this.#profiler?.env,
      },
    });
  }

  async #setUp() {
    const rows = identifiers();
    for (let i = 0; i < rows.length; i += ROWS_A_PUT) {
      await this.call('PUT', '/identifiers', { identifiers: rows.slice(i, i + ROWS_A_PUT) });
    }
    await this.call('PUT', `/rate-plans/${RATE_PLAN}`, ratePlan());
    await this.call('POST', '/profiles', { name: RATE_PLAN });
    const { version } = await this.call('POST', `/profiles/${RATE_PLAN}/versions`, PROFILE);
    await this.call('POST', `/profiles/${RATE_PLAN}/versions/${version}/publish`, { comment: 'benchmark' });
  }

  async #isRunning() {
    const { rows } = await this.database.query(
      `SELECT EXISTS (SELECT FROM import WHERE status = 'running') AS found`,
    );
    return rows[0].found;
  }
}
