import { startServer, type TestServer } from '../support/index.js';

describe('without Redis', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ redisUrl: null });
  });
  afterAll(() => server.stop());

  it('mediates in process, and takes up after a crash what was pending', async () => {
    const batch = (name: string) => ({
      data: Array.from({ length: 200 }, (_, n) => ({
        Date: '2026-04-16T14:32:00Z',
        OriginatingIdentifier: 'acct-100001',
        UdrUsageIdentifier: `${name}-${n}`,
        Value: 10,
        UsageClassName: 'API Requests',
        UsageClassTypeName: 'Requests',
      })),
    });
    expect((await server.api.importUsage('usageJson', batch('a'))).counts).toMatchObject({ imported: 200 });
    const sent = await Promise.all(
      ['b', 'c', 'd'].map((name) => server.api.postUsage('usageJson', batch(name))),
    );
    await server.restart('SIGKILL');
    for (const { body } of sent) {
      expect((await server.api.waitForImport(body.trackingId, 90_000)).counts).toMatchObject({
        imported: 200,
      });
    }
    expect(await server.api.list('/api/v1/usage', { feed: 'usageJson' })).toHaveLength(800);
  }, 150_000);
});
