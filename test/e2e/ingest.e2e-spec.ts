import { gzipSync } from 'node:zlib';
import { startServer, type TestServer } from '../support/index.js';

/** The bodies of the source document, as they stand there. */
const ROW_BODY = `{
"data": [
"2022-05-01T01:01:00.01,Unknown,4038675309,4038675345,648-688-4180,94,False,False,data_class,Data_1,2022-05-01T01:01:00.01"
]
}`;
const RECORD_BODY = `{
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

const MAX_BODY_BYTES = 256 * 1024;
const CSV = { 'content-type': 'text/csv' };
const NDJSON = { 'content-type': 'application/x-ndjson' };
const GZIP = { 'content-encoding': 'gzip' };

const row = (minute: number) =>
  `2022-05-01T02:${String(minute).padStart(2, '0')}:00,Unknown,4038675309,4038675345,648-688-4180,94,False,False,data_class,Data_1,`;
const record = (id: string) => ({ ...(JSON.parse(RECORD_BODY) as object), UdrUsageIdentifier: id });
const records = (count: number, prefix: string) =>
  Array.from({ length: count }, (_, i) => record(`${prefix}-${i}`));
const gzip = (text: string) => new Uint8Array(gzipSync(text));

let server: TestServer;
const post = (feed: string | number, body: string | object, headers: Record<string, string> = {}) =>
  server.api.postUsage(feed, body, { headers });

beforeAll(async () => {
  server = await startServer({ env: { FEEDMILL_MAX_BODY_BYTES: String(MAX_BODY_BYTES) } });
});
afterAll(() => server?.stop());

async function feedId(apiName: string): Promise<number> {
  return (await server.api.get<{ id: number }>(`/api/v1/feeds/${apiName}`)).id;
}

async function verdicts(trackingIds: string[]): Promise<{ imported: number; duplicate: number }> {
  const imports = await Promise.all(trackingIds.map((id) => server.api.waitForImport(id)));
  const sum = (name: 'imported' | 'duplicate') =>
    imports.reduce((total, { counts }) => total + counts[name], 0);
  return { imported: sum('imported'), duplicate: sum('duplicate') };
}

/** Amounts rated for what some imports brought. */
async function amounts(trackingIds: string[]): Promise<string[]> {
  const lists = await Promise.all(
    trackingIds.map((trackingId) => server.api.list('/api/v1/usage', { trackingId })),
  );
  return lists.flat().map((usage: { rating: { amount: string } }) => usage.rating.amount);
}

describe("the source document's bodies", () => {
  it.each([
    ['row', 'usageCsv', 'usage-csv', 'DataImport/Usage/', ROW_BODY, '4.7'],
    ['record', 'usageJson', 'usage-json', 'DataImport/Usage/Json/', RECORD_BODY, '0.5'],
  ])(
    'are taken as they stand: the %s by API name, id and LogiSense routes',
    async (_, apiName, name, route, body, amount) => {
      const id = await feedId(apiName);
      const native = [await post(apiName, body), await post(id, body)];
      expect(native.map(({ status }) => status)).toEqual([202, 202]);
      const logisense = await Promise.all([
        server.api.request('POST', `/api/v10/${route}${id}`, body),
        server.api.request('POST', `/ResourceServer/api/v6/internal/${route}${apiName}`, body),
        server.api.request('POST', `/api/v8/internal/${route}${name}`, body),
      ]);
      expect(logisense.map(({ status }) => status)).toEqual([200, 200, 200]);
      const trackingIds: string[] = [...native, ...logisense].map((answer) => answer.body.trackingId);
      expect(await verdicts(trackingIds)).toEqual({ imported: 1, duplicate: 4 });
      expect(await amounts(trackingIds)).toEqual([amount]);
    },
  );

  it('give two records where one usage identifier was used on two dates', async () => {
    const answer = await post('usageCsv', { data: [row(1), row(2)] });
    expect(await verdicts([answer.body.trackingId])).toEqual({ imported: 2, duplicate: 0 });
  });
});

describe('a post', () => {
  it('is answered with a tracking id, where to follow it, and counts that add up', async () => {
    const { status, headers, body } = await post('usageJson', { data: records(3, 'answer') });
    expect(status).toBe(202);
    const link = `/api/v1/imports/${body.trackingId}`;
    expect(headers.get('location')).toBe(link);
    expect(body).toEqual({
      trackingId: expect.stringMatching(
        /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      ),
      feed: { id: await feedId('usageJson'), name: 'usage-json', apiName: 'usageJson' },
      status: 'queued',
      counts: { total: 3, imported: 0, exception: 0, skipped: 0, duplicate: 0, pending: 3 },
      links: { import: link },
    });
    expect((await server.api.waitForImport(body.trackingId)).counts.imported).toBe(3);
  });

  it('names where it came from, cleaned', async () => {
    const source = Buffer.from('März\u202e-2026.csv', 'utf8').toString('latin1');
    const { body } = await post('usageJson', record('source'), { 'feedmill-source': ` ${source} ` });
    expect((await server.api.waitForImport(body.trackingId)).source).toBe('März -2026.csv');
  });

  it.each([
    ['one record', 'usageJson', JSON.stringify(record('shape-1')), {}, 1],
    ['an array', 'usageJson', JSON.stringify(records(2, 'shape-2')), {}, 2],
    ['an envelope', 'usageJson', JSON.stringify({ data: records(3, 'shape-3') }), {}, 3],
    [
      'lines',
      'usageJson',
      records(2, 'shape-4')
        .map((r) => JSON.stringify(r))
        .join('\r\n\n'),
      NDJSON,
      2,
    ],
    ['a byte order mark', 'usageJson', `\ufeff${JSON.stringify(record('shape-5'))}`, {}, 1],
    [
      'a charset',
      'usageJson',
      JSON.stringify(record('shape-6')),
      { 'content-type': 'application/json; charset="UTF-8"' },
      1,
    ],
    ['rows', 'usageCsv', `\ufeff${row(11)}\r\n\n${row(12)}\n`, CSV, 2],
  ])('is taken as %s', async (_, feed, text, headers, total) => {
    const plain = await post(feed, text, headers);
    expect(plain).toMatchObject({ status: 202, body: { counts: { total } } });
    const zipped = await server.api.postUsage(feed, gzip(text), { headers: { ...headers, ...GZIP } });
    expect(zipped).toMatchObject({ status: 202, body: { counts: { total } } });
    expect(await verdicts([plain.body.trackingId, zipped.body.trackingId])).toEqual({
      imported: total,
      duplicate: total,
    });
  });

  it('keeps its place for what is no record among records', async () => {
    const { body } = await post('usageJson', [record('among'), null, 5, [], 'text']);
    expect((await server.api.waitForImport(body.trackingId)).counts).toMatchObject({
      total: 5,
      imported: 1,
      exception: 4,
    });
    const lines = await post('usageJson', `${JSON.stringify(record('among-lines'))}\n{"broken":\n`, NDJSON);
    expect((await server.api.waitForImport(lines.body.trackingId)).counts).toMatchObject({
      imported: 1,
      exception: 1,
    });
  });

  it('may hold 1,000 records, no more', async () => {
    expect(await post('usageCsv', `${row(20)}\n`.repeat(1000), CSV)).toMatchObject({ status: 202 });
    for (const [feed, body, headers] of [
      ['usageCsv', `${row(20)}\n`.repeat(1001), CSV],
      ['usageCsv', { data: Array(1001).fill('a') }, {}],
      ['usageJson', Array(1001).fill({}), {}],
      ['usageJson', '{}\n'.repeat(1001), NDJSON],
    ] as const) {
      const { status, body: problem } = await post(feed, body, headers);
      expect({ status, ...problem }).toMatchObject({ status: 413, code: 'too_many_records', detail: /1000/ });
    }
  });

  it('may have as many bytes as the limit, four times that decompressed, and not one more', async () => {
    const padded = (bytes: number) => JSON.stringify(record('padded')).padEnd(bytes);
    expect(await post('usageJson', padded(MAX_BODY_BYTES))).toMatchObject({ status: 202 });
    expect(await post('usageJson', padded(MAX_BODY_BYTES + 1))).toMatchObject({
      status: 413,
      body: { code: 'body_too_large' },
    });
    const zipped = (bytes: number) =>
      server.api.postUsage('usageJson', gzip(padded(bytes)), { headers: GZIP });
    expect(await zipped(4 * MAX_BODY_BYTES)).toMatchObject({ status: 202 });
    expect(await zipped(4 * MAX_BODY_BYTES + 1)).toMatchObject({
      status: 413,
      body: { code: 'body_too_large' },
    });
  });

  it('that is a gzip bomb is refused at the limit, not when it has gone off', async () => {
    const bomb = new Uint8Array(gzipSync(Buffer.alloc(200 * 1024 * 1024, ' ')));
    const start = performance.now();
    const answer = await server.api.postUsage('usageJson', bomb, { headers: GZIP });
    expect(answer).toMatchObject({ status: 413, body: { code: 'body_too_large' } });
    expect(performance.now() - start).toBeLessThan(1000);
  });
});

describe('an idempotency key', () => {
  it('makes one import of fifty posts at once', async () => {
    const body = JSON.stringify({ data: records(10, 'fifty') });
    const headers = { 'idempotency-key': 'fifty-at-once' };
    const answers = await Promise.all(Array.from({ length: 50 }, () => post('usageJson', body, headers)));
    const accepted = answers.filter(({ status }) => status === 202);
    const others = answers.filter(({ status }) => status !== 202);
    expect(accepted.filter((answer) => !answer.headers.has('idempotency-replayed'))).toHaveLength(1);
    expect(new Set(accepted.map((answer) => answer.body.trackingId)).size).toBe(1);
    for (const other of others)
      expect(other).toMatchObject({ status: 409, body: { code: 'idempotency_in_progress' } });
    expect(await verdicts([accepted[0]!.body.trackingId])).toEqual({ imported: 10, duplicate: 0 });
  });

  it('answers again with the import as it is now, compressed or not, on any route', async () => {
    const headers = { 'idempotency-key': '!again~"' };
    const body = JSON.stringify({ data: records(2, 'again') });
    const first = await post('usageJson', body, headers);
    await server.api.waitForImport(first.body.trackingId);
    const again = await post('usageJson', body, headers);
    expect(again).toMatchObject({
      status: 202,
      body: {
        trackingId: first.body.trackingId,
        status: 'completed',
        counts: { total: 2, imported: 2, pending: 0 },
      },
    });
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(again.headers.get('location')).toBe(first.headers.get('location'));
    const zipped = await server.api.postUsage('usageJson', gzip(body), { headers: { ...headers, ...GZIP } });
    expect(zipped.body.trackingId).toBe(first.body.trackingId);
    const logisense = await server.api.request(
      'POST',
      '/api/v7/DataImport/Usage/Json/Multi/usageJson',
      body,
      { headers },
    );
    expect(logisense).toMatchObject({ status: 200, body: { trackingId: first.body.trackingId } });
  });

  it('with another body or content type is refused, on another feed it is another key', async () => {
    const headers = { 'idempotency-key': 'reused' };
    const body = JSON.stringify(record('reused'));
    const first = await post('usageJson', body, headers);
    for (const answer of [
      await post('usageJson', `${body} `, headers),
      await post('usageJson', body, { ...headers, ...NDJSON }),
    ]) {
      expect(answer).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
    }
    const other = await post('usageCsv', { data: [row(30)] }, headers);
    expect(other.status).toBe(202);
    expect(other.body.trackingId).not.toBe(first.body.trackingId);
  });

  it('of a request that stored nothing may be used again', async () => {
    const headers = { 'idempotency-key': 'stored-nothing' };
    expect(await post('usageJson', '{"data":5}', headers)).toMatchObject({
      status: 422,
      body: { code: 'wrong_shape' },
    });
    expect(await post('usageJson', record('stored-nothing'), headers)).toMatchObject({ status: 202 });
  });
});

describe('LogiSense-shaped posts', () => {
  it('are answered in the shape of LogiSense', async () => {
    const { status, body } = await server.api.request(
      'POST',
      '/api/v10/DataImport/Usage/Json/Multi/usageJson',
      {
        data: records(2, 'logisense'),
      },
    );
    const { trackingId } = body;
    expect(status).toBe(200);
    expect(body).toEqual({
      trackingId,
      type: 'create',
      results: {
        totalCount: 2,
        items: [
          {
            action: 'messageSent',
            dtoTypeKey: 'sendUsage',
            instance: { trackingId, udrFeedId: await feedId('usageJson') },
          },
          { action: 'created', dtoTypeKey: 'dataImportRequestTracking', instance: { trackingId } },
        ],
      },
    });
    expect(await verdicts([trackingId])).toEqual({ imported: 2, duplicate: 0 });
  });

  it('may log in first', async () => {
    const key = server.api.key!;
    const logIn = (secret: string) =>
      server.api.request(
        'POST',
        '/AuthorizationServer/api/v10/Access/Login',
        new URLSearchParams({
          grant_type: 'client_credentials',
          client_id: key.split('_')[1]!,
          client_secret: secret,
        }).toString(),
        { headers: { 'content-type': 'application/x-www-form-urlencoded' }, key: null },
      );
    const { status, body } = await logIn(key);
    expect({ status, body }).toMatchObject({ status: 200, body: { token_type: 'bearer', expires_in: 1800 } });
    const posted = await server.api
      .as(body.access_token)
      .request('POST', '/api/v10/DataImport/Usage/Json/usageJson', record('logged-in'));
    expect(posted.status).toBe(200);
    expect(await logIn(`${key.slice(0, -1)}x`)).toMatchObject({
      status: 401,
      body: { errors: [{ code: 10401000 }] },
    });
  });
});
