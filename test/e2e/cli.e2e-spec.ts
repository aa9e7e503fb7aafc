import { accessSync, constants, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { PROJECT_DIR, startServer, type TestServer } from '../support/index.js';
import { Cli, type RunOptions } from './cli/cli.js';

const folder = mkdtempSync(join(tmpdir(), 'feedmill-cli-e2e-'));
let server: TestServer;
let cli: Cli;
beforeAll(async () => {
  server = await startServer();
  cli = new Cli(server.url, folder);
}, 120_000);
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await server?.stop();
});

const feedmill = (args: string[], options: RunOptions = {}) => cli.run(args, options);
const json = (args: string[], exitCode: number, options: RunOptions = {}) =>
  cli.json(args, exitCode, options);

const record = (key: string, more: object = {}) => ({
  Date: '2026-04-16T14:32:00Z',
  OriginatingIdentifier: 'acct-100045',
  UdrUsageIdentifier: key,
  Value: 1250,
  UsageClassName: 'API Requests',
  UsageClassTypeName: 'Requests',
  ...more,
});
const records = (count: number, name: string) =>
  Array.from({ length: count }, (_, i) => record(`${name}-${i}`));
const row = (minute: number, more = '') =>
  `2022-05-01T04:${String(minute).padStart(2, '0')}:00,Unknown,4038675309,4038675345,648-688-4180,94,False,False,data_class,Data_1,${more}`;
const lines = (list: readonly object[]) => list.map((each) => `${JSON.stringify(each)}\n`).join('');

it('is built as a program that can be run', () => {
  accessSync(join(PROJECT_DIR, 'dist', 'apps', 'cli', 'main.js'), constants.X_OK);
});

function file(name: string, content: string | Uint8Array): string {
  writeFileSync(join(folder, name), content);
  return name;
}

const importsOf = (source: string) => server.api.list('/api/v1/imports', { source });

describe('feedmill send', () => {
  it.each([
    [
      'rows',
      'usageCsv',
      'rows.csv',
      () => `\ufeff${row(0)}\r\n${row(1, '"two\r\nlines"')}\r\n\r\n${row(2)}`,
      3,
    ],
    ['a JSON list', 'usageJson', 'list.json', () => JSON.stringify(records(25, 'list'), null, 2), 25],
    ['an envelope', 'usageJson', 'envelope.json', () => JSON.stringify({ data: records(5, 'envelope') }), 5],
    ['JSON lines', 'usageJson', 'lines.ndjson', () => lines(records(30, 'lines')), 30],
    ['gzipped lines', 'usageJson', 'zipped.ndjson.gz', () => gzipSync(lines(records(25, 'zipped'))), 25],
  ])('sends %s, and sends them again without storing them again', async (_, feed, name, content, count) => {
    const path = file(name, content());
    const args = ['send', path, '--feed', feed, '--batch', '10'];
    const requests = Math.ceil(count / 10);
    const first = await json(args, 0);
    expect(first).toMatchObject({
      feed,
      complete: true,
      interrupted: false,
      error: null,
      verdicts: { counts: { total: count, imported: count, pending: 0 }, unfinished: 0 },
      files: [{ source: name, records: count, requests, replayed: 0 }],
    });
    const ids: string[] = first.files[0].trackingIds;
    expect(new Set(ids).size).toBe(requests);
    const second = await json(args, 0);
    expect(second.files).toMatchObject([{ records: count, requests, replayed: requests }]);
    expect([...second.files[0].trackingIds].sort()).toEqual([...ids].sort());
    expect((await importsOf(name)).map((each) => each.trackingId).sort()).toEqual([...ids].sort());
  });

  it('sends standard input, every digit of it, and shows a table', async () => {
    const stdin = JSON.stringify(record('stdin')).replace('1250', '9007199254740993');
    const args = ['send', '-', '--feed', 'usageJson', '--format', 'json', '--source', 'a pipe'];
    const { exitCode, stdout } = await feedmill(args, { stdin });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/source +requests +total +imported +exception +skipped +duplicate/);
    expect(stdout).toMatch(/a pipe +1 +1 +1 +0 +0 +0/);
    expect(await server.api.list('/api/v1/usage', { usageKey: 'stdin' })).toMatchObject([
      { value: '9007199254740993' },
    ]);
  });

  it('ends with 1 when records became exceptions, and says which and why', async () => {
    const path = file(
      'mixed.ndjson',
      lines([
        record('mixed-good'),
        record('mixed-zero', { Value: 0 }),
        record('mixed-unknown', { OriginatingIdentifier: 'nobody' }),
        record('mixed-good'),
      ]),
    );
    const first = await json(['send', path, '--feed', 'usageJson'], 1);
    expect(first.verdicts).toEqual({
      counts: { total: 4, imported: 1, exception: 1, skipped: 1, duplicate: 1, pending: 0 },
      reasons: { skipped: { zero_value: 1 }, exception: { identifier_not_found: 1 } },
      unfinished: 0,
    });
    const { exitCode, stdout } = await feedmill(['send', path, '--feed', 'usageJson']);
    expect(exitCode).toBe(1);
    expect(stdout).toContain('identifier_not_found');
    expect(stdout).toContain('accepted in an earlier run');

    const [trackingId] = first.files[0].trackingIds;
    const shown = await json(['exceptions', '--tracking-id', trackingId], 0);
    expect(shown.items).toMatchObject([
      { index: 2, code: 'identifier_not_found', raw: { OriginatingIdentifier: 'nobody' }, status: 'open' },
    ]);
    const table = await feedmill(['exceptions', '--code', 'identifier_not_found', '--status', 'open']);
    expect([table.exitCode, table.stdout]).toEqual([0, expect.stringMatching(/mixed-unknown/)]);
  });

  it('ends with 3 where the server refuses, with 2 where a file or an option is wrong', async () => {
    const path = file('refused.ndjson', lines([record('refused')]));
    const nowhere = await feedmill(['send', path, '--feed', 'nowhere']);
    expect([nowhere.exitCode, nowhere.stderr]).toEqual([3, expect.stringContaining('feed_not_found')]);
    const badKey = await feedmill(['send', path, '--feed', 'usageJson'], { key: 'fm_nobody_wrong' });
    expect([badKey.exitCode, badKey.stderr]).toEqual([3, expect.stringContaining('401')]);
    const missing = await feedmill(['send', 'missing.csv', '--feed', 'usageCsv']);
    expect([missing.exitCode, missing.stderr]).toEqual([2, expect.stringContaining('missing.csv')]);
    const wrongFormat = await feedmill(['send', path, '--feed', 'usageCsv']);
    expect(wrongFormat.exitCode).not.toBe(0);
    expect((await feedmill(['send', path])).exitCode).toBe(2);
    expect(await importsOf('refused.ndjson')).toEqual([]);
  });

  it('tries the first hundred records of a file and stores nothing', async () => {
    const tried = [
      record('tried-0'),
      record('tried-1', { OriginatingIdentifier: 'nobody' }),
      ...records(150, 'more'),
    ];
    const name = file('tried.ndjson', lines(tried));
    const { exitCode, stdout, stderr } = await feedmill(['send', name, '--feed', 'usageJson', '--dry-run']);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^ +1 +imported +tried-0 +1250 +0\.5 USD/m);
    expect(stdout).toMatch(/^ +2 +exception +tried-1 .*identifier_not_found: /m);
    expect(stdout).toContain('99 imported, 1 exception');
    expect(stderr).toContain('The first 100 records were tried; nothing was stored.');
    expect(await importsOf(name)).toEqual([]);
    const two = await feedmill(['send', name, name, '--feed', 'usageJson', '--dry-run']);
    expect([two.exitCode, two.stderr]).toEqual([2, expect.stringContaining('give one FILE')]);
  });
});

describe('feedmill imports and import', () => {
  it('show the history and one import, and wait for its end', async () => {
    const path = file(
      'watched.ndjson',
      lines([...records(40, 'watched'), record('watched-bad', { Value: 'x' })]),
    );
    const sent = await json(['send', path, '--feed', 'usageJson', '--no-wait'], 0);
    expect(sent.verdicts).toBeNull();
    const [trackingId] = sent.files[0].trackingIds;
    const watched = await feedmill(['import', trackingId, '--watch', '--json']);
    expect(watched.exitCode).toBe(1);
    const states = watched.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(states.at(-1)).toMatchObject({
      trackingId,
      status: 'completed',
      counts: { total: 41, imported: 40, exception: 1 },
      reasons: { exception: { invalid_value: 1 } },
    });
    const table = await feedmill(['import', trackingId]);
    expect([table.exitCode, table.stdout]).toEqual([0, expect.stringMatching(/completed[^]*invalid_value/)]);

    const all = await server.api.list('/api/v1/imports', { feed: 'usageJson' });
    const page = await json(['imports', '--feed', 'usageJson', '--limit', '2'], 0);
    expect(page.items.map((each: { trackingId: string }) => each.trackingId)).toEqual(
      all.slice(0, 2).map((each) => each.trackingId),
    );
    expect(page.nextCursor).toEqual(expect.any(String));
    const everything = await feedmill(['imports', '--feed', 'usageJson', '--all', '--json']);
    const ids = everything.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).trackingId);
    expect(ids).toEqual(all.map((each) => each.trackingId));
    const unknown = await feedmill(['import', '0192f000-0000-7000-8000-000000000000']);
    expect([unknown.exitCode, unknown.stderr]).toEqual([3, expect.stringContaining('404')]);
  });
});

describe('feedmill apply', () => {
  it('brings a server up to a folder, and finds nothing to do the second time', async () => {
    cpSync(join(PROJECT_DIR, 'config/demo'), join(folder, 'config'), { recursive: true });
    file(
      'config/feeds/usage-extra.yaml',
      [
        'name: usage-extra',
        'apiName: usageExtra',
        'format: records',
        'profile: usage-extra',
        'usageKey: { fields: [Id] }',
      ].join('\n'),
    );
    file(
      'config/profiles/usage-extra.yaml',
      [
        'decode: { use: decode-json@1 }',
        'steps:',
        '  - use: map-fields@1',
        '    config:',
        '      fields:',
        '        - { field: date, from: At }',
        '        - { field: value, from: Value }',
        '        - { field: usageClass, constant: extra }',
        '  - use: rate-usage@1',
        '    config: { plan: extra }',
      ].join('\n'),
    );
    file(
      'config/rate-plans/extra.yaml',
      'currency: EUR\nrates:\n  - { usageClass: extra, unitPrice: 0.00000000000000010 }\n',
    );
    const actions = (result: { changes: { action: string; path: string }[] }) =>
      Object.fromEntries(result.changes.map(({ path, action }) => [path, action]));

    const plan = await json(['apply', 'config', '--dry-run'], 0);
    expect(plan.dryRun).toBe(true);
    expect((await server.api.request('GET', '/api/v1/feeds/usageExtra')).status).toBe(404);

    const first = actions(await json(['apply', 'config'], 0));
    expect(first).toMatchObject({
      'feeds/usage-csv.yaml': 'none',
      'feeds/usage-extra.yaml': 'create',
      'feeds/usage-json.yaml': 'none',
      'profiles/usage-csv.yaml': 'none',
      'profiles/usage-extra.yaml': 'create',
      'profiles/usage-json.yaml': 'none',
    });
    const second = actions(await json(['apply', 'config'], 0));
    expect(Object.entries(second).filter(([path]) => /^(feeds|profiles)/.test(path))).toEqual(
      Object.keys(first)
        .filter((path) => /^(feeds|profiles)/.test(path))
        .map((path) => [path, 'none']),
    );
    expect(await server.api.get('/api/v1/profiles/usage-json')).toMatchObject({ publishedVersion: 1 });
    expect(await server.api.get('/api/v1/profiles/usage-extra')).toMatchObject({ publishedVersion: 1 });

    const done = await server.api.importUsage('usageExtra', { Id: 'e1', At: '2026-04-16', Value: 3 });
    expect(await server.api.list('/api/v1/usage', { trackingId: done.trackingId })).toMatchObject([
      { rating: { unitPrice: '0.0000000000000001', amount: '0.0000000000000003', currency: 'EUR' } },
    ]);
  });

  it('names the file and the place of what the server refuses', async () => {
    file(
      'config/profiles/usage-extra.yaml',
      'decode: { use: decode-json@1 }\nsteps: [{ use: map-feilds@1 }]\n',
    );
    const { exitCode, stderr } = await feedmill(['apply', 'config']);
    expect(exitCode).toBe(3);
    expect(stderr).toContain('profiles/usage-extra.yaml');
    expect(stderr).toMatch(/\/steps\/0\/use: .*did you mean "map-fields"/);
    file('config/profiles/usage-extra.yaml', 'decode: [\n');
    expect((await feedmill(['apply', 'config'])).exitCode).toBe(2);
  });
});

describe('feedmill keys', () => {
  it('makes a key that works, renews it, and ends it', async () => {
    const created = await json(
      [
        'keys',
        'create',
        '--name',
        'gateway',
        '--role',
        'integrator',
        '--feeds',
        'usageJson',
        '--expires',
        '90d',
      ],
      0,
    );
    expect(created).toMatchObject({ name: 'gateway', role: 'integrator', feeds: ['usageJson'] });
    expect(Date.parse(created.expiresAt) - Date.now()).toBeGreaterThan(89 * 86_400_000);
    const path = file('with-key.ndjson', lines([record('with-key')]));
    const send = (key: string) => feedmill(['send', path, '--feed', 'usageJson'], { key });
    expect(await send(created.key)).toMatchObject({ exitCode: 0 });
    expect((await feedmill(['keys', 'list'], { key: created.key })).exitCode).toBe(3);

    const rotated = await json(['keys', 'rotate', created.id], 0);
    expect(rotated.id).toBe(created.id);
    expect(rotated.key).not.toBe(created.key);
    expect(await send(rotated.key)).toMatchObject({ exitCode: 0 });
    expect(await send(created.key)).toMatchObject({ exitCode: 0 });

    expect((await feedmill(['keys', 'revoke', created.id])).exitCode).toBe(0);
    const deadline = Date.now() + 15_000;
    let last = await send(rotated.key);
    while (last.exitCode === 0 && Date.now() < deadline) last = await send(rotated.key);
    expect([last.exitCode, last.stderr]).toEqual([3, expect.stringContaining('401')]);

    const list = await json(['keys', 'list'], 0);
    expect(list.items.find((key: { id: string }) => key.id === created.id)).toMatchObject({
      name: 'gateway',
      revokedAt: expect.any(String),
    });
    expect(JSON.stringify(list)).not.toContain(rotated.key);
    const table = await feedmill(['keys', 'list']);
    expect([table.exitCode, table.stdout]).toEqual([
      0,
      expect.stringMatching(/gateway +integrator +usageJson/),
    ]);
  }, 180_000);
});
