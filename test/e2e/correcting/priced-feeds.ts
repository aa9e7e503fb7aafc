import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type ApiClient, type ImportView, type TestServer, startServer } from '../../support/index.js';

export const LOCK_CELL = `
SELECT FROM key_cell c JOIN feed f ON f.key_scope_id = c.scope_id WHERE f.api_name = $1 AND c.key = $2 FOR UPDATE OF c NOWAIT`;

/** Records of `record`, rated by a plan. */
export const pricedProfile = (plan: string) => ({
  decode: { use: 'decode-json@1', config: {} },
  steps: [
    {
      use: 'map-fields@1',
      config: {
        fields: [
          { field: 'date', from: 'Date' },
          { field: 'originatingIdentifier', from: 'Account' },
          { field: 'usageIdentifier', from: 'Id' },
          { field: 'value', from: 'Value' },
          { field: 'usageClass', constant: 'API Requests' },
          { field: 'usageClassType', constant: 'Requests' },
        ],
      },
    },
    { use: 'filter@1', config: { skipWhen: { field: 'value', equals: 0 }, reason: 'zero_value' } },
    { use: 'resolve-identifier@1', config: {} },
    { use: 'rate-usage@1', config: { plan } },
  ],
});

/** A record that costs a thousandth of its value, until the price is changed. */
export const record = (id: string, value: number | string = 1000, more: object = {}) => ({
  Id: id,
  Date: '2026-04-16T14:32:00Z',
  Account: 'acct-100045',
  Value: value,
  ...more,
});

/** Feeds of one profile, whose prices and owners tests change. */
export class PricedFeeds {
  private count = 0;

  private constructor(
    readonly server: TestServer,
    readonly api: ApiClient,
  ) {}

  static async start(env: Record<string, string> = {}): Promise<PricedFeeds> {
    const server = await startServer({ env });
    const feeds = new PricedFeeds(server, server.api);
    await feeds.setPrice('0.001');
    await feeds.api.post('/api/v1/profiles', { name: 'corrected' });
    await feeds.publish(pricedProfile('corrected'));
    return feeds;
  }

  stop(): Promise<void> {
    return this.server.stop();
  }

  async publish(definition: object): Promise<number> {
    const versions = '/api/v1/profiles/corrected/versions';
    const { version } = await this.api.post(versions, definition);
    await this.api.post(`${versions}/${version}/publish`, { comment: 'for tests' });
    return version;
  }

  setPrice(unitPrice: string) {
    const rate = { usageClass: 'API Requests', usageClassType: 'Requests', unitPrice };
    return this.api.put('/api/v1/rate-plans/corrected', { currency: 'USD', rates: [rate] });
  }

  addOwner(value: string) {
    const owner = { type: 'Account', value, accountId: value, serviceId: `${value}-api` };
    return this.api.put('/api/v1/identifiers', { identifiers: [owner] });
  }

  removeOwner(value: string) {
    const identifiers = [{ type: 'Account', value }];
    return this.api.request('DELETE', '/api/v1/identifiers', { identifiers });
  }

  async create(more: object = {}): Promise<string> {
    const apiName = `priced${++this.count}`;
    const feed = { name: `Priced ${this.count}`, apiName, format: 'records', profile: 'corrected' };
    await this.api.post('/api/v1/feeds', { ...feed, usageKey: { fields: ['Id'] }, ...more });
    return apiName;
  }

  send(feed: string, ...records: object[]): Promise<ImportView> {
    return this.api.importUsage(feed, { data: records });
  }

  /** The usage of a feed, oldest first. */
  async ledger(feed: string): Promise<[kind: string, value: string, amount: string, live: boolean][]> {
    const entries = await this.api.list('/api/v1/usage', { feed });
    return entries
      .map(({ kind, value, rating, live }) => [kind, value, rating.amount, live])
      .reverse() as never;
  }

  /** Values of what is live, and the sum of all amounts. */
  async balance(feed: string): Promise<{ live: string[]; amount: number }> {
    const entries = await this.ledger(feed);
    return {
      live: entries
        .filter(([, , , live]) => live)
        .map(([, value]) => value)
        .sort(),
      amount: Number(entries.reduce((sum, [, , amount]) => sum + Number(amount), 0).toFixed(6)),
    };
  }

  /** Asks for a reprocessing; its progress once it has ended. */
  async reprocess(body: object) {
    return this.ended(await this.api.post('/api/v1/admin/reprocess', { reason: 'a test', ...body }));
  }

  /** The progress of a reprocessing, once it has ended. */
  async ended({ reprocessId }: { reprocessId: string }) {
    const deadline = Date.now() + 20_000;
    for (;;) {
      const progress = await this.api.get(`/api/v1/admin/reprocess/${reprocessId}`);
      const hasEnded = progress.status !== 'running' && progress.pending === 0;
      if (hasEnded && progress.imports.every(({ status }: ImportView) => status === 'completed'))
        return progress;
      if (Date.now() > deadline) throw new Error(`does not end: ${JSON.stringify(progress)}`);
      await sleep(20);
    }
  }

  /** Reverts an import and waits for the end; the answer. */
  async revert({ trackingId }: Pick<ImportView, 'trackingId'>, more: object = {}) {
    const answer = await this.api.post(`/api/v1/admin/imports/${trackingId}/revert`, {
      reason: 'a test',
      ...more,
    });
    await this.api.waitForImport(answer.trackingId);
    return answer;
  }

  /** A connection whose transaction holds the cell of a feed's key. */
  async holding(feed: string, key: string): Promise<pg.Client> {
    const client = new pg.Client(this.server.database.url);
    await client.connect();
    await client.query('BEGIN');
    await client.query(LOCK_CELL, [feed, key]);
    return client;
  }

  /** Waits until so many statements wait for a lock. */
  async untilWaiting(client: pg.Client, statements = 1): Promise<void> {
    const waiting = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
    while ((await client.query(waiting)).rowCount! < statements) {
      await sleep(20);
      // Else the backends are those of the first look, until the transaction ends.
      await client.query('SELECT pg_stat_clear_snapshot()');
    }
  }

  async refusal(path: string, body: object, client = this.api) {
    const { status, body: answer } = await client.request('POST', path, { reason: 'a test', ...body });
    return [status, answer.code];
  }
}
