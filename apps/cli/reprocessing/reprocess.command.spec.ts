import { join } from 'node:path';
import { CliProcess, finish } from '../testing/cli-process.js';
import { StubApi, type StubRequest, problem } from '../testing/stub-api.js';

const cli = CliProcess.build(join(import.meta.dirname, '../../..'));
const stubs: StubApi[] = [];

afterEach(async () => {
  for (const stub of stubs.splice(0)) await stub.stop();
});
afterAll(() => cli.remove());

const id = '01890a5d-ac96-774b-bcce-b302099a8057';
const started = {
  reprocessId: id,
  eligible: 2000,
  ineligible: [{ reason: 'not_open', count: 3 }],
  imports: ['i1'],
};

function view(done: number, more: object = {}) {
  return {
    reprocessId: id,
    status: done < 2000 ? 'running' : 'completed',
    requestedAt: '2026-05-01T00:00:00Z',
    requestedBy: 'ops',
    reason: 'the rate is there',
    eligible: 2000,
    ineligible: started.ineligible,
    done,
    pending: 2000 - done,
    verdicts: { imported: done, exception: 0, skipped: 0, duplicate: 0 },
    reasons: { skipped: {}, exception: {} },
    difference: { USD: '12.50', EUR: '-0.1' },
    testDifference: { USD: '3' },
    imports: [
      {
        trackingId: 'i1',
        feed: { apiName: 'usageCsv' },
        profileVersion: 2,
        status: 'x',
        total: 2000,
        pending: 0,
      },
    ],
    ...more,
  };
}

/** A reprocessing that has decided so many records at each look. */
async function start(...looks: object[]): Promise<{ stub: StubApi; asked: () => unknown }> {
  const stub = await StubApi.start(({ method, path }: StubRequest) => {
    if (method === 'POST' && path === '/admin/reprocess') return { status: 202, body: started };
    if (path === `/admin/reprocess/${id}`) return { body: looks.length > 1 ? looks.shift() : looks[0] };
    return undefined;
  });
  stubs.push(stub);
  return { stub, asked: () => JSON.parse(stub.requests.find(({ method }) => method === 'POST')!.text) };
}

const selected = [
  'reprocess',
  '--code',
  'rate_not_found',
  '--feed',
  'usageCsv',
  '--reason',
  'the rate is there',
];

describe('feedmill reprocess', () => {
  it('waits for the end, and shows verdicts and money', async () => {
    const { stub, asked } = await start(view(0), view(1000), view(2000));
    const { exitCode, stdout, stderr } = await cli.run([...selected, '--url', stub.url]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(asked()).toEqual({
      selection: { filter: { feed: 'usageCsv', code: 'rate_not_found' } },
      reason: 'the rate is there',
    });
    expect(stdout).toMatch(/^imported +2,000$/m);
    expect(stdout).toMatch(/^money difference +12\.50 USD, -0\.1 EUR\nof test usage +3 USD$/m);
    expect(stdout).toMatch(/^not_open +3$/m);
    expect(stdout).toMatch(/^i1 +usageCsv +2 +x +2,000 +0$/m);
  });

  it('ends with 1 where records are exceptions still, and gives JSON', async () => {
    const verdicts = { imported: 1999, exception: 1, skipped: 0, duplicate: 0 };
    const { stub } = await start(view(2000, { verdicts }));
    const { exitCode, stdout } = await cli.run([...selected, '--json', '--url', stub.url]);
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ reprocessId: id, status: 'completed', verdicts });
  });

  it('passes on everything that was chosen', async () => {
    const { stub, asked } = await start(view(2000));
    const chosen = ['--import', 'a,b', '--import', 'c', '--mode', 'all', '--yes', '--profile-version', '3'];
    const args = ['reprocess', ...chosen, '--reference-data', 'original', '--reason', 'r', '--no-wait'];
    const { exitCode, stdout } = await cli.run([...args, '--url', stub.url]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(id);
    expect(asked()).toEqual({
      selection: { trackingIds: ['a', 'b', 'c'] },
      mode: 'all',
      profileVersion: 3,
      referenceData: 'original',
      reason: 'r',
    });
  });

  it('stops watching at Ctrl-C, and says how to go on', async () => {
    const { stub } = await start(view(1000));
    const child = cli.start([...selected, '--url', stub.url]);
    child.stdin!.end();
    while (stub.requests.filter(({ method }) => method === 'GET').length < 2)
      await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill('SIGINT');
    const { exitCode, stdout, stderr } = await finish(child);
    expect({ exitCode, stdout }).toEqual({ exitCode: 130, stdout: '' });
    expect(stderr).toContain(`feedmill reprocess status ${id} --watch`);
    expect(stderr).toContain(`feedmill reprocess cancel ${id}`);
    expect(stub.requests.some(({ path }) => path.endsWith('/cancel'))).toBe(false);
  });

  it('ends with 3 where it was cancelled, once nothing is under way any more', async () => {
    const cancelled = {
      status: 'cancelled',
      pending: 0,
      verdicts: { imported: 5, exception: 0, skipped: 1995, duplicate: 0 },
    };
    const { stub } = await start(view(5, { status: 'cancelled' }), view(2000, cancelled));
    const { exitCode, stdout } = await cli.run([...selected, '--url', stub.url]);
    expect(exitCode).toBe(3);
    expect(stdout).toMatch(/^status +cancelled$/m);
    expect(stdout).toMatch(/^skipped +1,995$/m);
  });

  it('asks before all records, and needs --yes where nobody can be asked', async () => {
    const { stub } = await start(view(2000));
    const args = ['reprocess', '--feed', 'usageCsv', '--mode', 'all', '--reason', 'r', '--url', stub.url];
    const { exitCode, stderr } = await cli.run(args);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('all records of feed usageCsv? Say --yes');
    expect(stub.requests).toEqual([]);
  });

  it.each([
    [['reprocess', '--reason', 'r'], 'say which'],
    [['reprocess', '--feed', 'f'], "required option '--reason <text>'"],
    [['reprocess', '--feed', 'f', '--reason', 'r', '--profile-version', '0'], 'number of a version'],
    [['reprocess', '--exception', 'e1-0', '--code', 'c', '--reason', 'r'], '--exception names'],
    [['reprocess', 'statsu', id, '--reason', 'r'], '"statsu" is neither'],
  ])('ends with 2 for %j', async (args, message) => {
    const { exitCode, stderr } = await cli.run(args);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
  });

  it('ends with 3 where it is refused, with every problem', async () => {
    const errors = [{ pointer: '/mode', code: 'required', message: 'is required' }];
    const stub = await StubApi.start(() => problem(422, 'invalid_reprocess', 'see errors', { errors }));
    stubs.push(stub);
    const { exitCode, stderr } = await cli.run([...selected, '--url', stub.url]);
    expect(exitCode).toBe(3);
    expect(stderr).toContain('  /mode: is required [required]');
  });
});
