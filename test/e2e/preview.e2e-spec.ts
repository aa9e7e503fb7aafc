import { join } from 'node:path';
import { type ApiClient, PROJECT_DIR, startServer, type TestServer } from '../support/index.js';

const PLUGINS = join(PROJECT_DIR, 'test', 'fixtures', 'plugins');
const PATH = '/api/v1/profiles/usage-json/preview';

let server: TestServer;
let api: ApiClient;

beforeAll(async () => {
  server = await startServer({ env: { FEEDMILL_PLUGINS_DIR: PLUGINS } });
  api = server.api;
}, 120_000);
afterAll(() => server?.stop());

const record = (more: object = {}) => ({
  Date: '2026-04-16T14:32:00Z',
  OriginatingIdentifier: 'acct-100045',
  UdrUsageIdentifier: 'p-1',
  Value: 1250,
  UsageClassName: 'API Requests',
  UsageClassTypeName: 'Requests',
  ...more,
});
const draft = (...steps: object[]) => ({
  decode: { use: 'decode-json@1', config: {} },
  steps: [
    {
      use: 'map-fields@1',
      config: {
        fields: [
          { field: 'date', from: 'Date' },
          { field: 'value', from: 'Value' },
        ],
      },
    },
    ...steps,
  ],
});
const refusal = async (body: object | string, path = PATH) => {
  const { status, body: problem } = await api.request('POST', path, body);
  const errors = (problem.errors ?? []) as { pointer: string }[];
  return [status, problem.code, errors.map(({ pointer }) => pointer)];
};

it('tells each record by itself, step by step, and stores nothing', async () => {
  const records = [
    record(),
    record({ Value: 0 }),
    record({ OriginatingIdentifier: 'nobody' }),
    record({ Date: 'x' }),
    'row',
  ];
  const preview = await api.post(PATH, { records });
  expect(preview).toMatchObject({
    profile: { name: 'usage-json', version: 1 },
    feed: null,
    referenceVersion: expect.any(Number),
    records: [
      { index: 0, usageKey: null, outcome: { result: 'usage', usage: [{ rating: { amount: '0.5' } }] } },
      { index: 1, outcome: { result: 'skipped', reason: 'zero_value' } },
      { index: 2, outcome: { result: 'rejected', error: { code: 'identifier_not_found' } } },
      { index: 3, outcome: { result: 'rejected', error: { code: 'invalid_value', step: 'map-fields' } } },
      { index: 4, decoded: null, outcome: { error: { code: 'malformed_row' } } },
    ],
  });
  const [{ steps }] = preview.records;
  expect(steps.map(({ step, today }: { step: string; today: null }) => [step, today])).toEqual(
    ['map-fields', 'normalize', 'filter', 'resolve-identifier', 'rate-usage'].map((step) => [step, null]),
  );
  expect(steps[4].parts[0]).toMatchObject({
    changes: [{ field: 'rating', before: null }],
    considered: { plans: [{ plan: 'standard', result: 'chosen' }], price: { rawAmount: '0.5' } },
  });
  for (const list of ['imports', 'usage', 'exceptions'])
    expect(await api.list(`/api/v1/${list}`)).toEqual([]);
});

it('keeps the digits of what is sent', async () => {
  const sent = JSON.stringify(record()).replace('1250', '9007199254740993');
  const answer = await fetch(`${server.url}${PATH}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${api.key}`, 'content-type': 'application/json' },
    body: `{"records":[${sent}]}`,
  });
  expect(await answer.text()).toContain('"decoded":' + sent);
});

it('takes zone, row syntax, parameters and usage key from a feed that is named', async () => {
  const row = 'v-1,2026-11-01 01:30:00,+12125550102,+447700900123,OUT,45,16';
  const path = '/api/v1/profiles/voice-csv/preview';
  const [ofFeed] = (await api.post(path, { feed: 'voiceCsv', records: [row] })).records;
  expect(ofFeed).toMatchObject({
    usageKey: expect.stringContaining('v-1'),
    outcome: { usage: [{ date: '2026-11-01T05:30:00Z', timeZone: 'America/New_York' }] },
  });
  const [plain] = (await api.post(path, { records: [row] })).records;
  expect(plain).toMatchObject({ usageKey: null, outcome: { usage: [{ date: '2026-11-01T01:30:00Z' }] } });
  const { id } = await api.get('/api/v1/feeds/voiceCsv');
  expect((await api.post(path, { feed: id, records: [row] })).feed).toMatchObject({ apiName: 'voiceCsv' });
  expect(await refusal({ feed: 'voiceCsv', records: [record()] })).toEqual([
    422,
    'format_mismatch',
    ['/feed'],
  ]);
});

it('tries drafts, saved and not', async () => {
  const classed = draft({
    use: 'filter@1',
    config: { skipWhen: { field: 'value', equals: '7' }, reason: 'seven' },
  });
  const unsaved = await api.post(PATH, { draft: classed, records: [record({ Value: 7 }), record()] });
  expect(unsaved.profile.version).toBeNull();
  expect(unsaved.records.map(({ outcome }: { outcome: { result: string } }) => outcome.result)).toEqual([
    'skipped',
    'usage',
  ]);
  expect(await refusal({ draft: true, records: [record()] })).toEqual([404, 'version_not_found', []]);
  const { version } = await api.post('/api/v1/profiles/usage-json/versions', classed);
  for (const body of [{ draft: true }, { version }]) {
    const { profile, records } = await api.post(PATH, { ...body, records: [record({ Value: 7 })] });
    expect([profile.version, records[0].outcome.reason]).toEqual([version, 'seven']);
  }
  await api.put(`/api/v1/profiles/usage-json/versions/${version}`, draft());
  const changed = await api.post(PATH, { version, records: [record({ Value: 7 })] });
  expect(changed.records[0].outcome.result).toBe('usage');
});

it('is refused with every problem and its place', async () => {
  const records = [record()];
  expect(await refusal({})).toEqual([422, 'invalid_preview', ['/records']]);
  expect(await refusal({ records: [] })).toEqual([422, 'invalid_preview', ['/records']]);
  expect(await refusal({ records: Array(101).fill(record()) })).toEqual([
    422,
    'invalid_preview',
    ['/records'],
  ]);
  expect(await refusal({ version: 1, draft: draft(), other: 1, records })).toEqual([
    422,
    'invalid_preview',
    expect.arrayContaining(['/draft', '/other']),
  ]);
  for (const odd of [5, 'x', []]) expect((await refusal({ draft: odd, records }))[2]).toEqual(['/draft']);
  expect(await refusal({ feed: 'nothere', records })).toEqual([422, 'invalid_preview', ['/feed']]);
  expect(await refusal('{"records":[{"a":1e400}]}')).not.toContain(500);
  expect(await refusal({ version: 9, records })).toEqual([404, 'version_not_found', []]);
  expect(await refusal({ records }, '/api/v1/profiles/nothere/preview')).toEqual([
    404,
    'profile_not_found',
    [],
  ]);
  await api.post('/api/v1/profiles', { name: 'unpublished' });
  expect(await refusal({ records }, '/api/v1/profiles/unpublished/preview')).toEqual([
    409,
    'profile_not_published',
    [],
  ]);
  const broken = draft({ use: 'rate-usage@1', config: { plan: 'standard', scale: 'two' } });
  expect(await refusal({ draft: broken, records })).toEqual([
    422,
    'invalid_profile',
    expect.arrayContaining(['/draft/steps/1/config/scale']),
  ]);
});

it('names the record that ends the process, and goes on', async () => {
  const faulty = draft({ use: 'misbehave@1', config: {} });
  const records = [record(), record({ Fault: 'abort' }), record()];
  expect(await refusal({ draft: faulty, records })).toEqual([422, 'preview_not_survivable', ['/records/1']]);
  const after = await api.post(PATH, { draft: faulty, records: [record(), record({ Fault: 'throw' })] });
  expect(after.records[1].outcome.error).toMatchObject({ step: 'misbehave', code: 'step_crashed' });
});
