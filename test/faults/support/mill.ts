import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import {
  createTestDatabase,
  PROJECT_DIR,
  redisOf,
  startServer,
  type ApiClient,
  type TestDatabase,
  type TestServer,
} from '../../support/index.js';
import { ACCOUNTS, accountOf, PRICES } from './records.js';
import { eventually } from './waiting.js';

const PLUGINS = join(PROJECT_DIR, 'test/fixtures/plugins');
const PROFILE = 'faults';
const PRICE_DIGITS = 5;

export interface MillOptions {
  readonly workers?: number;
  /** Default: one of this run's Postgres. */
  readonly database?: TestDatabase;
  readonly redisUrl?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Several workers, and leases that run out while a test waits. */
const ENV = { FEEDMILL_LEASE_SECONDS: '3', FEEDMILL_WORKER_SLOTS: '2', FEEDMILL_PLUGINS_DIR: PLUGINS };

/** An installation to be hurt: an API process and worker processes, with what the records of the fault tests need. */
export class Mill {
  readonly workers: TestServer[] = [];
  readonly redisUrl: string;
  /** Of this mill, removed when it stops. */
  readonly folder = mkdtempSync(join(tmpdir(), 'feedmill-faults-'));
  private feeds = 0;

  private constructor(
    readonly database: TestDatabase,
    private readonly options: MillOptions,
    readonly server: TestServer,
  ) {
    this.redisUrl = options.redisUrl ?? redisOf(database);
  }

  static async start(options: MillOptions = {}): Promise<Mill> {
    const database = options.database ?? (await createTestDatabase());
    const redisUrl = options.redisUrl ?? redisOf(database);
    const env = { ...ENV, ...options.env };
    const server = await startServer({ role: 'api', database, redisUrl, configDir: null, env });
    const mill = new Mill(database, options, server);
    try {
      await mill.setUp();
      await Promise.all(Array.from({ length: options.workers ?? 1 }, () => mill.addWorker()));
    } catch (error) {
      await mill.stop().catch(() => undefined);
      throw error;
    }
    return mill;
  }

  get api(): ApiClient {
    return this.server.api;
  }

  get servers(): TestServer[] {
    return [this.server, ...this.workers];
  }

  async addWorker(): Promise<TestServer> {
    const { database, redisUrl } = this;
    const env = { ...ENV, ...this.options.env };
    const worker = await startServer({ role: 'worker', database, redisUrl, configDir: null, env });
    this.workers.push(worker);
    return worker;
  }

  /** A feed of its own for a test, with a profile of its own: its API name. */
  async feed(more: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const name = `feed${++this.feeds}`;
    await this.api.post('/api/v1/feeds', {
      name,
      apiName: name,
      format: 'records',
      profile: PROFILE,
      usageKey: { fields: ['UdrUsageIdentifier'] },
      ...more,
    });
    return name;
  }

  /** Publishes a version of a profile, made first where it is not there. */
  async publish(name: string, ratePlan: string): Promise<void> {
    const made = await this.api.request('POST', '/api/v1/profiles', { name });
    if (made.status !== 201 && made.status !== 409)
      throw new Error(`profile ${name}: ${JSON.stringify(made.body)}`);
    const { version } = await this.api.post(`/api/v1/profiles/${name}/versions`, profileOf(ratePlan));
    await this.api.post(`/api/v1/profiles/${name}/versions/${version}/publish`, {
      comment: 'for a fault test',
    });
  }

  /** Rates of a plan: the prices of the records, times a factor. */
  async rate(plan: string, factor = 1n): Promise<void> {
    await this.api.put(`/api/v1/rate-plans/${plan}`, {
      currency: 'USD',
      rates: Object.entries(PRICES).map(([usageClass, price]) => ({
        usageClass,
        unitPrice: decimalText(price * factor, PRICE_DIGITS),
      })),
    });
  }

  /** Runs one statement on a connection of its own: it works again as soon as the database does. */
  async query<Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    return this.connected(async (client) => (await client.query<Row>(sql, [...values])).rows);
  }

  /** Work on a connection of its own, inside a transaction that is rolled back: for locks that are held meanwhile. */
  async holding<T>(sql: string, values: readonly unknown[], work: () => Promise<T>): Promise<T> {
    return this.connected(async (client) => {
      await client.query('BEGIN');
      await client.query(sql, [...values]);
      return work();
    });
  }

  /** Waits until every import is terminal. */
  async settle(timeoutMs: number): Promise<void> {
    await eventually(
      'all imports terminal',
      async () => {
        const [found] = await this.query<{ running: number }>(
          `SELECT count(*)::int AS running FROM import WHERE status = 'running'`,
        );
        return found!.running === 0;
      },
      timeoutMs,
    ).catch(async (error: Error) => {
      const chunks = await this.query(
        `SELECT id, feed_id, total, attempts, crashes, crashed, suspect, lease_until, next_at, r.rung_at, now() AS now
         FROM chunk LEFT JOIN ring r ON r.chunk_id = chunk.id WHERE state = 0 ORDER BY id LIMIT 20`,
      ).catch(String);
      const logs = this.workers.map((worker) => worker.log().split('\n').slice(-15).join('\n'));
      throw new Error(`${error.message}; pending: ${JSON.stringify(chunks)}\n${logs.join('\n--\n')}`, {
        cause: error,
      });
    });
  }

  async stop(): Promise<void> {
    const stops = await Promise.allSettled(this.servers.map((server) => server.stop()));
    rmSync(this.folder, { recursive: true, force: true });
    if (!this.options.database) await this.database.drop();
    const failed = stops.find((stop) => stop.status === 'rejected');
    if (failed) throw failed.reason;
  }

  private async setUp(): Promise<void> {
    await this.api.put('/api/v1/identifiers', {
      identifiers: Array.from({ length: ACCOUNTS }, (_, n) => ({
        type: 'Account',
        value: accountOf(n),
        accountId: `A-${n}`,
        serviceId: `S-${n}`,
      })),
    });
    await this.rate(PROFILE);
    await this.publish(PROFILE, PROFILE);
  }

  private async connected<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = new pg.Client({ connectionString: this.database.url, connectionTimeoutMillis: 2000 });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

/** An integer of so many digits behind the point, as a decimal text. */
function decimalText(integer: bigint, digits: number): string {
  const text = integer.toString().padStart(digits + 1, '0');
  return `${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

const profileOf = (ratePlan: string) => ({
  decode: { use: 'decode-json@1', config: {} },
  steps: [
    { use: 'misbehave@1', config: {} },
    {
      use: 'map-fields@1',
      config: {
        fields: [
          { field: 'date', from: 'Date' },
          { field: 'originatingIdentifier', from: 'OriginatingIdentifier' },
          { field: 'usageIdentifier', from: 'UdrUsageIdentifier' },
          { field: 'value', from: 'Value' },
          { field: 'usageClass', from: 'UsageClassName' },
        ],
      },
    },
    { use: 'filter@1', config: { skipWhen: { field: 'value', equals: '0' }, reason: 'zero_value' } },
    { use: 'resolve-identifier@1', config: {} },
    { use: 'rate-usage@1', config: { plan: ratePlan } },
  ],
});
