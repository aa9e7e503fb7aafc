import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROJECT_DIR, type TestServer, createTestDatabase, startServer } from '../support/index.js';

/** Of the demo the two feeds that take the source document's bodies, and what they need. */
const FILES = [
  'identifiers/accounts.csv',
  'identifiers/telephone-numbers.csv',
  'rate-plans/standard.yaml',
  'profiles/usage-csv.yaml',
  'profiles/usage-json.yaml',
  'feeds/usage-csv.yaml',
  'feeds/usage-json.yaml',
];

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'feedmill-config-'));
  for (const file of FILES) cpSync(join(PROJECT_DIR, 'config/demo', file), join(folder, file));
  mkdirSync(join(folder, 'tables'), { recursive: true });
  writeFileSync(join(folder, 'tables/destinations.csv'), 'prefix,destination\n+1,US\n+44,UK\n+999,None\n');
  writeFileSync(
    join(folder, 'tables/zones.yaml'),
    'key: [country, from]\ntimeZone: Europe/Berlin\nrows:\n  - { country: DE, from: 0100, zone: 1, validFrom: 2026-01-01 }\n',
  );
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const edit = (file: string, from: string, to: string) => {
  const path = join(folder, file);
  const text = readFileSync(path, 'utf8');
  expect(text).toContain(from);
  writeFileSync(path, text.replace(from, to));
};

const stateOf = async ({ api }: TestServer) => ({
  feeds: await api.list('/api/v1/feeds'),
  versions: await api.list('/api/v1/profiles/usage-csv/versions'),
  identifiers: await api.list('/api/v1/identifiers'),
  rates: (await api.get('/api/v1/rate-plans/standard')).items,
  destinations: (await api.get('/api/v1/tables/destinations')).items,
  audit: await api.list('/api/v1/admin/audit'),
});

it('is applied once, again changes nothing, follows its files, and leaves alone what was changed since', async () => {
  edit('feeds/usage-csv.yaml', 'timeZone: UTC', 'timeZone: UTC\nparameters: { before: 1 }');
  const database = await createTestDatabase();
  const servers = await Promise.all(
    ['all', 'api', 'api'].map((role) => startServer({ role: role as 'all', database, configDir: folder })),
  );
  const server = servers[0]!;
  try {
    const first = await stateOf(server);
    expect(first.feeds.map(({ apiName }) => apiName).sort()).toEqual(['usageCsv', 'usageJson']);
    expect(first.identifiers.length).toBe(101);
    expect(first.versions.length).toBe(1);
    expect(first.destinations.length).toBe(3);
    expect(await server.api.get('/api/v1/tables/zones')).toMatchObject({
      key: ['country', 'from'],
      items: [{ country: 'DE', from: '0100', zone: '1', validFrom: '2025-12-31T23:00:00Z' }],
    });
    expect(first.audit.filter(({ action }) => action === 'feed.created').length).toBe(2);

    await server.restart();
    expect(await stateOf(server)).toEqual(first);
    expect(await server.api.get('/api/v1/admin/configuration')).toEqual({ drift: [] });

    edit('feeds/usage-csv.yaml', 'timeZone: UTC', 'timeZone: Europe/Berlin');
    edit('feeds/usage-csv.yaml', 'before: 1', 'after: 2');
    edit('profiles/usage-csv.yaml', 'zero_value', 'nothing_used');
    edit('identifiers/accounts.csv', 'acct-100000,acct-100000', 'acct-100000,acct-900000');
    edit('rate-plans/standard.yaml', '"0.05"', '0.06');
    edit('tables/destinations.csv', '+1,US', '+1,America');
    await server.restart();
    const second = await stateOf(server);
    const { timeZone, parameters } = second.feeds.find(({ apiName }) => apiName === 'usageCsv');
    expect({ timeZone, parameters }).toEqual({ timeZone: 'Europe/Berlin', parameters: { after: 2 } });
    expect(second.versions).toMatchObject([
      { version: 2, status: 'published', publishedBy: 'config' },
      { version: 1, status: 'retired' },
    ]);
    expect(second.identifiers[0]).toMatchObject({ value: 'acct-100000', accountId: 'acct-900000' });
    expect(second.rates.map((rate: { unitPrice: string }) => rate.unitPrice).sort()).toEqual([
      '0.0004',
      '0.023',
      '0.06',
    ]);

    expect(second.destinations[0]).toMatchObject({ prefix: '+1', destination: 'America' });

    await server.api.patch('/api/v1/feeds/usageCsv', { description: 'by hand' });
    const { decode, steps } = second.versions[0];
    await server.api.post('/api/v1/profiles/usage-csv/versions', { decode, steps: steps.slice(0, -1) });
    await server.api.post('/api/v1/profiles/usage-csv/versions/3/publish', { comment: 'by hand' });
    const byHand = { type: 'Account', value: 'acct-100001', accountId: 'by-hand', serviceId: 's' };
    await server.api.put('/api/v1/identifiers', { identifiers: [byHand] });
    const ended = { type: 'Account', value: 'acct-100002' };
    await server.api.request('DELETE', '/api/v1/identifiers', { identifiers: [ended] });
    const rates = [{ usageClass: 'data_class', usageClassType: 'Data_1', unitPrice: '7' }];
    await server.api.put('/api/v1/rate-plans/standard', { rates });
    const table = '/api/v1/tables/destinations';
    await server.api.put(table, { rows: [{ prefix: '+44', destination: 'by hand' }] });
    await server.api.request('DELETE', table, { rows: [{ prefix: '+999' }] });
    const third = await stateOf(server);
    await server.restart();
    expect(await stateOf(server)).toEqual(third);
    const { drift } = await server.api.get('/api/v1/admin/configuration');
    expect(drift.map(({ file, detail }: { file: string; detail: string }) => `${file} ${detail}`)).toEqual([
      'tables/destinations.csv /lines/3 prefix "+44", always valid',
      'tables/destinations.csv /lines/4 prefix "+999", always valid',
      'identifiers/accounts.csv /lines/3 Account acct-100001',
      'identifiers/accounts.csv /lines/4 Account acct-100002',
      expect.stringContaining('rate-plans/standard.yaml /rates/1 data_class'),
      expect.stringContaining('profiles/usage-csv.yaml'),
      'feeds/usage-csv.yaml description',
    ]);
    expect(server.log()).toContain('left alone');
  } finally {
    for (const each of servers) await each.stop();
    await database.drop();
  }
});

it('starts with zones, keys and currencies that were said through the API, and reports what differs', async () => {
  writeFileSync(join(folder, 'tables/dated.csv'), 'code,name,validFrom\na,x,2026-01-01\n');
  const server = await startServer({ configDir: folder });
  const { api } = server;
  try {
    const rows = [{ code: 'b', validFrom: '2026-01-01' }];
    await api.put('/api/v1/tables/dated', { timeZone: 'Europe/Berlin', rows });
    await api.put('/api/v1/tables/zones', { timeZone: 'UTC', rows: [] });
    await api.put('/api/v1/tables/made', { key: ['other'], rows: [{ other: '1' }] });
    await api.put('/api/v1/rate-plans/made', { currency: 'EUR', rates: [] });
    writeFileSync(join(folder, 'tables/made.csv'), 'code,name\n1,x\n');
    writeFileSync(join(folder, 'rate-plans/made.yaml'), 'currency: USD\nrates: []\n');
    const state = async () => ({
      dated: await api.get('/api/v1/tables/dated'),
      zones: await api.get('/api/v1/tables/zones'),
      made: await api.get('/api/v1/tables/made'),
      plan: await api.get('/api/v1/rate-plans/made'),
    });
    const before = await state();
    expect([before.dated.timeZone, before.zones.timeZone]).toEqual(['Europe/Berlin', 'UTC']);
    await server.restart();
    expect(await state()).toEqual(before);
    expect((await api.get('/api/v1/admin/configuration')).drift).toEqual([
      { file: 'tables/made.csv', detail: '/key code' },
      { file: 'tables/zones.yaml', detail: '/timeZone Europe/Berlin' },
      { file: 'rate-plans/made.yaml', detail: '/currency USD' },
    ]);
  } finally {
    await server.stop();
  }
});

it('starts where what others have written leaves a table no room for its file, and says so', async () => {
  const file = 'tables/destinations.csv';
  const server = await startServer({ configDir: folder });
  const { api } = server;
  try {
    const columns = Object.fromEntries(Array.from({ length: 48 }, (_, i) => [`c${i}`, 'x']));
    await api.put('/api/v1/tables/destinations', {
      rows: [{ prefix: '+7', destination: 'by hand', ...columns }],
    });
    const before = await api.get('/api/v1/tables/destinations');
    writeFileSync(join(folder, file), 'prefix,destination,zone\n+1,US,1\n+33,France,2\n');
    await server.restart();
    expect(await api.get('/api/v1/tables/destinations')).toEqual(before);
    expect((await api.get('/api/v1/admin/configuration')).drift).toEqual([
      { file, detail: 'nothing of it: the table would have 51 columns, more than 50' },
    ]);
  } finally {
    await server.stop();
  }
  writeFileSync(join(folder, file), `prefix,${Array.from({ length: 50 }, (_, i) => `c${i}`).join(',')}\n`);
  await expect(startServer({ configDir: folder })).rejects.toThrow('more than 50');
});

it('keeps the server from starting where it is wrong, and names every file and line', async () => {
  edit('feeds/usage-csv.yaml', 'timeZone: UTC', 'timeZone: Europe/Atlantis');
  edit('feeds/usage-json.yaml', 'format: records', 'format: record\ncolour: blue');
  edit('profiles/usage-csv.yaml', 'use: filter@1', 'use: fliter@1');
  edit('identifiers/telephone-numbers.csv', '4038675309,acct-100200', '4038675309,');
  edit('rate-plans/standard.yaml', '"0.05"', 'cheap');
  edit('tables/destinations.csv', '+44,UK', ',UK');
  edit('tables/zones.yaml', 'country: DE', 'land: DE');
  const message = await startServer({ configDir: folder }).then(
    () => 'it started',
    (error: Error) => error.message,
  );
  expect(message).toMatch(/feeds\/usage-csv\.yaml:\d+ \/timeZone: timeZone must be a zone/);
  expect(message).toMatch(/feeds\/usage-json\.yaml:\d+ \/format: format must be rows or records/);
  expect(message).toMatch(/feeds\/usage-json\.yaml:\d+ \/colour: "colour" is not known here/);
  expect(message).toMatch(/profiles\/usage-csv\.yaml:\d+ \/steps\/2\/use: .*did you mean/);
  expect(message).toMatch(/identifiers\/telephone-numbers\.csv:2: accountId is required/);
  expect(message).toMatch(
    /rate-plans\/standard\.yaml:\d+ \/rates\/1\/unitPrice: unitPrice must be a decimal/,
  );
  expect(message).toMatch(/tables\/destinations\.csv:3: prefix is required/);
  expect(message).toMatch(/tables\/zones\.yaml:4 \/rows\/0\/country: country is required/);
});
