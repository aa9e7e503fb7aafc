import {
  type ApiClient,
  type ImportView,
  type RequestOptions,
  type TestServer,
  startServer,
} from '../support/index.js';
import { Ledger } from './reading/ledger.js';

const NUMBER = '4038675309';

const record = (key: string, more: object = {}) => ({
  Date: '2026-04-16T14:32:00Z',
  OriginatingIdentifier: NUMBER,
  TerminatingIdentifier: 'callee-77001234',
  UdrUsageIdentifier: key,
  Value: 1250,
  UsageClassName: 'API Requests',
  UsageClassTypeName: 'Requests',
  ...more,
});

interface Found {
  readonly trackingId: string;
  readonly index: number;
  readonly verdict: string;
  readonly now: { liveUsageIds: string[]; exception: { status: string } | null };
  readonly [field: string]: unknown;
}

describe('a search for a record', () => {
  let server: TestServer;
  let admin: ApiClient;
  let gateway: ApiClient;
  let neighbour: ApiClient;
  let viewer: ApiClient;
  let csvOperator: ApiClient;
  let first: ImportView;
  let again: ImportView;
  let before: string;

  const search = (query: RequestOptions['query'], client = admin) =>
    client.list<Found>('/api/v1/records', query);
  const places = (found: readonly Found[]) => found.map((f) => [f.trackingId, f.index, f.verdict]);
  const refusal = async (client: ApiClient, query: string) => {
    const { status, body } = await client.request('GET', `/api/v1/records?${query}`);
    return [status, body.code];
  };

  beforeAll(async () => {
    server = await startServer();
    admin = server.api;
    const client = async (role: string, feeds?: string[]) =>
      admin.as((await admin.post('/api/v1/admin/keys', { name: role, role, feeds })).key as string);
    gateway = await client('integrator');
    neighbour = await client('integrator');
    viewer = await client('viewer');
    csvOperator = await client('operator', ['usageCsv']);
    first = await gateway.importUsage('usageJson', [
      record('call-1'),
      record('call-2', { OriginatingIdentifier: 'customer-5566' }),
      record('call-3', { Value: 0 }),
      record('call "4" \\ ü'),
      record('zero_value', { Value: 0 }),
    ]);
    before = new Date(Date.parse(first.submittedAt as string) + 1).toISOString();
    again = await neighbour.importUsage('usageJson', [
      record('call-3', { Value: 0 }),
      record('call-1'),
      record('call-1', { Value: 7 }),
      record('call-2', { OriginatingIdentifier: 'customer-5566' }),
    ]);
    expect(again.counts).toMatchObject({ skipped: 1, duplicate: 2, exception: 1 });
  });
  afterAll(() => server?.stop());

  it('by its key finds all that became of it, newest first, each as its import lists it', async () => {
    const found = await search({ usageKey: 'call-1' });
    expect(places(found)).toEqual([
      [again.trackingId, 2, 'exception'],
      [again.trackingId, 1, 'duplicate'],
      [first.trackingId, 0, 'imported'],
    ]);
    for (const { feed, decidedAt, trackingId, now, ...line } of found) {
      const lines = await admin.list(`/api/v1/imports/${trackingId}/records`);
      expect(line).toEqual(lines[line.index]);
      expect(feed).toMatchObject({ apiName: 'usageJson' });
      expect(decidedAt).toMatch(/^20\d\d-.*Z$/);
      const history = await admin.get(`/api/v1/imports/${trackingId}/records/${line.index}`);
      expect(now).toEqual(history.now);
    }
    expect(found[1]).toMatchObject({ duplicateOf: { trackingId: first.trackingId, index: 0 } });
    expect(found.map(({ now }) => [now.liveUsageIds.length, now.exception?.status ?? null])).toEqual([
      [0, 'open'],
      [0, null],
      [1, null],
    ]);
  });

  it('by its key finds exceptions, their duplicates and what was skipped', async () => {
    expect(places(await search({ usageKey: 'call-2' }))).toEqual([
      [again.trackingId, 3, 'duplicate'],
      [first.trackingId, 1, 'exception'],
    ]);
    expect(places(await search({ usageKey: 'call-3' }))).toEqual([
      [again.trackingId, 0, 'skipped'],
      [first.trackingId, 2, 'skipped'],
    ]);
    expect(places(await search({ usageKey: 'call "4" \\ ü' }))).toEqual([[first.trackingId, 3, 'imported']]);
  });

  it('takes a key for a key, not for a reason, a part or a pattern', async () => {
    expect(places(await search({ usageKey: 'zero_value' }))).toEqual([[first.trackingId, 4, 'skipped']]);
    for (const usageKey of ['call', 'call-_', 'call-%', 'CALL-1', "'", '$', '[]', '"']) {
      expect([usageKey, await search({ usageKey })]).toEqual([usageKey, []]);
    }
  });

  it('by an identifier finds usage and exceptions, in whichever field it is', async () => {
    expect(places(await search({ identifier: 'customer-5566' }))).toEqual([
      [first.trackingId, 1, 'exception'],
    ]);
    const ofNumber = [
      [again.trackingId, 2, 'exception'],
      [first.trackingId, 3, 'imported'],
      [first.trackingId, 0, 'imported'],
    ];
    expect(places(await search({ identifier: NUMBER }))).toEqual(ofNumber);
    expect(places(await search({ identifier: 'call-1' }))).toEqual([ofNumber[0], ofNumber[2]]);
    expect(await search({ identifier: '403867530' })).toEqual([]);
    expect(places(await search({ identifier: NUMBER, usageKey: 'call-1' }))).toEqual([
      ofNumber[0],
      ofNumber[2],
    ]);
    expect(await search({ identifier: NUMBER, usageKey: 'call-2' })).toEqual([]);
  });

  it('keeps to a feed and to when it was submitted, page by page', async () => {
    expect(await search({ usageKey: 'call-1', feed: 'usageCsv' })).toEqual([]);
    expect(await search({ usageKey: 'call-1', feed: 'usageJson' })).toHaveLength(3);
    expect(places(await search({ usageKey: 'call-1', to: before }))).toEqual([
      [first.trackingId, 0, 'imported'],
    ]);
    expect(await search({ usageKey: 'call-1', from: before })).toHaveLength(2);
    expect(await search({ usageKey: 'call-1', to: '2020-01-01' })).toEqual([]);
    for (const query of [{ usageKey: 'call-1' }, { identifier: NUMBER }]) {
      expect(await search({ ...query, limit: 1 })).toEqual(await search(query));
    }
  });

  it('finds what held a key before and has been reversed', async () => {
    const { trackingId } = await admin.importUsage('usageJson', record('given-back'));
    const ledger = await Ledger.open(server.database.url);
    try {
      const { id } = await ledger.one<{ id: number }>('SELECT id::int FROM import WHERE tracking_id = $1', [
        trackingId,
      ]);
      await ledger.reverse({ id, trackingId }, 0);
      await ledger.one(
        `UPDATE key_cell SET state = 0, import_id = NULL, record_index = NULL WHERE key = 'given-back'`,
      );
    } finally {
      await ledger.close();
    }
    expect(places(await search({ usageKey: 'given-back' }))).toEqual([[trackingId, 0, 'imported']]);
  });

  it('shows integrators their own, keys of a feed that feed, viewers no identifier', async () => {
    expect(places(await search({ usageKey: 'call-1' }, gateway))).toEqual([
      [first.trackingId, 0, 'imported'],
    ]);
    expect(places(await search({ usageKey: 'call-3' }, neighbour))).toEqual([
      [again.trackingId, 0, 'skipped'],
    ]);
    expect(places(await search({ identifier: NUMBER }, neighbour))).toEqual([
      [again.trackingId, 2, 'exception'],
    ]);
    expect(await search({ usageKey: 'call-1' }, csvOperator)).toEqual([]);
    expect(await refusal(csvOperator, 'usageKey=call-1&feed=usageJson')).toEqual([403, 'forbidden']);
    const masked = await search({ identifier: NUMBER, usageKey: 'call-1' }, viewer);
    expect(masked.map((f) => f.usageKey)).toEqual(['***', '***']);
  });

  it('needs something to search for', async () => {
    for (const query of [
      '',
      'feed=usageJson',
      'from=2026-01-01',
      'usageKey=',
      'usageKey=a&cursor=x',
      'usageKey=a&q=b',
      'usageKey=%00',
      'usageKey=a&feed=nothing',
    ]) {
      expect([query, ...(await refusal(admin, query))]).toEqual([query, 400, 'invalid_parameter']);
    }
    const { body } = await admin.request('GET', '/api/v1/records');
    expect(body.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual([
      'usageKey',
      'identifier',
    ]);
  });

  it('is refused, not cut short, when it would read for too long', async () => {
    const ledger = await Ledger.open(server.database.url);
    try {
      await ledger.one('BEGIN');
      await ledger.one('LOCK TABLE chunk IN ACCESS EXCLUSIVE MODE');
      expect(await refusal(admin, 'usageKey=call-1')).toEqual([422, 'query_too_broad']);
    } finally {
      await ledger.close();
    }
    expect(server.logLines().filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
  });
});
