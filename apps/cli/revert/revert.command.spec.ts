import { join } from 'node:path';
import { CliProcess, finish } from '../testing/cli-process.js';
import { StubApi, type StubRequest } from '../testing/stub-api.js';

const cli = CliProcess.build(join(import.meta.dirname, '../../..'));
const stubs: StubApi[] = [];

afterEach(async () => {
  for (const stub of stubs.splice(0)) await stub.stop();
});
afterAll(() => cli.remove());

const answer = {
  trackingId: 'r1',
  reverts: 'i1',
  counts: { total: 2, pending: 2 },
  orphanedDuplicates: { count: 3, selection: { filter: { orphanedBy: 'i1' } } },
};
const revertOf = (pending: number) => ({
  trackingId: 'r1',
  feed: { id: 1, name: 'usage', apiName: 'usage' },
  profile: null,
  channel: 'revert',
  status: pending > 0 ? 'processing' : 'completed',
  submittedAt: '2026-05-01T00:00:00Z',
  submittedBy: null,
  counts: { total: 2, imported: 2 - pending, exception: 0, skipped: 0, duplicate: 0, pending },
  reasons: { skipped: {}, exception: {} },
  now: {},
  error: null,
});

/** A server whose revert has so many records left at each look. */
async function start(more: object, ...pending: number[]): Promise<StubApi> {
  const stub = await StubApi.start(({ method, path }: StubRequest) => {
    if (method === 'POST') return { status: 202, body: { ...answer, ...more } };
    if (path !== '/imports/r1') return undefined;
    return { body: revertOf((pending.length > 1 ? pending.shift() : pending[0])!) };
  });
  stubs.push(stub);
  return stub;
}

describe('feedmill revert', () => {
  it('waits, and says how orphaned duplicates come to count', async () => {
    const stub = await start({}, 2, 1, 0);
    const args = ['revert', 'i1', '--reason', 'wrong file', '--yes', '--url', stub.url];
    const { exitCode, stdout } = await cli.run(args);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stub.requests[0]!.text)).toEqual({ reason: 'wrong file' });
    expect(stdout).toMatch(/^channel +revert$[^]*^status +completed$/m);
    expect(stdout).toContain('feedmill reprocess --orphaned-by i1 --mode all');
  });

  it('says at Ctrl-C how to go on, also with what follows', async () => {
    const stub = await start({ reprocess: { reprocessId: 'p1' } }, 2);
    const child = cli.start([
      'revert',
      'i1',
      '--reason',
      'r',
      '--yes',
      '--reprocess-orphans',
      '--url',
      stub.url,
    ]);
    child.stdin!.end();
    while (stub.requests.length < 3) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill('SIGINT');
    const { exitCode, stdout, stderr } = await finish(child);
    expect({ exitCode, stdout }).toEqual({ exitCode: 130, stdout: '' });
    expect(stderr).toContain('feedmill import r1 --watch');
    expect(stderr).toContain('feedmill reprocess status p1 --watch');
    expect(JSON.parse(stub.requests[0]!.text)).toEqual({ reason: 'r', reprocessOrphans: true });
  });

  it('needs --yes where nobody can be asked', async () => {
    const stub = await start({}, 0);
    const { exitCode, stderr } = await cli.run(['revert', 'i1', '--reason', 'r', '--url', stub.url]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('Reverse all live usage of the import i1? Say --yes');
    expect(stub.requests).toEqual([]);
  });
});
