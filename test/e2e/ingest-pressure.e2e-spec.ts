import { once } from 'node:events';
import { type AddressInfo, type Socket, connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTestDatabase, startServer, type TestDatabase, type TestServer } from '../support/index.js';

const records = (count: number) => ({ data: Array.from({ length: count }, (_, i) => ({ Value: i })) });

const expectRetry = (
  answer: { status: number; headers: Headers; body: unknown },
  status: number,
  code: string,
) => {
  expect(answer).toMatchObject({ status, body: { code } });
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
};

describe('a full backlog', () => {
  /** The count is good to about a second: what it has counted twice is tried again. */
  const statusOnceCounted = async (post: () => Promise<{ status: number }>): Promise<number> => {
    const deadline = Date.now() + 15_000;
    let { status } = await post();
    while (status === 503 && Date.now() < deadline) {
      await sleep(200);
      ({ status } = await post());
    }
    return status;
  };
  let server: TestServer;

  beforeAll(async () => {
    server = await startServer({ env: { FEEDMILL_MAX_BACKLOG_RECORDS: '10' } });
  });
  afterAll(() => server?.stop());

  it('refuses the feed that holds half of it, then everybody, until it shrinks', async () => {
    for (const feed of ['usageJson', 'usageCsv'])
      await server.api.patch(`/api/v1/feeds/${feed}`, { paused: true });
    expect((await server.api.postUsage('usageJson', records(5))).status).toBe(202);
    expectRetry(await server.api.postUsage('usageJson', records(1)), 503, 'backlog_full');
    expect((await server.api.postUsage('usageCsv', { data: ['a', 'b', 'c', 'd'] })).status).toBe(202);
    expect(await statusOnceCounted(() => server.api.postUsage('usageCsv', { data: ['e'] }))).toBe(202);
    expectRetry(await server.api.postUsage('usageCsv', { data: ['f'] }), 503, 'backlog_full');

    await server.api.patch('/api/v1/feeds/usageJson', { paused: false });
    expect(await statusOnceCounted(() => server.api.postUsage('usageJson', records(1)))).toBe(202);
  });
});

describe('too many requests', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startServer({ env: { FEEDMILL_MAX_REQUESTS_PER_SECOND: '5' } });
  });
  afterAll(() => server?.stop());

  it('are refused by key and second', async () => {
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => server.api.postUsage('usageJson', records(1))),
    );
    const accepted = answers.filter(({ status }) => status === 202);
    expect(accepted.length).toBeGreaterThanOrEqual(5);
    expect(accepted.length).toBeLessThanOrEqual(10);
    for (const answer of answers) if (answer.status !== 202) expectRetry(answer, 429, 'rate_limited');
    await sleep(1000);
    expect((await server.api.postUsage('usageJson', records(1))).status).toBe(202);
  });
});

/** Stands between the server and Postgres: can refuse, cut and hold what goes through. */
class DatabaseGate {
  private readonly sockets = new Set<Socket>();
  private readonly listener = createServer((client) => this.pass(client));
  private state: 'open' | 'shut' | 'frozen' = 'open';

  constructor(private readonly target: URL) {}

  async listen(): Promise<number> {
    this.listener.listen(0, '127.0.0.1');
    await once(this.listener, 'listening');
    return (this.listener.address() as AddressInfo).port;
  }

  set(state: 'open' | 'shut' | 'frozen'): void {
    this.state = state;
    for (const socket of this.sockets) {
      if (state === 'shut') socket.destroy();
      else if (state === 'frozen') socket.pause();
      else socket.resume();
    }
  }

  close(): void {
    this.set('shut');
    this.listener.close();
  }

  private pass(client: Socket): void {
    if (this.state === 'shut') return void client.destroy();
    const server = connect(Number(this.target.port), this.target.hostname);
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.sockets.add(from);
      from.on('data', (data) => to.write(data));
      from.on('error', () => undefined);
      from.on('close', () => {
        this.sockets.delete(from);
        to.destroy();
      });
      if (this.state === 'frozen') from.pause();
    }
  }
}

describe('a database that is not there', () => {
  let database: TestDatabase;
  let gate: DatabaseGate;
  let server: TestServer;

  beforeAll(async () => {
    database = await createTestDatabase();
    const url = new URL(database.url);
    gate = new DatabaseGate(new URL(database.url));
    url.port = String(await gate.listen());
    server = await startServer({ database: { ...database, url: url.href } });
  });
  afterAll(async () => {
    gate?.set('open');
    await server?.stop();
    gate?.close();
    await database?.drop();
  });

  it.each(['shut', 'frozen'] as const)(
    'is said so in under 5 seconds (%s), and posts are taken when it is back',
    async (state) => {
      expect((await server.api.postUsage('usageJson', records(1))).status).toBe(202);
      gate.set(state);
      // Twice: with what is known of key and feed still in memory, and without.
      for (const pauseMs of [0, 2500]) {
        await sleep(pauseMs);
        const start = performance.now();
        const answers = await Promise.all(
          Array.from({ length: 20 }, () => server.api.postUsage('usageJson', records(1))),
        );
        expect(performance.now() - start).toBeLessThan(5000);
        for (const answer of answers) expectRetry(answer, 503, 'unavailable');
      }
      gate.set('open');
      const deadline = Date.now() + 15_000;
      let status = 503;
      while (status === 503 && Date.now() < deadline) {
        await sleep(200);
        ({ status } = await server.api.postUsage('usageJson', records(1)));
      }
      expect(status).toBe(202);
    },
  );
});
