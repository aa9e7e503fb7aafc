import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer, type TestServer } from '../support/index.js';
import { Cli } from './cli/cli.js';

const folder = mkdtempSync(join(tmpdir(), 'feedmill-cli-corrections-'));
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

const record = (key: string, more: object = {}) => ({
  Date: '2026-04-16T14:32:00Z',
  OriginatingIdentifier: 'acct-100045',
  UdrUsageIdentifier: key,
  Value: 1250,
  UsageClassName: 'API Requests',
  UsageClassTypeName: 'Requests',
  ...more,
});
const unknown = (key: string, identifier: string) => record(key, { OriginatingIdentifier: identifier });
const send = (...records: object[]) => server.api.importUsage('usageJson', { data: records });
const exceptionsOf = (trackingId: string) => server.api.list('/api/v1/exceptions', { trackingId });
const idsOf = async (trackingId: string): Promise<string[]> =>
  (await exceptionsOf(trackingId)).map(({ id }) => id).reverse();
const liveOf = async (usageKey: string) =>
  (await server.api.list('/api/v1/usage', { usageKey, live: true })).map(({ value }) => value);

function file(name: string, content: string): string {
  writeFileSync(join(folder, name), content);
  return name;
}

describe('feedmill exceptions', () => {
  it('are counted by cause with what was missing, and shown with all that is known', async () => {
    const { trackingId } = await send(
      unknown('groups-1', 'ghost-1'),
      unknown('groups-2', 'ghost-2'),
      unknown('groups-3', 'ghost-2'),
    );
    const table = await cli.text(['exceptions', 'groups', '--tracking-id', trackingId], 0);
    expect(table).toMatch(/^ +3 +identifier_not_found +.* 2: ghost-2 \(2\), ghost-1 \(1\) /m);
    const { items } = await cli.json(['exceptions', 'groups', '--tracking-id', trackingId], 0);
    expect(items).toMatchObject([{ count: 3, code: 'identifier_not_found' }]);

    const [id] = await idsOf(trackingId);
    const shown = await cli.json(['exceptions', 'show', id!], 0);
    expect(shown).toMatchObject({
      id,
      status: 'open',
      raw: { OriginatingIdentifier: 'ghost-1' },
      attempts: [{ attempt: 0, code: 'identifier_not_found', trackingId }],
      revisions: [{ revision: 0, raw: { OriginatingIdentifier: 'ghost-1' } }],
    });
    expect(await cli.text(['exceptions', 'show', id!], 0)).toMatch(
      /^code +identifier_not_found$[^]*"OriginatingIdentifier": "ghost-1"/m,
    );
  });

  it('are explained step by step', async () => {
    const { trackingId } = await send(unknown('why-1', 'ghost-9'), record('why-2'));
    const [id] = await idsOf(trackingId);
    const text = await cli.text(['exceptions', 'explain', id!], 0);
    expect(text).toMatch(
      /^resolve-identifier \(resolve\)$[^]*^ +rejected$[^]*value ghost-9, result not_found/m,
    );
    expect(text).toMatch(/^rate-usage \(rate\)\n +the record did not come so far$/m);
    expect(text).toMatch(/^Outcome\nrejected: identifier_not_found by resolve-identifier/m);
    const [entry] = await server.api.list('/api/v1/usage', { trackingId });
    const explained = await cli.text(['usage', 'explain', entry.id], 0);
    expect(explained).toMatch(/^ +accountId acct-100045$[^]*plan standard[^]*rawAmount 0\.5/m);
    expect(await cli.json(['usage', 'explain', entry.id], 0)).toMatchObject({ reproduced: true });
    expect((await cli.run(['usage', 'explain', 'u1-0-0-1'])).exitCode).toBe(3);
  });

  it('are corrected one by one, and decided again', async () => {
    const { trackingId } = await send(unknown('one-1', 'ghost-1'), unknown('one-2', 'ghost-1'));
    const [first, second] = (await idsOf(trackingId)) as [string, string];
    const raw = JSON.stringify(record('one-1')).replace('1250', '1250.000000000000001');
    const path = file('one.json', `${raw}\n`);
    await cli.text(['exceptions', 'correct', first, '--raw', `@${path}`, '--note', 'by file'], 0);
    const edited = await cli.run(['exceptions', 'correct', second, '--edit'], {
      env: { EDITOR: 'sed -i s/ghost-1/acct-100045/' },
    });
    expect(edited).toMatchObject({ exitCode: 0, stdout: `Corrected ${second}: revision 1.\n` });
    const untouched = await cli.run(['exceptions', 'correct', second, '--edit'], { env: { EDITOR: 'true' } });
    expect(untouched.stdout).toContain('nothing was changed');
    expect((await cli.run(['exceptions', 'correct', first, '--raw', '{'])).exitCode).toBe(2);
    expect((await cli.json(['exceptions', 'show', first], 0)).revisions).toMatchObject([
      { revision: 1, note: 'by file' },
      { revision: 0, note: null },
    ]);

    const args = ['reprocess', '--exception', `${first},${second}`, '--reason', 'corrected'];
    const tried = await cli.json([...args, '--dry-run'], 0);
    expect(tried).toMatchObject({ eligible: 2, verdicts: { imported: 2 } });
    expect(await liveOf('one-1')).toEqual([]);
    const done = await cli.run(args);
    expect(done).toMatchObject({ exitCode: 0, stderr: '' });
    expect(done.stdout).toMatch(/^imported +2$[^]*^money difference +1(\.0+\d+)? USD$/m);
    expect(await liveOf('one-1')).toEqual(['1250.000000000000001']);
    expect(await exceptionsOf(trackingId)).toMatchObject([
      { status: 'reprocessed' },
      { status: 'reprocessed' },
    ]);
  });

  it('are corrected by an expression, after a look at what it would do', async () => {
    const { trackingId } = await send(unknown('many-1', '100045'), unknown('many-2', '100045'));
    const patch = '$merge([$, {"OriginatingIdentifier": "acct-" & OriginatingIdentifier}])';
    const args = ['exceptions', 'correct', '--import', trackingId, '--patch', patch];
    const tried = await cli.run([...args, '--dry-run']);
    expect(tried.exitCode).toBe(0);
    expect(tried.stdout).toMatch(/"100045".*"acct-100045"/);
    expect(tried.stderr).toContain('Nothing was stored');
    expect(await exceptionsOf(trackingId)).toMatchObject([{ revision: 0 }, { revision: 0 }]);
    const broken = await cli.run([...args.slice(0, -1), '$merge(']);
    expect([broken.exitCode, broken.stderr]).toEqual([3, expect.stringContaining('422')]);
    expect(await cli.text(args, 0)).toMatch(/^changed +2$/m);
    expect(
      await cli.json(['reprocess', '--import', trackingId, '--mode', 'exceptions', '--reason', 'r'], 0),
    ).toMatchObject({ status: 'completed', verdicts: { imported: 2 }, difference: { USD: '1' } });
  });

  it('are discarded with a reason, and taken back', async () => {
    const { trackingId } = await send(unknown('discard-1', 'ghost-3'), unknown('discard-2', 'ghost-3'));
    const args = ['exceptions', 'discard', '--import', trackingId, '--reason', 'test calls'];
    const asked = await cli.run(args);
    expect([asked.exitCode, asked.stderr]).toEqual([
      2,
      expect.stringContaining(`Discard 2 exceptions of import ${trackingId}? Say --yes`),
    ]);
    expect(await cli.text([...args, '--yes'], 0)).toMatch(/^discarded +2$/m);
    expect(await exceptionsOf(trackingId)).toMatchObject([{ status: 'discarded' }, { status: 'discarded' }]);
    const [id] = await idsOf(trackingId);
    await cli.text(['exceptions', 'reopen', id!, '--reason', 'was none'], 0);
    expect(await server.api.get(`/api/v1/exceptions/${id}`)).toMatchObject({ status: 'open' });
    await cli.text(['exceptions', 'discard', id!, '--reason', 'it was'], 0);
    expect(await server.api.get(`/api/v1/exceptions/${id}`)).toMatchObject({ status: 'discarded' });
  });

  it('of conflicting keys are resolved either way', async () => {
    await send(record('conflict-1'), record('conflict-2'));
    const { trackingId } = await send(
      record('conflict-1', { Value: 2500 }),
      record('conflict-2', { Value: 2500 }),
    );
    const [first, second] = (await idsOf(trackingId)) as [string, string];
    const replace = [
      'exceptions',
      'resolve',
      first,
      '--resolution',
      'replace',
      '--reason',
      'the second is right',
    ];
    expect(await cli.text([...replace, '--dry-run'], 0)).toMatch(/^money difference +0\.5 USD$/m);
    expect(await liveOf('conflict-1')).toEqual(['1250']);
    await cli.text(replace, 0);
    expect(await liveOf('conflict-1')).toEqual(['2500']);
    await cli.text(['exceptions', 'resolve', second, '--resolution', 'keep', '--reason', 'resent'], 0);
    expect(await liveOf('conflict-2')).toEqual(['1250']);
    expect(await exceptionsOf(trackingId)).toMatchObject([
      { status: 'discarded' },
      { status: 'reprocessed' },
    ]);
  });

  it('are exported to a file and to standard output', async () => {
    const { trackingId } = await send(unknown('export-1', '=1+1'), unknown('export-2', 'ghost-4'));
    const args = ['exceptions', 'export', '--tracking-id', trackingId];
    await cli.text([...args, '-o', 'exceptions.csv'], 0);
    const csv = readFileSync(join(folder, 'exceptions.csv'), 'utf8');
    expect(csv.trimEnd().split(/\r?\n/)).toHaveLength(3);
    expect(csv).toContain('export-2');
    expect(csv).not.toMatch(/(^|,)"?=/m);
    const lines = (await cli.text([...args, '--format', 'ndjson'], 0)).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).usageKey).sort()).toEqual(['export-1', 'export-2']);
  });
});

describe('feedmill reprocess', () => {
  it('decides all records again, lists itself, and changes nothing the second time', async () => {
    const { trackingId } = await send(record('all-1'), record('all-2'), unknown('all-3', 'ghost-5'));
    const args = ['reprocess', '--import', trackingId, '--mode', 'all', '--reason', 'to be sure'];
    expect((await cli.run(args)).exitCode).toBe(2);
    const view = await cli.json(
      [...args, '--profile-version', 'original', '--reference-data', 'original', '--yes'],
      1,
    );
    expect(view).toMatchObject({
      status: 'completed',
      eligible: 3,
      verdicts: { imported: 0, exception: 1, skipped: 2, duplicate: 0 },
      reasons: { skipped: { unchanged: 2 } },
      difference: {},
    });
    const status = await cli.text(['reprocess', 'status', view.reprocessId], 0);
    expect(status).toMatch(/^status +completed$[^]*^unchanged +2$[^]*^money difference +none$/m);
    expect((await cli.json(['reprocess', 'list'], 0)).items[0]).toMatchObject({
      reprocessId: view.reprocessId,
    });
    const ended = await cli.run(['reprocess', 'cancel', view.reprocessId]);
    expect([ended.exitCode, ended.stderr]).toEqual([3, expect.stringContaining('409')]);
    const nothing = await cli.run(['reprocess', '--code', 'rate_ambiguous', '--reason', 'none']);
    expect([nothing.exitCode, nothing.stderr]).toEqual([3, expect.stringContaining('nothing_to_reprocess')]);
  });
});

describe('feedmill revert', () => {
  it('takes an import back, and has its duplicates elsewhere count', async () => {
    const { trackingId } = await send(record('revert-1'), record('revert-2'));
    const again = await send(record('revert-1'));
    expect(again.counts).toMatchObject({ duplicate: 1 });
    const args = ['revert', trackingId, '--reason', 'the wrong file'];
    expect(await cli.json([...args, '--dry-run'], 0)).toMatchObject({
      difference: { USD: '-1' },
      orphanedDuplicates: { count: 1 },
    });
    expect((await cli.run(args)).exitCode).toBe(2);
    expect(await liveOf('revert-1')).toEqual(['1250']);
    const reverted = await cli.json([...args, '--yes', '--reprocess-orphans'], 0);
    expect(reverted).toMatchObject({
      revert: { channel: 'revert', status: 'completed', counts: { total: 2, pending: 0 } },
      orphanedDuplicates: { count: 1, selection: { filter: { orphanedBy: trackingId } } },
      reprocess: { status: 'completed', verdicts: { imported: 1 } },
    });
    expect([await liveOf('revert-1'), await liveOf('revert-2')]).toEqual([['1250'], []]);
    expect(await server.api.list('/api/v1/usage', { trackingId: again.trackingId, live: true })).toHaveLength(
      1,
    );
    const orphans = [
      'reprocess',
      '--orphaned-by',
      trackingId,
      '--mode',
      'all',
      '--reason',
      'none left',
      '--yes',
    ];
    expect(await cli.json(orphans, 0)).toMatchObject({ status: 'completed', eligible: 0 });
    expect(await cli.json(['orphans', trackingId], 0)).toMatchObject({ count: 0 });
    const all = ['reprocess', trackingId, '--mode', 'all', '--reason', 'once more', '--yes'];
    expect(await cli.json(all, 0)).toMatchObject({ eligible: 2, verdicts: { imported: 1 } });
    await cli.json([...args, '--yes'], 0);
    const twice = await cli.run([...args, '--yes']);
    expect([twice.exitCode, twice.stderr]).toEqual([3, expect.stringContaining('nothing_to_revert')]);
  });
});

describe('feedmill usage', () => {
  it('is listed, shown and added up', async () => {
    const { trackingId } = await send(record('sums-1'), record('sums-2', { Value: 750 }));
    const table = await cli.text(['usage', '--tracking-id', trackingId], 0);
    expect(table).toMatch(/ usage +acct-.* 1250 +0\.5 USD +sums-1$/m);
    const { items } = await cli.json(['usage', '--tracking-id', trackingId, '--live', 'true'], 0);
    expect(items).toHaveLength(2);
    expect(await cli.text(['usage', 'show', items[0].id], 0)).toMatch(
      /^amount +0\.3 USD \(750 x 0\.0004, plan standard\)$/m,
    );
    const totals = await cli.text(
      ['usage', 'totals', '--tracking-id', trackingId, '--group-by', 'account'],
      0,
    );
    expect(totals).toMatch(/^account +entries .*\n\S+ +2 +2000 +requests +0\.8 +USD/m);
  });

  it('is followed in the order of the ledger', async () => {
    const first = await cli.run(['usage', 'changes', '--all', '--json']);
    const cursor = /--cursor (\S+)/.exec(first.stderr)?.[1] as string;
    expect(await cli.json(['usage', 'changes', '--cursor', cursor], 0)).toMatchObject({
      items: [],
      hasMore: false,
    });
    await send(record('changes-1'));
    const lines = (await cli.text(['usage', 'changes', '--cursor', cursor, '--all', '--json'], 0)).trimEnd();
    expect(lines.split('\n').map((line) => JSON.parse(line).usageKey)).toEqual(['changes-1']);
    expect(await cli.text(['usage', 'changes', '--cursor', cursor], 0)).toMatch(/ changes-1$/m);
  });

  it('is voided and amended', async () => {
    await send(record('void-1'), record('amend-1'));
    const idOf = async (usageKey: string) =>
      (await server.api.list('/api/v1/usage', { usageKey, live: true }))[0].id as string;
    const voided = ['usage', 'void', await idOf('void-1'), '--reason', 'test call'];
    expect((await cli.run(voided)).exitCode).toBe(2);
    expect(await cli.json([...voided, '--yes'], 0)).toMatchObject({
      reversals: [expect.stringMatching(/^\w/)],
    });
    expect(await liveOf('void-1')).toEqual([]);
    expect((await send(record('void-1'))).counts).toMatchObject({ duplicate: 1 });
    const raw = JSON.stringify(record('amend-1', { Value: 2500 }));
    const amended = ['usage', 'amend', await idOf('amend-1'), '--reason', 'as measured', '--raw'];
    expect(await cli.text([...amended, '@-'], 0, { stdin: raw })).toMatch(/^verdict +imported$/m);
    expect(await liveOf('amend-1')).toEqual(['2500']);
    const byEditor = ['usage', 'amend', await idOf('amend-1'), '--reason', 'as measured', '--edit'];
    const kept = await cli.run(byEditor, { env: { EDITOR: 'true' } });
    expect([kept.exitCode, kept.stderr]).toEqual([0, expect.stringContaining('nothing was changed')]);
    await cli.text(byEditor, 0, { env: { EDITOR: 'sed -i s/2500/2600/' } });
    expect(await liveOf('amend-1')).toEqual(['2600']);
    const unsaid = await cli.run(byEditor.slice(0, -1));
    expect([unsaid.exitCode, unsaid.stderr]).toEqual([2, expect.stringContaining('--edit')]);
    amended[2] = await idOf('amend-1');
    const changed = await cli.run([...amended, JSON.stringify(record('amend-2'))]);
    expect([changed.exitCode, changed.stderr]).toEqual([3, expect.stringMatching(/409|422/)]);
  });
});

describe('feedmill periods', () => {
  it('are closed and reopened', async () => {
    const closed = await cli.text(['periods', 'close', '--until', '2020-01-01', '--feeds', 'usageJson'], 0);
    expect(closed).toMatch(/^usageJson +2020-01-01T00:00:00Z +UTC/m);
    const late = await send(record('late-1', { Date: '2019-12-31T23:59:59Z' }));
    expect(late.reasons.exception).toEqual({ period_closed: 1 });
    await cli.text(
      ['periods', 'reopen', '--from', '2019-12-01', '--feeds', 'usageJson', '--reason', 'late file'],
      0,
    );
    const { items } = await cli.json(['periods'], 0);
    expect(
      items.find(({ feed }: { feed: { apiName: string } }) => feed.apiName === 'usageJson'),
    ).toMatchObject({
      closedUntil: '2019-12-01T00:00:00Z',
    });
    expect(await cli.text(['periods', 'changes'], 0)).toMatch(
      / reopen +2019-12-01 +usageJson .* late file$/m,
    );
    expect((await cli.run(['periods', 'close', '--until', 'soon'])).exitCode).toBe(3);
  });
});

describe('feedmill audit', () => {
  it('lists and exports who changed what', async () => {
    await cli.text(['keys', 'create', '--name', 'audited', '--role', 'operator'], 0);
    const { items } = await cli.json(['audit', '--action', 'key.created', '--limit', '1'], 0);
    expect(items).toMatchObject([{ action: 'key.created', after: { name: 'audited' } }]);
    expect(await cli.text(['audit', '--action', 'key.created'], 0)).toMatch(/ key\.created +key\//);
    expect(await cli.text(['audit', '--action', 'nope'], 0)).toBe('No change matches.\n');
    const lines = (
      await cli.text(['audit', 'export', '--format', 'ndjson', '--action', 'key.created'], 0)
    ).trimEnd();
    expect(lines.split('\n').map((line) => JSON.parse(line).action)).toContain('key.created');
  });
});
