import { startServer, type TestServer } from '../support/index.js';

/** Meter readings of fixed width: checked, cleaned, split at local hours, rated part by part. */
const READINGS = {
  decode: {
    use: 'decode-fixed-width@1',
    config: {
      columns: [
        { name: 'reading', length: 6 },
        { name: 'meter', length: 8 },
        { name: 'start', length: 25 },
        { name: 'minutes', length: 5, trim: 'start', padding: '0' },
        { name: 'kwh', length: 8 },
        { name: 'service', length: 16 },
      ],
    },
  },
  steps: [
    {
      use: 'validate@1',
      config: {
        schema: {
          required: ['meter', 'minutes'],
          properties: { meter: { pattern: '^de\\d{5}$' }, kwh: { pattern: '^-?\\d+(\\.\\d+)?$' } },
        },
      },
    },
    {
      use: 'transform-text@1',
      config: { operations: [{ field: 'meter', case: 'upper' }] },
    },
    {
      use: 'map-fields@1',
      config: {
        fields: [
          { field: 'date', from: 'start' },
          { field: 'originatingIdentifier', from: 'meter' },
          { field: 'terminatingIdentifier', from: 'service' },
          { field: 'value', from: 'kwh' },
          { field: 'usageClass', constant: 'Electricity' },
        ],
      },
    },
    {
      use: 'normalize-number@1',
      config: { fields: [{ field: 'terminatingIdentifier' }], country: 'DE', shortCodes: 'keep' },
    },
    {
      use: 'split@1',
      config: { interval: { every: 'PT1H', duration: 'minutes', unit: 'minutes' }, scale: 3 },
    },
    { use: 'resolve-identifier@1', config: { candidates: [{ field: 'originatingIdentifier' }] } },
    { use: 'rate-usage@1', config: { plan: 'power' } },
  ],
};

const row = (
  reading: string,
  minutes: string,
  kwh = '1.000',
  meter = 'de00001',
  start = '2026-10-25T01:30:00+02:00',
) =>
  reading.padEnd(6) +
  meter.padEnd(8) +
  start.padEnd(25) +
  minutes.padStart(5, '0') +
  kwh.padEnd(8) +
  '030 901820'.padEnd(16);

describe('a profile of more steps', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startServer({ configDir: null });
    const { api } = server;
    await api.put('/api/v1/identifiers', {
      // Sold at 03:00 UTC: usage behind that belongs to nobody.
      identifiers: [
        {
          type: 'Meter',
          value: 'DE00001',
          accountId: 'acme',
          serviceId: 's',
          validTo: '2026-10-25T03:00:00Z',
        },
      ],
    });
    await api.put('/api/v1/rate-plans/power', {
      currency: 'EUR',
      rates: [{ usageClass: 'Electricity', unitPrice: '0.3' }],
    });
    await api.post('/api/v1/profiles', { name: 'readings' });
    await api.post('/api/v1/profiles/readings/versions', READINGS);
    await api.post('/api/v1/profiles/readings/versions/1/publish', { comment: 'first' });
    await api.post('/api/v1/feeds', {
      name: 'readings',
      apiName: 'readings',
      format: 'rows',
      profile: 'readings',
      usageKey: { fields: ['reading'] },
      timeZone: 'Europe/Berlin',
    });
  });
  afterAll(() => server?.stop());

  const send = (...rows: string[]) => server.api.importUsage('readings', { data: rows });
  const partsOf = async (usageKey: string) => {
    const entries = await server.api.list('/api/v1/usage', { feed: 'readings', usageKey });
    return entries.sort((a, b) => Number(a.part) - Number(b.part));
  };

  it('stores the parts of a record over the hour that clocks repeat, with shares that add up', async () => {
    const done = await send(row('r1', '200'));
    expect(done).toMatchObject({ counts: { total: 1, imported: 1 }, usageCount: 4 });
    expect(await partsOf('r1')).toMatchObject(
      [
        ['2026-10-24T23:30:00Z', '0.15', '0.045'],
        ['2026-10-25T00:00:00Z', '0.3', '0.09'],
        ['2026-10-25T01:00:00Z', '0.3', '0.09'],
        ['2026-10-25T02:00:00Z', '0.25', '0.075'],
      ].map(([date, value, amount], part) => ({
        index: 0,
        part,
        date,
        value,
        accountId: 'acme',
        originatingIdentifier: 'DE00001',
        terminatingIdentifier: '+4930901820',
        rating: { amount, currency: 'EUR' },
      })),
    );
  });

  it('gives every part the same key: a resend is one duplicate, a change one conflict', async () => {
    await send(row('r2', '90', '1.001'));
    const before = await partsOf('r2');
    expect(before.map(({ part, value }) => [part, value])).toEqual([
      [0, '0.334'],
      [1, '0.667'],
    ]);
    const again = await send(row('r2', '90', '1.0010'), row('r2', '90', '1.001'));
    expect(again).toMatchObject({ counts: { duplicate: 2, imported: 0 }, usageCount: 0 });
    const changed = await send(row('r2', '90', '1.002'));
    expect(changed).toMatchObject({ reasons: { exception: { usage_key_conflict: 1 } } });
    expect(await partsOf('r2')).toEqual(before);
  });

  it('makes the whole record an exception where one part is rejected', async () => {
    const done = await send(row('r3', '300'), row('r4', '30'));
    expect(done).toMatchObject({
      counts: { imported: 1, exception: 1 },
      reasons: { exception: { identifier_not_valid_at_date: 1 } },
      usageCount: 1,
    });
    expect(await partsOf('r3')).toEqual([]);
  });

  it('says what is wrong with a record, with all problems', async () => {
    const done = await send(
      row('r5', '60', '1,000', 'DE1'),
      row('r6', '60').slice(0, -1),
      row('r7', '99999'),
    );
    const exceptions = await server.api.list('/api/v1/exceptions', { trackingId: done.trackingId });
    const byIndex = exceptions.sort((a, b) => Number(a.index) - Number(b.index));
    expect(byIndex).toMatchObject([
      { code: 'invalid_value', step: 'validate', field: 'kwh', details: { count: 2 } },
      { code: 'malformed_row', step: 'decode-fixed-width', details: { expected: 68, found: 67 } },
      { code: 'invalid_value', step: 'split', field: 'date' },
    ]);
  });

  it('is refused with the place of every problem when it is saved', async () => {
    const config = {
      schema: { properties: { a: { pattern: '(?=a)' }, b: { $ref: 'https://example.com' } } },
    };
    const answer = await server.api.request('POST', '/api/v1/profiles/readings/versions', {
      ...READINGS,
      steps: [{ use: 'validate@1', config }, ...READINGS.steps],
    });
    expect(answer.status).toBe(422);
    const pointers = answer.body.errors.map(({ pointer }: { pointer: string }) => pointer);
    expect(pointers).toEqual([
      '/steps/0/config/schema/properties/a/pattern',
      '/steps/0/config/schema/properties/b/$ref',
    ]);
  });
});
