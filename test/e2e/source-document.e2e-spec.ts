import { startServer, type TestServer } from '../support/index.js';

/** The two bodies of LogiSense's "Import Usage by API", word for word. */
const JSON_RECORD = `{
"Date": "2026-04-16T14:32:00Z",
"UdrIdentifierTypeName": "Unknown",
"OriginatingIdentifier": "acct-100045",
"TerminatingIdentifier": "svc-api-gateway",
"UdrUsageIdentifier": "evt-20260416-00012345",
"Value": 1250,
"UsageClassName": "API Requests",
"UsageClassTypeName": "Requests",
"Inbound": false,
"PrimaryDataRow": 1,
"Extensions": {
"region": "us-east-1",
"plan": "growth",
"operation": "generateReport"
}
}`;
const RAW_ROWS = `{
"data": [
"2022-05-01T01:01:00.01,Unknown,4038675309,4038675345,648-688-4180,94,False,False,data_class,Data_1,2022-05-01T01:01:00.01"
]
}`;

describe("the source document's two bodies", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server.stop());

  const usageOf = (trackingId: string) => server.api.list('/api/v1/usage', { trackingId });

  it('become rated usage, with every field as sent', async () => {
    const json = await server.api.importUsage('usageJson', JSON_RECORD, {
      headers: { 'feedmill-source': 'gateway-7' },
    });
    expect(json).toMatchObject({
      status: 'completed',
      channel: 'api',
      source: 'gateway-7',
      submittedBy: 'bootstrap',
      feed: { name: 'usage-json', apiName: 'usageJson' },
      profile: { name: 'usage-json', version: 1 },
      counts: { total: 1, imported: 1, exception: 0, skipped: 0, duplicate: 0, pending: 0 },
      usageCount: 1,
      error: null,
    });
    const [usage] = await usageOf(json.trackingId);
    expect(usage).toEqual({
      id: expect.stringMatching(/^u/),
      trackingId: json.trackingId,
      index: 0,
      part: 0,
      producedBy: json.trackingId,
      feed: json.feed,
      profile: { name: 'usage-json', version: 1 },
      kind: 'usage',
      live: true,
      reverses: null,
      postedAt: expect.stringMatching(/^20\d\d-.*Z$/),
      mode: 'live',
      late: false,
      date: '2026-04-16T14:32:00Z',
      timeZone: 'UTC',
      localDate: expect.stringContaining('2026-04-16'),
      usageKey: 'evt-20260416-00012345',
      identifierType: 'Unknown',
      originatingIdentifier: 'acct-100045',
      terminatingIdentifier: 'svc-api-gateway',
      usageIdentifier: 'evt-20260416-00012345',
      value: '1250',
      usageClass: 'API Requests',
      usageClassType: 'Requests',
      inbound: false,
      reverseRating: false,
      primaryDataRow: 1,
      extensions: { region: 'us-east-1', plan: 'growth', operation: 'generateReport' },
      resolvedIdentifier: { field: 'originatingIdentifier', type: expect.any(String), value: 'acct-100045' },
      accountId: expect.any(String),
      serviceId: expect.any(String),
      rating: {
        source: 'rated',
        plan: 'standard',
        rateId: expect.any(String),
        quantity: '1250',
        unitPrice: '0.0004',
        amount: '0.5',
        currency: 'USD',
      },
      cost: null,
    });
    expect(await server.api.get(`/api/v1/usage/${usage.id}`)).toEqual(usage);

    const rows = await server.api.importUsage('usageCsv', RAW_ROWS);
    const [row] = await usageOf(rows.trackingId);
    expect(row).toMatchObject({
      date: '2022-05-01T01:01:00.01Z',
      originatingIdentifier: '4038675309',
      terminatingIdentifier: '4038675345',
      usageIdentifier: '648-688-4180',
      value: '94',
      usageClass: 'data_class',
      usageClassType: 'Data_1',
      inbound: false,
      reverseRating: false,
      extensions: { date2: '2022-05-01T01:01:00.01' },
      rating: { quantity: '94', unitPrice: '0.05', amount: '4.7', currency: 'USD' },
    });
  });

  it('are duplicates by id, by API name and by the LogiSense routes', async () => {
    const first = (await server.api.list('/api/v1/imports', { feed: 'usageJson' })).at(-1);
    const feeds: { id: number; apiName: string }[] = await server.api.list('/api/v1/feeds');
    const json = feeds.find((f) => f.apiName === 'usageJson')!;
    const csv = feeds.find((f) => f.apiName === 'usageCsv')!;
    for (const trackingId of [
      (await server.api.importUsage(json.id, JSON_RECORD)).trackingId,
      (await server.api.post(`/api/v10/DataImport/Usage/Json/${json.id}`, JSON_RECORD)).trackingId,
      (await server.api.post('/ResourceServer/api/v8/internal/DataImport/Usage/Json/usageJson', JSON_RECORD))
        .trackingId,
      (await server.api.post('/api/v6/DataImport/Usage/Json/Multi/usage-json', `{"data":[${JSON_RECORD}]}`))
        .trackingId,
      (await server.api.post(`/api/v9/DataImport/Usage/${csv.id}`, RAW_ROWS)).trackingId,
      (await server.api.post('/ResourceServer/api/v7/DataImport/Usage/usageCsv', RAW_ROWS)).trackingId,
    ]) {
      expect((await server.api.waitForImport(trackingId)).counts).toMatchObject({ total: 1, duplicate: 1 });
    }
    const again = await server.api.importUsage('usageJson', JSON_RECORD);
    const { items } = await server.api.get(`/api/v1/imports/${again.trackingId}/records`);
    expect(items).toEqual([
      {
        index: 0,
        verdict: 'duplicate',
        usageKey: 'evt-20260416-00012345',
        usageIds: [],
        exceptionId: null,
        reason: null,
        duplicateOf: { trackingId: first.trackingId, index: 0 },
        of: null,
      },
    ]);
    expect(await server.api.list('/api/v1/usage')).toHaveLength(2);
  });

  it('can be read again as they were received', async () => {
    const { trackingId } = await server.api.importUsage('usageJson', JSON_RECORD);
    expect((await server.api.request('GET', `/api/v1/imports/${trackingId}/source`)).body).toEqual(
      JSON.parse(JSON_RECORD),
    );
  });

  it('tell two calls of one telephone number apart by their dates', async () => {
    const row = (date: string) =>
      `${date},Unknown,4038675309,4038675345,648-688-4180,94,False,False,data_class,Data_1,${date}`;
    const sample = { data: [row('2022-06-01T01:01:00.01'), row('2022-06-02T01:01:00.01')] };
    expect((await server.api.importUsage('usageCsv', sample)).counts).toMatchObject({
      imported: 2,
      duplicate: 0,
    });
  });
});
