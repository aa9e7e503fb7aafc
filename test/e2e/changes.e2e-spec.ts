import { type ApiClient, type TestServer, startServer } from '../support/index.js';
import { type FeedIds, Ledger, type StoredImport } from './reading/ledger.js';

const CHANGES = '/api/v1/usage/changes';

interface Changes {
  readonly items: readonly { readonly id: string; readonly kind: string }[];
  readonly nextCursor: string;
  readonly hasMore: boolean;
}
type Query = Record<string, string | number | undefined>;

const record = (key: string) => ({
  Date: '2026-04-16T14:32:00Z',
  OriginatingIdentifier: '4038675309',
  UdrUsageIdentifier: key,
  Value: 1250,
  UsageClassName: 'API Requests',
  UsageClassTypeName: 'Requests',
});

describe('the changes of the ledger', () => {
  let server: TestServer;
  let admin: ApiClient;
  let ledger: Ledger;
  let other: FeedIds;
  let stored: StoredImport;

  const read = async (query: Query = {}, client = admin) => {
    await ledger.settled();
    return client.get<Changes>(CHANGES, query);
  };
  const readAll = async (query: Query = {}, client = admin) => {
    const ids: string[] = [];
    for (
      let page = await read(query, client);
      ;
      page = await read({ ...query, cursor: page.nextCursor }, client)
    ) {
      ids.push(...page.items.map(({ id }) => id));
      if (!page.hasMore) return ids;
    }
  };

  beforeAll(async () => {
    server = await startServer();
    admin = server.api;
    ledger = await Ledger.open(server.database.url);
    const accepted = await admin.importUsage('usageJson', ['a', 'b', 'c'].map(record));
    expect(accepted.counts).toMatchObject({ imported: 3 });
    other = await ledger.feed('other');
    const row = { account_id: 'x', service_id: 'x-s', usage_identifier: 'call-4711' };
    stored = await ledger.import(other, [
      { letter: 'i', key: 'k0', row },
      { letter: 'i', key: 'k1', row: { ...row, flags: 8 } },
      { letter: 'i', key: 'k2', row },
    ]);
    await ledger.reverse(stored, 0);
  });
  afterAll(async () => {
    await ledger?.close();
    await server?.stop();
  });

  it('show every entry as usage does, once, in order, in pages of any size', async () => {
    const page = await read();
    expect(page).toMatchObject({ hasMore: false, nextCursor: expect.any(String) });
    const usage = await admin.list('/api/v1/usage');
    const byId = new Map(usage.map((entry) => [entry.id, entry]));
    expect(page.items).toEqual(page.items.map(({ id }) => byId.get(id)));
    // Of the ledger they leave out test usage alone.
    expect([page.items.length, usage.length]).toEqual([6, 7]);
    expect(page.items.map(({ id, kind }) => `${kind} ${id}`).slice(3)).toEqual([
      `usage u${stored.id}-0-0-1`,
      `usage u${stored.id}-2-0-1`,
      `reversal r${stored.id}-0-0-1`,
    ]);
    for (const limit of [1, 2, 5, 6])
      expect(await readAll({ limit })).toEqual(page.items.map(({ id }) => id));
    const places = await ledger.one(
      `SELECT entries, cardinality(places) AS places FROM posting ORDER BY id LIMIT 1`,
    );
    expect(places).toEqual({ entries: 3, places: 3 });
  });

  it('go on from a cursor whenever there is more', async () => {
    const { nextCursor } = await read();
    expect(await read({ cursor: nextCursor })).toEqual({
      items: [],
      nextCursor,
      hasMore: false,
      expired: false,
    });
    await admin.importUsage('usageJson', record('later'));
    const page = await read({ cursor: nextCursor });
    expect(page.items).toMatchObject([{ usageKey: 'later', live: true }]);
    expect(await read({ cursor: page.nextCursor })).toMatchObject({ items: [], hasMore: false });
    const { nextCursor: early } = await read({ limit: 2 });
    expect((await readAll({ cursor: early })).length).toBe(5);
  });

  it('are of one feed, each with its cursors, and of a key of feeds those', async () => {
    expect((await readAll({ feed: 'other', limit: 1 })).length).toBe(3);
    expect(await readAll({ feed: other.id })).toEqual(await readAll({ feed: 'other' }));
    const ofOther = admin.as((await ledger.key('other only', 'operator', [other])).text);
    expect(await readAll({ limit: 2 }, ofOther)).toEqual(await readAll({ feed: 'other' }));
    const refusal = async (query: Query, client = admin) => {
      const { status, body } = await client.request('GET', CHANGES, undefined, { query });
      return [status, body.code];
    };
    const { nextCursor } = await read();
    expect(await refusal({ feed: 'other', cursor: nextCursor })).toEqual([400, 'invalid_parameter']);
    expect(await refusal({ cursor: nextCursor }, ofOther)).toEqual([400, 'invalid_parameter']);
    expect(await refusal({ feed: 'usageJson' }, ofOther)).toEqual([403, 'forbidden']);
    expect(await refusal({}, admin.as((await ledger.key('a sender', 'integrator')).text))).toEqual([
      403,
      'forbidden',
    ]);
    for (const query of [
      { cursor: 'x' },
      { limit: 0 },
      { limit: 1001 },
      { from: '2026-01-01' },
      { feed: 'nobody' },
    ]) {
      expect(await refusal(query as Query)).toEqual([400, 'invalid_parameter']);
    }
  });

  it('show a viewer identifiers masked', async () => {
    const viewer = admin.as((await ledger.key('a viewer', 'viewer')).text);
    expect((await read({}, viewer)).items[0]).toMatchObject({
      originatingIdentifier: '***5309',
      value: '1250',
    });
  });

  it.each([
    [{ feed: 'other' }],
    [{ account: 'x' }],
    [{ service: 'x-s', from: '2026-03-01', to: '2026-03-02' }],
    [{ usageIdentifier: 'call-4711' }],
    [{ usageKey: 'k0', feed: 'other' }],
  ])('and lists of usage show usage and reversals: %j', async (query) => {
    const entries = await admin.list('/api/v1/usage', query as unknown as Record<string, string>);
    const of = entries.filter(({ id }) => id.endsWith(`${stored.id}-0-0-1`));
    expect(of).toMatchObject([
      { kind: 'reversal', live: false, value: '-1250', reverses: `u${stored.id}-0-0-1` },
      { kind: 'usage', live: false, value: '1250', reverses: null },
    ]);
    expect(of[0].date).toBe(of[1].date);
    const ids = async (live: boolean) =>
      (await admin.list('/api/v1/usage', { ...query, live } as never)).map(({ id }) => id);
    expect(await ids(false)).toEqual(of.map(({ id }) => id));
    expect(await ids(true)).not.toContain(of[0].id);
  });

  it('are refused where a dump has lost their order', async () => {
    const { nextCursor } = await read();
    await ledger.one(`INSERT INTO posting (xid) VALUES ('9000000000000')`);
    const refused = { status: 409, body: { code: 'ledger_order_lost' } };
    expect(await admin.request('GET', CHANGES)).toMatchObject(refused);
    // As the operations guide has it: restored postings come before all others; the counter is ahead of them.
    await ledger.one('ALTER TABLE posting DISABLE TRIGGER append_only');
    await ledger.one(`UPDATE posting SET xid = '3' WHERE xid >= pg_current_xact_id()`);
    await ledger.one('ALTER TABLE posting ENABLE TRIGGER append_only');
    expect(await readAll()).toHaveLength(7);
    expect(await read({ cursor: nextCursor })).toMatchObject({ items: [] });
  });
});
