import { gzipSync } from 'node:zlib';
import { type TestServer, startServer } from '../support/index.js';

const ONE = { 'content-type': 'application/cloudevents+json; charset=utf-8' };
const BATCH = { 'content-type': 'application/cloudevents-batch+json' };
const FEED = 'meterEvents';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
  const { api } = server;
  await api.post('/api/v1/profiles', { name: 'meter-events' });
  await api.post('/api/v1/profiles/meter-events/versions', {
    decode: { use: 'decode-json@1', config: {} },
    steps: [
      {
        use: 'map-fields@1',
        config: {
          fields: [
            { field: 'date', from: '$event.time' },
            { field: 'originatingIdentifier', from: '$event.subject' },
            { field: 'usageIdentifier', template: '{$event.source}#{$event.id}' },
            { field: 'value', from: 'kWh' },
          ],
        },
      },
      {
        use: 'normalize@1',
        config: {
          fields: [
            { field: 'usageClass', expression: '$uppercase(`$event`.type)' },
            { field: 'extensions.tariff', expression: '$event.tariff', optional: true },
          ],
        },
      },
    ],
  });
  await api.post('/api/v1/profiles/meter-events/versions/1/publish', { comment: 'first' });
  await api.post('/api/v1/feeds', {
    name: 'meter-events',
    apiName: FEED,
    format: 'records',
    profile: 'meter-events',
    usageKey: { fields: ['$event.source', '$event.id'] },
  });
});
afterAll(() => server?.stop());

const attributes = (id: string, more: object = {}) => ({
  specversion: '1.0',
  id,
  source: '/meters/7',
  type: 'kwh',
  time: '2026-10-25T00:30:00Z',
  subject: 'meter 7',
  ...more,
});
const event = (id: string, kWh: unknown = 0.25, more: object = {}) => ({
  ...attributes(id, more),
  data: { kWh },
});
const headersOf = (id: string, more: Record<string, string> = {}) => ({
  'content-type': 'application/json',
  ...Object.fromEntries(
    Object.entries(attributes(id)).map(([name, value]) => [`ce-${name}`, encodeURIComponent(value)]),
  ),
  ...more,
});
const send = (body: string | object, headers: Record<string, string>) =>
  server.api.postUsage(FEED, body, { headers });
const run = (body: string | object, headers: Record<string, string>) =>
  server.api.importUsage(FEED, body, { headers });
const usageOf = (trackingId: string) => server.api.list('/api/v1/usage', { trackingId });

describe('a CloudEvent', () => {
  const entry = (id: string, value: string, extensions: object = {}) =>
    expect.objectContaining({
      usageKey: `/meters/7|${id}`,
      usageIdentifier: `/meters/7#${id}`,
      originatingIdentifier: 'meter 7',
      date: '2026-10-25T00:30:00Z',
      usageClass: 'KWH',
      value,
      extensions,
    });

  it('is a record in each of its three forms; its attributes can be the key, be mapped and be read by expressions', async () => {
    const structured = await run(event('s-1', 0.25, { tariff: 'night' }), ONE);
    const batch = await run([event('b-1', 1), event('b-2', 2)], BATCH);
    const binary = await run({ kWh: 3 }, headersOf('x-1', { 'ce-tariff': 'd%C3%A4y' }));
    expect([structured, batch, binary].map(({ counts }) => counts.imported)).toEqual([1, 2, 1]);
    expect(await usageOf(structured.trackingId)).toEqual([entry('s-1', '0.25', { tariff: 'night' })]);
    expect((await usageOf(batch.trackingId)).toReversed()).toEqual([entry('b-1', '1'), entry('b-2', '2')]);
    expect(await usageOf(binary.trackingId)).toEqual([entry('x-1', '3', { tariff: 'däy' })]);
  });

  it('is a duplicate sent again in another form, and a conflict with other data', async () => {
    const first = await run(event('again'), ONE);
    const resent = [
      await run({ kWh: 0.25 }, headersOf('again', { 'ce-time': '2026-10-25T00:30:01Z' })),
      await run([event('again', 0.25, { traceparent: 'x' })], BATCH),
    ];
    expect(first.counts.imported).toBe(1);
    expect(resent.map(({ counts }) => counts.duplicate)).toEqual([1, 1]);
    expect((await run(event('again', 9), ONE)).reasons.exception).toEqual({ usage_key_conflict: 1 });
  });

  it.each([
    [
      'structured',
      ONE,
      (value: string) => JSON.stringify(event('digits-s')).replace('0.25', value),
      'digits-s',
    ],
    [
      'batch',
      BATCH,
      (value: string) => `[${JSON.stringify(event('digits-b')).replace('0.25', value)}]`,
      'digits-b',
    ],
    ['binary', null, (value: string) => `{"kWh":${value}}`, 'digits-x'],
  ])('keeps every digit: %s', async (_, headers, body, id) => {
    const { trackingId } = await run(body('9007199254740993.000000000000000001'), headers ?? headersOf(id));
    expect(await usageOf(trackingId)).toEqual([entry(id, '9007199254740993.000000000000000001')]);
  });

  it('can be read again as it was received', async () => {
    const text = '{ "kWh": 4.50 }';
    const { trackingId } = await run(text, headersOf('source', { 'feedmill-source': 'meter hub' }));
    const source = await server.api.request('GET', `/api/v1/imports/${trackingId}/source`, undefined);
    expect(source.body).toEqual({ kWh: 4.5 });
    expect(source.headers.get('content-type')).toContain('; ce-id=source; ');
    expect((await server.api.get(`/api/v1/imports/${trackingId}`)).source).toBe('meter hub');
    const gzipped = new Uint8Array(gzipSync(JSON.stringify([event('zipped')])));
    const zipped = await server.api.postUsage(FEED, gzipped, {
      headers: { ...BATCH, 'content-encoding': 'gzip' },
    });
    expect((await server.api.waitForImport(zipped.body.trackingId)).counts.imported).toBe(1);
    const batch = await server.api.request('GET', `/api/v1/imports/${zipped.body.trackingId}/source`);
    expect([batch.headers.get('content-type'), batch.body]).toEqual([
      BATCH['content-type'],
      [event('zipped')],
    ]);
  });

  it('is one request with its attributes: an Idempotency-Key is not reused with others', async () => {
    const key = { 'idempotency-key': 'event-1' };
    const first = await send({ kWh: 1 }, headersOf('once', key));
    const again = await send({ kWh: 1 }, headersOf('once', key));
    const other = await send({ kWh: 1 }, headersOf('other', key));
    expect([first.status, again.status, other.status]).toEqual([202, 202, 422]);
    expect(again.body.trackingId).toBe(first.body.trackingId);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(other.body.code).toBe('idempotency_key_reused');
  });
});

describe('an event that is none', () => {
  it('is an exception among good ones, with the event as it was sent', async () => {
    const bad = [{ ...event('bad-1'), source: '' }, { ...event('bad-2'), data: 'text' }, 5];
    const done = await run([event('good'), ...bad], BATCH);
    expect(done).toMatchObject({
      counts: { total: 4, imported: 1, exception: 3 },
      reasons: { exception: { malformed_row: 3 } },
    });
    const exceptions = await server.api.list('/api/v1/exceptions', { trackingId: done.trackingId });
    const shown = exceptions
      .map(({ index, stage, message, raw }) => [index, stage, message, raw])
      .toReversed();
    expect(shown).toEqual([
      [1, 'decode', 'An event needs source: a text that is not empty.', bad[0]],
      [2, 'decode', 'The data of an event has to be a JSON object.', bad[1]],
      [3, 'decode', 'An event has to be a JSON object.', 5],
    ]);
  });

  it('shows an event that a step rejects as its record, attributes included', async () => {
    const { trackingId } = await run({ kWh: 'much' }, headersOf('rejected'));
    const [exception] = await server.api.list('/api/v1/exceptions', { trackingId });
    expect(exception).toMatchObject({
      code: 'invalid_value',
      usageKey: '/meters/7|rejected',
      raw: { kWh: 'much', $event: { ...attributes('rejected'), datacontenttype: 'application/json' } },
    });
  });

  it('lacks the key where its attributes are not there', async () => {
    const done = await server.api.importUsage(FEED, { kWh: 1 });
    expect(done.reasons.exception).toEqual({ usage_key_missing: 1 });
  });

  const missing = headersOf('x');
  it.each([
    ['alone', { ...event('x'), id: '' }, ONE, 422, 'wrong_shape'],
    ['in a batch of such', [{ kWh: 1 }, 7], BATCH, 422, 'wrong_shape'],
    ['an array for one event', [event('x')], ONE, 422, 'wrong_shape'],
    ['one event for a batch', event('x'), BATCH, 422, 'wrong_shape'],
    ['an empty batch', [], BATCH, 400, 'empty_batch'],
    ['too many', Array.from({ length: 1001 }, (_, i) => event(`m-${i}`)), BATCH, 413, 'too_many_records'],
    ['no JSON', '{"specversion":', ONE, 400, 'malformed_body'],
    ['another version', { kWh: 1 }, { ...missing, 'ce-specversion': '0.3' }, 422, 'wrong_shape'],
    ['no id header', { kWh: 1 }, { ...missing, 'ce-id': '' }, 422, 'wrong_shape'],
    ['a header with broken encoding', { kWh: 1 }, { ...missing, 'ce-id': '%zz' }, 422, 'wrong_shape'],
    ['data that is no object', [{ kWh: 1 }], missing, 422, 'wrong_shape'],
    [
      'data of another type',
      '<kWh/>',
      { ...missing, 'content-type': 'text/xml' },
      415,
      'unsupported_media_type',
    ],
    ['rows', 'a,b', { ...missing, 'content-type': 'text/csv' }, 415, 'unsupported_media_type'],
    ['lines', '{}', { ...missing, 'content-type': 'application/x-ndjson' }, 415, 'unsupported_media_type'],
    ['XML events', '<e/>', { 'content-type': 'application/cloudevents+xml' }, 415, 'unsupported_media_type'],
  ])('is refused: %s', async (_, body, headers, status, code) => {
    const answer = await send(body, headers);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  it('is refused on a feed of rows in every form', async () => {
    for (const headers of [ONE, BATCH, headersOf('x')]) {
      const answer = await server.api.postUsage('usageCsv', event('x'), { headers });
      expect([answer.status, answer.body.code]).toEqual([415, 'unsupported_media_type']);
    }
  });
});
