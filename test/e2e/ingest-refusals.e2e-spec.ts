import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { startServer, TEST_ADMIN_KEY, type TestServer } from '../support/index.js';

const JSON_TYPE = { 'content-type': 'application/json' };
const CSV = { 'content-type': 'text/csv' };
const NDJSON = { 'content-type': 'application/x-ndjson' };
const GZIP = { ...JSON_TYPE, 'content-encoding': 'gzip' };
const RECORD = '{"Value":1}';

const bytes = (buffer: Buffer) => new Uint8Array(buffer);
const nested = (levels: number) => `${'{"a":'.repeat(levels - 1)}{}${'}'.repeat(levels - 1)}`;

let server: TestServer;

beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server?.stop());

const countImports = async () => (await server.api.list('/api/v1/imports')).length;

/** A refusal is a problem with this status and code, and nothing is stored. */
async function expectRefused(
  request: Promise<{ status: number; headers: Headers; body: unknown }>,
  status: number,
  code: string,
): Promise<void> {
  const answer = await request;
  expect(answer).toMatchObject({ status, body: { status, code } });
  expect(answer.headers.get('content-type')).toMatch('application/problem+json');
}

async function expectNothingStored(refusals: () => Promise<void>): Promise<void> {
  const before = await countImports();
  await refusals();
  expect(await countImports()).toBe(before);
}

const post = (
  feed: string,
  body: string | Uint8Array<ArrayBuffer> | undefined,
  headers: Record<string, string> = JSON_TYPE,
) => server.api.postUsage(feed, body, { headers });

describe('framing', () => {
  it.each<
    [string, string, string | Uint8Array<ArrayBuffer> | undefined, Record<string, string>, number, string]
  >([
    ['no body', 'usageJson', undefined, JSON_TYPE, 400, 'empty_batch'],
    ['an empty body', 'usageCsv', '', CSV, 400, 'empty_batch'],
    ['white space', 'usageJson', ' \r\n ', JSON_TYPE, 400, 'empty_batch'],
    ['an empty array', 'usageJson', '[]', JSON_TYPE, 400, 'empty_batch'],
    ['an empty envelope', 'usageCsv', '{"data":[]}', JSON_TYPE, 400, 'empty_batch'],
    ['blank lines', 'usageJson', '\n\n', NDJSON, 400, 'empty_batch'],
    ['blank rows', 'usageCsv', '\r\n\n', CSV, 400, 'empty_batch'],
    ['text/plain', 'usageJson', RECORD, { 'content-type': 'text/plain' }, 415, 'unsupported_media_type'],
    [
      'no content type',
      'usageJson',
      bytes(Buffer.from(RECORD)),
      { 'content-type': '' },
      415,
      'unsupported_media_type',
    ],
    [
      'a content type that is none',
      'usageJson',
      RECORD,
      { 'content-type': ';;' },
      415,
      'unsupported_media_type',
    ],
    [
      'a form',
      'usageJson',
      'a=1',
      { 'content-type': 'application/x-www-form-urlencoded' },
      415,
      'unsupported_media_type',
    ],
    [
      'another charset',
      'usageJson',
      RECORD,
      { 'content-type': 'application/json; charset=iso-8859-1' },
      415,
      'unsupported_media_type',
    ],
    ['rows for records', 'usageJson', 'a,b', CSV, 415, 'unsupported_media_type'],
    ['records for rows', 'usageCsv', RECORD, NDJSON, 415, 'unsupported_media_type'],
    [
      'brotli',
      'usageJson',
      RECORD,
      { ...JSON_TYPE, 'content-encoding': 'br' },
      415,
      'unsupported_media_type',
    ],
    [
      'nested encodings',
      'usageJson',
      RECORD,
      { ...JSON_TYPE, 'content-encoding': 'gzip, gzip' },
      415,
      'unsupported_media_type',
    ],
    ['no gzip', 'usageJson', RECORD, GZIP, 400, 'malformed_body'],
    ['truncated gzip', 'usageJson', bytes(gzipSync(RECORD).subarray(0, -6)), GZIP, 400, 'malformed_body'],
    ['empty gzip', 'usageJson', bytes(Buffer.alloc(0)), GZIP, 400, 'malformed_body'],
    [
      'invalid UTF-8',
      'usageJson',
      bytes(Buffer.from('{"a":"\xff"}', 'latin1')),
      JSON_TYPE,
      400,
      'malformed_body',
    ],
    ['invalid UTF-8 rows', 'usageCsv', bytes(Buffer.from('a\xe9,b', 'latin1')), CSV, 400, 'malformed_body'],
    [
      'UTF-16',
      'usageJson',
      bytes(Buffer.from(`\ufeff${RECORD}`, 'utf16le')),
      JSON_TYPE,
      400,
      'malformed_body',
    ],
  ])('refuses %s', async (_, feed, body, headers, status, code) => {
    await expectNothingStored(() => expectRefused(post(feed, body, headers), status, code));
  });

  it('survives a body that is not as long as announced', async () => {
    const { port } = new URL(server.url);
    const socket = connect(Number(port), '127.0.0.1');
    socket.write(
      `POST /api/v1/feeds/usageJson/usage HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TEST_ADMIN_KEY}\r\n` +
        `content-type: application/json\r\ncontent-length: 5\r\n\r\n${RECORD}`,
    );
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 400 /);
    socket.destroy();
  });

  it('blames the database for no client that goes in the middle of its body', async () => {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    socket.write(
      `POST /api/v1/feeds/usageJson/usage HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TEST_ADMIN_KEY}\r\n` +
        `content-type: application/json\r\ncontent-length: 50\r\n\r\n${RECORD}`,
    );
    await sleep(300);
    socket.destroy();
    await sleep(300);
    expect(server.log()).not.toContain('cannot be reached');
  });

  it.each([
    ['what is no HTTP', 'NONSENSE\r\n\r\n', 400, 'malformed_request'],
    ['endless headers', `GET / HTTP/1.1\r\nhost: x\r\nx: ${'x'.repeat(40_000)}`, 431, 'headers_too_large'],
  ])('answers %s with a problem too', async (_, sent, status, code) => {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    socket.write(sent);
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk as Buffer);
    const [head, body] = Buffer.concat(chunks).toString().split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} .*content-type: application/problem\\+json`, 's'));
    expect(JSON.parse(body!)).toMatchObject({ status, code, requestId: expect.any(String) });
  });

  it.each([
    '/api/v1/feeds/..%2Fadmin%2Fkeys/usage',
    '/api/v1/feeds/%2e%2e/usage',
    '/api/v1//feeds/usageJson/usage',
    '/api/v1/feeds/a%00b/usage',
  ])('finds nothing at %s', async (path) => {
    expect(await server.api.request('POST', path, RECORD)).toMatchObject({ status: 404 });
  });

  it('refuses a URL that cannot be decoded or is too long, and parameters it does not know', async () => {
    const at = (feed: string) => server.api.request('POST', `/api/v1/feeds/${feed}/usage`, RECORD);
    await expectRefused(at('%E0%A4%A'), 400, 'malformed_url');
    await expectRefused(at('a'.repeat(1000)), 414, 'url_too_long');
    await expectRefused(
      server.api.postUsage('usageJson', RECORD, { query: { nonsense: 1 } }),
      400,
      'invalid_parameter',
    );
  });
});

describe('shape', () => {
  const MALFORMED = [
    '{',
    '{"a":1,}',
    '[NaN]',
    '/* */{}',
    "{'a':1}",
    '{"a":1}{"b":2}',
    nested(65),
    '['.repeat(10_000),
  ];
  const WRONG = [
    'null',
    '5',
    '"text"',
    'true',
    '{"data":5}',
    '{"data":{}}',
    '[null,5,[]]',
    '{"data":["row"]}',
  ];

  it.each(MALFORMED)('refuses %.20s as malformed', async (text) => {
    await expectNothingStored(() => expectRefused(post('usageJson', text), 400, 'malformed_body'));
  });

  it.each(WRONG)('refuses %s where records belong', async (text) => {
    await expectNothingStored(() => expectRefused(post('usageJson', text), 422, 'wrong_shape'));
  });

  it.each(['null', '{}', '["row"]', '{"data":[{}]}', '{"data":[null,5]}', '{"data":["row"],"more":1}'])(
    'refuses %s where rows belong',
    async (text) => {
      await expectNothingStored(() => expectRefused(post('usageCsv', text), 422, 'wrong_shape'));
    },
  );

  it('refuses lines of which none can be read', async () => {
    await expectRefused(post('usageJson', '{\n}\n', NDJSON), 400, 'malformed_body');
    await expectRefused(post('usageJson', '5\nnull\n', NDJSON), 422, 'wrong_shape');
  });

  it('takes what is odd but a record: the record is an exception, the server lives', async () => {
    const members = Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`k${i}`, i]));
    const odd = [
      '{}',
      nested(64),
      JSON.stringify(members),
      '{"__proto__":{"a":1},"constructor":{"prototype":{"a":1}}}',
    ];
    for (const text of odd) {
      const { status, body } = await post('usageJson', text);
      expect(status).toBe(202);
      expect((await server.api.waitForImport(body.trackingId)).counts).toMatchObject({
        total: 1,
        exception: 1,
      });
    }
  });

  it.each(['', ' ', 'a b', 'ä', 'x'.repeat(256)])('refuses the idempotency key %j', async (key) => {
    const header = Buffer.from(key, 'utf8').toString('latin1');
    await expectRefused(
      post('usageJson', RECORD, { ...JSON_TYPE, 'idempotency-key': header }),
      400,
      'invalid_parameter',
    );
  });
});

describe('identity', () => {
  const post = (key: string | null, path = '/api/v1/feeds/usageJson/usage') =>
    server.api.as(key).request('POST', path, RECORD);
  const newKey = (body: object) => server.api.post<{ id: string; key: string }>('/api/v1/admin/keys', body);

  it('needs a key that works, in the header', async () => {
    await expectNothingStored(async () => {
      await expectRefused(post(null), 401, 'unauthorized');
      await expectRefused(post(`${TEST_ADMIN_KEY.slice(0, -1)}x`), 401, 'unauthorized');
      await expectRefused(post('fm_' + 'x'.repeat(10_000)), 401, 'unauthorized');
      await expectRefused(
        post(null, `/api/v1/feeds/usageJson/usage?key=${TEST_ADMIN_KEY}`),
        401,
        'unauthorized',
      );
    });
  });

  it('needs a role that may post, the right feed, and not to be revoked', async () => {
    const viewer = await newKey({ name: 'viewer', role: 'viewer' });
    const limited = await newKey({ name: 'limited', role: 'integrator', feeds: ['usageCsv'] });
    await expectRefused(post(viewer.key), 403, 'forbidden');
    await expectRefused(post(limited.key), 403, 'forbidden');
    const postRow = () => server.api.as(limited.key).postUsage('usageCsv', { data: ['x'] });
    expect((await postRow()).status).toBe(202);
    await server.api.post(`/api/v1/admin/keys/${limited.id}/revoke`, {});
    await expectRefused(postRow(), 401, 'unauthorized');
  });

  it.each(['unknown', '999999', '99999999999999', 'usage-json', 'x'.repeat(500)])(
    'finds no feed %.20s',
    async (feed) => {
      await expectRefused(server.api.postUsage(feed, RECORD), 404, 'feed_not_found');
    },
  );

  it('refuses a feed that is disabled, or whose profile has no published version', async () => {
    const { id: _, ...feed } = await server.api.get<Record<string, unknown>>('/api/v1/feeds/usageJson');
    const { format, profile, usageKey } = feed;
    const create = (apiName: string, more: object) =>
      server.api.post('/api/v1/feeds', { name: apiName, apiName, format, profile, usageKey, ...more });
    await create('disabledOne', { enabled: false });
    await expectRefused(server.api.postUsage('disabledOne', RECORD), 409, 'feed_disabled');
    await server.api.patch('/api/v1/feeds/disabledOne', { enabled: true });
    expect((await server.api.postUsage('disabledOne', RECORD)).status).toBe(202);
    await server.api.patch('/api/v1/feeds/disabledOne', { enabled: false });
    await expectRefused(server.api.postUsage('disabledOne', RECORD), 409, 'feed_disabled');

    await server.api.post('/api/v1/profiles', { name: 'unpublished' });
    await create('unpublishedOne', { profile: 'unpublished' });
    await expectRefused(server.api.postUsage('unpublishedOne', RECORD), 409, 'profile_not_published');
  });
});

it('says what is taken, and how much', async () => {
  const ask = async (method: string, path: string, body: string, type: string) =>
    (await server.api.request(method, path, body, { headers: { 'content-type': type } })).body.detail;
  const usage = '/api/v1/feeds/usageJson/usage';
  expect(await ask('POST', usage, RECORD, ';;')).toMatch(/taken are application\/json, text\/csv, .*ndjson/);
  expect(await ask('POST', '/api/v1/feeds', 'a', 'text/plain')).toMatch(/taken are application\/json\.$/);
  expect(await ask('PUT', '/api/v1/identifiers', 'a', 'text/plain')).toMatch(
    /application\/json, text\/csv\.$/,
  );
  expect(await ask('POST', usage, ' '.repeat(8 * 1024 * 1024 + 1), 'application/json')).toContain(
    '8388608 bytes',
  );
});

it('takes no source that would have to be cut', async () => {
  const send = (source: string) => post('usageJson', RECORD, { ...JSON_TYPE, 'feedmill-source': source });
  await expectNothingStored(() => expectRefused(send('x'.repeat(256)), 400, 'invalid_header'));
  expect((await send('x'.repeat(255))).status).toBe(202);
});

describe('on LogiSense-shaped routes', () => {
  it.each<[string, string, string, Record<string, string>, number]>([
    ['the wrong shape', 'usageJson', '{"data":5}', JSON_TYPE, 422],
    ['an unknown feed', 'nonsense', RECORD, JSON_TYPE, 404],
    ['too large a body', 'usageJson', ' '.repeat(8 * 1024 * 1024 + 1), JSON_TYPE, 413],
    ['another content type', 'usageJson', RECORD, { 'content-type': 'text/plain' }, 415],
  ])('refuses %s in their shape with the native status', async (_, feed, body, headers, status) => {
    const answer = await server.api.request('POST', `/api/v9/DataImport/Usage/Json/${feed}`, body, {
      headers,
    });
    expect(answer.status).toBe(status);
    expect(answer.body).toEqual({
      trackingId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      type: 'create',
      errors: [{ code: 10_000_000 + status * 1000, message: expect.any(String) }],
    });
  });

  it('refuses a missing key and an unknown route in their shape too', async () => {
    const path = '/ResourceServer/api/v6/DataImport/Usage/usageCsv';
    expect(await server.api.as(null).request('POST', path, RECORD)).toMatchObject({
      status: 401,
      body: { errors: [{ code: 10401000 }] },
    });
    expect(await server.api.request('POST', '/api/v6/DataImport/Nonsense', RECORD)).toMatchObject({
      status: 404,
      body: { errors: [{ code: 10404000 }] },
    });
  });
});

it('answers none of all this with a mistake of its own', () => {
  expect(server.logLines().filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
});
