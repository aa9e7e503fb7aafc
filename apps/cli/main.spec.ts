import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { CliProcess, finish } from './testing/cli-process.js';
import { StubApi, problem } from './testing/stub-api.js';
import { StubIngest } from './testing/stub-ingest.js';

const cli = CliProcess.build(join(import.meta.dirname, '../..'));
const folder = mkdtempSync(join(tmpdir(), 'feedmill-main-'));
const stubs: StubApi[] = [];

afterEach(async () => {
  for (const stub of stubs.splice(0)) await stub.stop();
});
afterAll(() => {
  cli.remove();
  rmSync(folder, { recursive: true });
});

const feeds = {
  usageCsv: { apiName: 'usageCsv', format: 'rows', rows: { delimiter: ',', quote: '"', header: true } },
  usageJson: { apiName: 'usageJson', format: 'records', rows: null },
};

async function start(...routes: Parameters<typeof StubApi.start>): Promise<StubApi> {
  const stub = await StubApi.start(...routes);
  stubs.push(stub);
  return stub;
}

function write(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const rows = Array.from({ length: 25 }, (_, index) => `row ${index},"two\nlines é"`);
const csv = `first,second\r\n${rows.join('\r\n')}`;

describe('feedmill send', () => {
  it('sends every row once, compressed, with its key and source, and shows the verdicts', async () => {
    const ingest = new StubIngest(feeds);
    const stub = await start(ingest.route);
    const path = write('usage.csv.gz', gzipSync(csv));
    const args = ['send', path, '--feed', 'usageCsv', '--batch', '10', '--url', stub.url];
    const { exitCode, stdout, stderr } = await cli.run(args, { env: { FEEDMILL_KEY: 'fm_id_secret' } });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/usage\.csv\.gz +3 +25 +25 +0 +0 +0 +0/);
    expect([...ingest.records].sort()).toEqual([...rows].sort());
    const post = stub.requests.find((request) => request.method === 'POST')!;
    expect(post.headers).toMatchObject({
      authorization: 'Bearer fm_id_secret',
      'content-encoding': 'gzip',
      'feedmill-source': 'usage.csv.gz',
      'idempotency-key': expect.stringMatching(/^[\x21-\x7e]{1,255}$/),
    });
  });

  it('can be repeated: the server gets nothing twice', async () => {
    const ingest = new StubIngest(feeds);
    const stub = await start(ingest.route);
    const path = write('again.csv', csv);
    const args = ['send', path, '--feed', 'usageCsv', '--batch', '10', '--url', stub.url, '--json'];
    await cli.run(args);
    const { exitCode, stdout } = await cli.run(args);
    expect(exitCode).toBe(0);
    expect(ingest.records).toHaveLength(rows.length);
    expect(JSON.parse(stdout)).toMatchObject({
      complete: true,
      verdicts: { counts: { total: 25, imported: 25 } },
      files: [{ source: 'again.csv', requests: 3, replayed: 3, records: 25 }],
    });
  });

  it('ends with 1 when there are exceptions, and says which', async () => {
    const stub = await start(new StubIngest(feeds).route);
    const lines = '{"v":1.50}\n{"v":"bad"}\n{"v":"bad"}\n';
    const args = ['send', '-', '--feed', 'usageJson', '--format', 'ndjson', '--url', stub.url];
    const { exitCode, stdout } = await cli.run(args, { stdin: lines });
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/stdin +1 +3 +1 +2 +0 +0 +0/);
    expect(stdout).toMatch(/rate_not_found +2/);
  });

  it('names the source in UTF-8', async () => {
    const stub = await start(new StubIngest(feeds).route);
    const path = write('Übersicht 世界.csv', csv);
    expect((await cli.run(['send', path, '--feed', 'usageCsv', '--url', stub.url])).exitCode).toBe(0);
    const header = stub.requests.find(({ method }) => method === 'POST')!.headers[
      'feedmill-source'
    ] as string;
    expect(Buffer.from(header, 'latin1').toString()).toBe('Übersicht 世界.csv');
  });

  it('splits what the server finds too much', async () => {
    const ingest = new StubIngest(feeds, 7);
    const stub = await start(ingest.route);
    const args = ['send', write('large.csv', csv), '--feed', 'usageCsv', '--url', stub.url, '--json'];
    const { exitCode, stdout } = await cli.run(args);
    expect(exitCode).toBe(0);
    expect([...ingest.records].sort()).toEqual([...rows].sort());
    expect(JSON.parse(stdout)).toMatchObject({ files: [{ requests: 4, records: 25 }] });
  });

  it('tries again while the server is busy, with the same key', async () => {
    const ingest = new StubIngest(feeds);
    let refusals = 0;
    const busy = { ...problem(503, 'backlog_full', 'the backlog is full'), headers: { 'retry-after': '0' } };
    const stub = await start(
      (request) => (request.method === 'POST' && refusals++ < 2 ? busy : undefined),
      ingest.route,
    );
    const { exitCode, stderr } = await cli.run([
      'send',
      write('busy.csv', csv),
      '--feed',
      'usageCsv',
      '--url',
      stub.url,
    ]);
    expect(exitCode).toBe(0);
    expect(stderr).toContain('503 backlog_full: the backlog is full; trying again');
    const keys = stub.requests
      .filter(({ method }) => method === 'POST')
      .map(({ headers }) => headers['idempotency-key']);
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
  });

  it('ends with 3 when the server refuses, naming the place and every problem', async () => {
    const errors = [{ pointer: '/data/0', code: 'wrong_shape', message: 'a row is expected' }];
    const refuse = problem(422, 'wrong_shape', 'no element is a row', { errors });
    const stub = await start(
      (request) => (request.method === 'POST' ? refuse : undefined),
      new StubIngest(feeds).route,
    );
    const { exitCode, stderr } = await cli.run([
      'send',
      write('shape.csv', csv),
      '--feed',
      'usageCsv',
      '--url',
      stub.url,
    ]);
    expect(exitCode).toBe(3);
    expect(stderr).toContain('shape.csv, records 1 to 25: 422 wrong_shape: no element is a row');
    expect(stderr).toContain('  /data/0: a row is expected [wrong_shape]');
  });

  it('names the record that makes a body malformed', async () => {
    const refuse = problem(400, 'malformed_body', 'the body is not JSON');
    const stub = await start(
      (request) => (request.method === 'POST' ? refuse : undefined),
      new StubIngest(feeds).route,
    );
    const path = write('broken.json', '[{"a":1},{"a":1,},{}]');
    const { exitCode, stderr } = await cli.run(['send', path, '--feed', 'usageJson', '--url', stub.url]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('broken.json, record 2: it is not JSON');
  });

  it('lets the requests in flight end on Ctrl-C and says what was sent', async () => {
    const ingest = new StubIngest(feeds);
    const child = { current: null as ReturnType<CliProcess['start']> | null };
    const stub = await start(async (request) => {
      if (request.method === 'POST') {
        child.current?.kill('SIGINT');
        await new Promise((resolve) => setTimeout(resolve, 300));
      }
      return undefined;
    }, ingest.route);
    const args = [
      'send',
      '-',
      '--format',
      'csv',
      '--feed',
      'usageCsv',
      '--batch',
      '10',
      '--concurrency',
      '1',
    ];
    child.current = cli.start([...args, '--url', stub.url, '--json']);
    // Standard input stays open: a reader that waits for more has to notice, too.
    child.current.stdin!.write(`${csv}\r\n`);
    const { exitCode, stdout } = await finish(child.current);
    expect(exitCode).toBe(130);
    expect(JSON.parse(stdout)).toMatchObject({
      interrupted: true,
      complete: false,
      files: [{ requests: 1, records: 10 }],
    });
    expect(ingest.records).toHaveLength(10);
  });

  it('ends with 3 when the verdicts do not come in time', async () => {
    const ingest = new StubIngest(feeds);
    const stub = await start(ingest.route);
    const args = ['send', write('slow.csv', csv), '--feed', 'usageCsv', '--url', stub.url, '--timeout', '0'];
    const { exitCode, stdout, stderr } = await cli.run(args);
    expect(exitCode).toBe(3);
    expect(stdout).toMatch(/slow\.csv +1 +25 +0 +0 +0 +0 +25/);
    expect(stderr).toContain('1 imports are still running');
  });
});

describe('feedmill', () => {
  it('says that nothing answers', async () => {
    const stub = await StubApi.start();
    const { url } = stub;
    await stub.stop();
    const { exitCode, stdout, stderr } = await cli.run(['imports'], { env: { FEEDMILL_URL: url } });
    expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' });
    expect(stderr).toBe(`feedmill: nothing answers at ${url}; is \`npm start\` running?\n`);
  });

  it.each([
    [['send', '--feed', 'f'], "missing required argument 'file'"],
    [['send', 'gone.csv', '--feed', 'f', '--batch', '0'], 'a whole number from 1'],
    [['sned'], 'Did you mean send?'],
    [['imports', '--url', 'nowhere'], '--url'],
  ])('ends with 2 for %j', async (args, message) => {
    const { exitCode, stdout, stderr } = await cli.run(args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(message);
  });

  it('ends with 2 for a file that cannot be read or is of the wrong kind', async () => {
    const stub = await start(new StubIngest(feeds).route);
    const send = (path: string) => cli.run(['send', path, '--feed', 'usageCsv', '--url', stub.url]);
    expect(await send(join(folder, 'gone.csv'))).toMatchObject({ exitCode: 2, stdout: '' });
    expect((await send(write('records.ndjson', '{}\n'))).stderr).toContain(
      'the feed usageCsv takes rows (csv)',
    );
    expect((await send(write('unnamed', 'x'))).stderr).toContain('--format');
  });

  it('teaches', async () => {
    const { exitCode, stdout } = await cli.run(['help', 'send']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('$ feedmill send usage.csv --feed usageCsv');
    expect((await cli.run(['--version'])).stdout).toBe('0.0.0-test\n');
  });

  it('shows each command its own options, and those of the default where none is named', async () => {
    const help = async (...command: string[]) => (await cli.run([...command, '--help'])).stdout;
    expect(await help('usage')).toContain('--live');
    expect(await help('usage', 'totals')).toContain('--group-by');
    expect(await help('usage', 'amend')).toContain('--raw');
    expect(await help('reprocess', 'list')).not.toContain('--dry-run');
    expect(await help('exceptions', 'discard')).toContain('--reason');
    expect(await help('audit', 'export')).toContain('--output');
  });

  it('shows a page of a list as a table, or as the document of the API', async () => {
    const raw = '{"Value":90071992547409931234}';
    const item = {
      id: 'e1-0',
      createdAt: '2026-05-01T00:00:00Z',
      index: 0,
      code: 'rate_not_found',
      message: 'no \u001b[2J',
      raw,
    };
    const page = { items: [item], nextCursor: 'abc' };
    const stub = await start((request) => (request.path === '/exceptions' ? { body: page } : undefined));
    const args = ['exceptions', '--tracking-id', 't 1', '--code', 'rate_not_found', '--url', stub.url];
    const table = await cli.run(args);
    expect(table.stdout).toContain('no \\x1b[2J');
    expect(table.stderr).toContain('--cursor abc');
    expect(Object.fromEntries(stub.requests[0]!.query)).toEqual({
      trackingId: 't 1',
      code: 'rate_not_found',
      limit: '50',
    });
    expect(JSON.parse((await cli.run([...args, '--json'])).stdout)).toEqual(page);
  });

  it('follows the pages of a list, as NDJSON', async () => {
    const pages: Record<string, object> = {
      first: { items: [{ id: 1 }, { id: 2 }], nextCursor: 'more' },
      more: { items: [{ id: 3 }], nextCursor: null },
    };
    const stub = await start(({ query }) => ({ body: pages[query.get('cursor') ?? 'first'] }));
    const { stdout } = await cli.run(['imports', '--all', '--json', '--url', stub.url]);
    expect(stdout).toBe('{"id":1}\n{"id":2}\n{"id":3}\n');
  });

  it('watches an import until it is finished', async () => {
    const ingest = new StubIngest(feeds);
    const stub = await start(ingest.route);
    ingest.imports.set('key', { trackingId: 'import-1', records: ['good', 'bad'] });
    const { exitCode, stdout } = await cli.run([
      'import',
      'import-1',
      '--watch',
      '--json',
      '--url',
      stub.url,
    ]);
    expect(exitCode).toBe(1);
    const states = stdout
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { status: string }).status);
    expect(states).toEqual(['queued', 'completed']);
  });

  it('explains a missing key, and warns of one that others can see', async () => {
    const stub = await start(() => problem(401, 'unauthorized', 'send a key'));
    expect((await cli.run(['imports', '--url', stub.url])).stderr).toContain(
      'Give a key with FEEDMILL_KEY or --key-file',
    );
    expect((await cli.run(['imports', '--url', stub.url, '--key', 'fm_a_b'])).stderr).toContain(
      'other users',
    );
  });
});
