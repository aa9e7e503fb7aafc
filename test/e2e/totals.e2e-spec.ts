import pg from 'pg';
import { type ApiClient, type TestServer, startServer } from '../support/index.js';
import { type FeedIds, Ledger, type StoredImport } from './reading/ledger.js';

const CLASSES = '/api/v1/usage-classes';
const TOTALS = '/api/v1/usage/totals';

type Query = Record<string, string | number>;
/** As far as tests ask for it. */
interface Total {
  readonly count: number;
  readonly value: string;
  readonly amount: string | null;
  readonly currency: string | null;
  readonly exceptions: { readonly count: number; readonly value: string };
  readonly [group: string]: unknown;
}
/** Columns of a usage row in place of the usual ones. */
type Row = Record<string, unknown>;

let server: TestServer;
let admin: ApiClient;
let ledger: Ledger;
let mobile: FeedIds;
let energy: FeedIds;
let first: StoredImport;
let keys: Record<'viewer' | 'integrator' | 'implementer' | 'ofEnergy', string>;

const data = (account: string, value: string, amount: string, more: Row = {}): Row => ({
  account_id: account,
  service_id: `${account}-s`,
  usage_class: 'Data',
  usage_class_type: 'Roaming',
  value,
  amount,
  currency: 'USD',
  ...more,
});
const imported = (rows: readonly Row[]) =>
  rows.map((row, n) => ({ letter: 'i' as const, key: `k${n}-${Math.random()}`, row }));

beforeAll(async () => {
  // Role api: nothing mediates, so rows stay as they are written here.
  server = await startServer({ role: 'api', configDir: null });
  admin = server.api;
  ledger = await Ledger.open(server.database.url);
  mobile = await ledger.feed('mobile');
  energy = await ledger.feed('energy');
  keys = {
    viewer: (await ledger.key('a viewer', 'viewer')).text,
    integrator: (await ledger.key('a sender', 'integrator')).text,
    implementer: (await ledger.key('an implementer', 'implementer')).text,
    ofEnergy: (await ledger.key('energy only', 'operator', [energy])).text,
  };
});
afterAll(async () => {
  await ledger?.close();
  await server?.stop();
});

const totals = async (query: Query, client = admin) =>
  (await client.get<{ items: Total[] }>(TOTALS, query)).items;
const refusal = async (query: Query, client = admin) => {
  const { status, body } = await client.request('GET', TOTALS, undefined, { query });
  return [status, body.code, body.errors?.[0]?.pointer];
};

describe('usage classes', () => {
  const put = (body: object | string, client = admin) =>
    client.request(
      'PUT',
      CLASSES,
      body,
      typeof body === 'string' ? { headers: { 'content-type': 'text/csv' } } : {},
    );

  it('are created, left as they are when they are equal, and change their tax category', async () => {
    const rows = [
      { name: 'Data', unit: 'GB', taxCategory: 'telecom' },
      { name: 'Voice', unit: 's' },
    ];
    expect((await put(rows, admin.as(keys.implementer))).body).toEqual({
      created: 2,
      changed: 0,
      unchanged: 0,
    });
    expect((await put(rows)).body).toEqual({ created: 0, changed: 0, unchanged: 2 });
    expect((await put('name,unit,taxCategory\r\nVoice,s,voice\r\nPower,kWh,\r\n')).body).toEqual({
      created: 1,
      changed: 1,
      unchanged: 0,
    });
    expect(await admin.as(keys.viewer).list(CLASSES, { limit: 2 })).toMatchObject([
      { name: 'Power', unit: 'kWh', taxCategory: null },
      { name: 'Voice', unit: 's', taxCategory: 'voice' },
      { name: 'Data', unit: 'GB', taxCategory: 'telecom', updatedAt: expect.stringMatching(/Z$/) },
    ]);
    const [audit] = await admin.list('/api/v1/admin/audit', { action: 'usage-classes.changed' });
    expect(audit).toMatchObject({
      actor: 'bootstrap',
      before: { usageClasses: [{ name: 'Voice', unit: 's', taxCategory: null }] },
      after: {
        usageClasses: [
          { name: 'Power', unit: 'kWh' },
          { name: 'Voice', taxCategory: 'voice' },
        ],
      },
    });
  });

  it('keep their unit, and are refused whole with every problem and its row', async () => {
    const before = await admin.list(CLASSES);
    const fixed = await put([
      { name: 'New', unit: 'h' },
      { name: 'Data', unit: 'MB' },
      { name: 'Voice', unit: 'min' },
    ]);
    expect([fixed.status, fixed.body.code]).toEqual([409, 'unit_fixed']);
    expect(fixed.body.errors).toMatchObject([
      { pointer: '/1/unit', code: 'unit_fixed', message: expect.stringContaining('counted in GB') },
      { pointer: '/2/unit', code: 'unit_fixed' },
    ]);
    const wrong = await put([
      { name: 'New', unit: 'h' },
      { name: 'New', unit: 'h' },
      { unit: 5, color: 1 },
      'row',
      {},
    ]);
    expect([wrong.status, wrong.body.code]).toEqual([422, 'invalid_usage_classes']);
    expect(
      wrong.body.errors.map((e: { pointer: string; code: string }) => `${e.pointer} ${e.code}`).sort(),
    ).toEqual([
      '/1 repeated',
      '/2/color unknown_key',
      '/2/name required',
      '/2/unit invalid_value',
      '/3 invalid_value',
      '/4/name required',
      '/4/unit required',
    ]);
    expect([(await put({ usageClasses: [] })).status, (await put('nonsense\r\nx,y\r\n')).status]).toEqual([
      422, 422,
    ]);
    const many = Array.from({ length: 10_001 }, (_, n) => ({ name: `c${n}`, unit: 'x' }));
    expect((await put(many)).body.code).toBe('too_many_rows');
    expect(await admin.list(CLASSES)).toEqual(before);
    await expect(ledger.one(`UPDATE usage_class SET unit = 'TB' WHERE name = 'Data'`)).rejects.toThrow(
      /fixed/,
    );
  });

  it('are for implementers to say, and for readers to see', async () => {
    for (const key of [keys.viewer, keys.ofEnergy, keys.integrator]) {
      expect((await put([], admin.as(key))).status).toBe(403);
    }
    expect((await admin.as(keys.integrator).request('GET', CLASSES)).status).toBe(403);
  });
});

describe('totals', () => {
  beforeAll(async () => {
    const old = await ledger.posting('2026-02-01T00:00:00Z');
    first = await ledger.import(
      mobile,
      imported([
        data('a', '0.1', '0.01', { posting_id: old, date: '2026-01-15T10:00:00Z' }),
        data('a', '0.2', '0.020', { date: '2026-01-31T23:30:00Z', time_zone: 'Europe/Berlin' }),
        data('a', '12345678901234567890.000000000000000001', '99999999999999999999.99', {
          date: '2026-02-01T12:00:00Z',
        }),
        data('b', '5', '7', { currency: 'EUR', cost_amount: '1.5', cost_currency: 'USD' }),
        data('b', '60', '1', { usage_class: 'Voice', usage_class_type: null }),
        data('b', '3', '1', { usage_class: 'Nobody said' }),
        data('b', '70000', '1', { usage_class: 'Nobody said that either' }),
        data('b', '4', '1', { usage_class: null, amount: null, currency: null, service_id: null }),
        data('a', '1000000', '1000000', { flags: 8 }),
      ]),
    );
    await ledger.import(
      energy,
      imported([data('a', '2.5', '0.25', { usage_class: 'Power', usage_identifier: 'meter' })]),
    );
    await ledger.reverse(first, 0, '2026-02-10T00:00:00Z');
  });

  it('are exact, never add units or currencies, and count reversals negated', async () => {
    const query = { feed: 'mobile' };
    expect(await totals(query)).toEqual([
      {
        unit: 'GB',
        currency: 'EUR',
        costCurrency: 'USD',
        count: 1,
        value: '5',
        amount: '7',
        costAmount: '1.5',
      },
      {
        unit: 'GB',
        currency: 'USD',
        costCurrency: null,
        count: 4,
        value: '12345678901234567890.200000000000000001',
        amount: '100000000000000000000.01',
        costAmount: null,
      },
      {
        unit: 's',
        currency: 'USD',
        costCurrency: null,
        count: 1,
        value: '60',
        amount: '1',
        costAmount: null,
      },
      {
        usageClass: 'Nobody said',
        unit: null,
        currency: 'USD',
        costCurrency: null,
        count: 1,
        value: '3',
        amount: '1',
        costAmount: null,
      },
      {
        usageClass: 'Nobody said that either',
        unit: null,
        currency: 'USD',
        costCurrency: null,
        count: 1,
        value: '70000',
        amount: '1',
        costAmount: null,
      },
      {
        usageClass: null,
        unit: null,
        currency: null,
        costCurrency: null,
        count: 1,
        value: '4',
        amount: null,
        costAmount: null,
      },
    ]);
  });

  it('are grouped by what is named, in that order, and filtered as usage is', async () => {
    const shown = async ({ groupBy, ...filters }: { groupBy: string } & Query) =>
      (await totals({ groupBy, ...filters })).map((total) => [
        ...groupBy
          .split(',')
          .map((name) => (total[name] as { apiName?: string } | null)?.apiName ?? total[name]),
        total.count,
        total.value,
      ]);
    expect(
      await shown({
        groupBy: 'account,usageClass',
        usageClass: 'Data',
        from: '2026-01-01',
        to: '2026-02-01',
      }),
    ).toEqual([['a', 'Data', 3, '0.2']]);
    expect(await shown({ groupBy: 'day,currency', account: 'a', to: '2026-02-01' })).toEqual([
      ['2026-01-15', 'USD', 2, '0'],
      ['2026-02-01', 'USD', 1, '0.2'],
    ]);
    expect(
      await shown({ groupBy: 'month,service', account: 'a', feed: 'mobile', to: '2026-02-01T01:00:00Z' }),
    ).toEqual([
      ['2026-01', 'a-s', 2, '0'],
      ['2026-02', 'a-s', 1, '0.2'],
    ]);
    expect(await shown({ groupBy: 'feed,usageClassType', usageIdentifier: 'meter' })).toEqual([
      ['energy', 'Roaming', 1, '2.5'],
    ]);
    expect(
      await shown({
        trackingId: first.trackingId,
        service: 'b-s',
        usageClassType: 'Roaming',
        groupBy: 'currency,unit',
      }),
    ).toEqual([
      ['EUR', 'GB', 1, '5'],
      ['USD', null, 1, '3'],
      ['USD', null, 1, '70000'],
    ]);
    expect(await totals({ account: 'nobody' })).toEqual([]);
  });

  it('give what was true at a moment', async () => {
    const at = async (asOf: string) =>
      (await totals({ asOf, account: 'a', to: '2026-01-16' })).map(({ count: n, value, amount }) => [
        n,
        value,
        amount,
      ]);
    expect(await at('2026-01-31T23:59:59.999Z')).toEqual([]);
    expect(await at('2026-02-01')).toEqual([[1, '0.1', '0.01']]);
    expect(await at('2026-02-09T23:59:59Z')).toEqual([[1, '0.1', '0.01']]);
    expect(await at('2026-02-10')).toEqual([[2, '0', '0']]);
    expect(await admin.get(TOTALS, { asOf: '2026-02-10T01:00:00+01:00' })).toMatchObject({
      asOf: '2026-02-10T00:00:00Z',
      final: true,
    });
    expect(await admin.get(TOTALS, { asOf: '2099-01-01' })).toMatchObject({ final: false });
  });

  it('are final when nothing that was posted until then is still to be committed', async () => {
    const client = new pg.Client({ connectionString: server.database.url });
    await client.connect();
    await client.query('BEGIN');
    await client.query('INSERT INTO posting DEFAULT VALUES');
    const { rows } = await client.query<{ now: string }>('SELECT clock_timestamp()::text AS now');
    const asOf = new Date(rows[0]!.now).toISOString();
    expect(await admin.get(TOTALS, { asOf })).toMatchObject({ asOf: expect.any(String), final: false });
    expect(await admin.get(TOTALS, { asOf: '2026-02-10' })).toMatchObject({ final: true });
    await client.query('ROLLBACK');
    await client.end();
    expect(await admin.get(TOTALS, { asOf })).toMatchObject({ final: true });
  });

  it('come in pages that lose and repeat no group, also where groups are null', async () => {
    const groupBy = 'usageClassType,account,service,feed,usageClass,day';
    const all = await admin.list(TOTALS, { groupBy });
    expect(all.length).toBeGreaterThan(6);
    expect(await admin.list(TOTALS, { groupBy, limit: 1 })).toEqual(all);
    const { nextCursor } = await admin.get(TOTALS, { groupBy, limit: 1 });
    expect(await refusal({ groupBy: 'account', cursor: nextCursor })).toEqual([
      400,
      'invalid_parameter',
      'cursor',
    ]);
  });

  it('come in pages also where names are as long as they may be', async () => {
    const feed = await ledger.feed('long');
    const long = (letter: string) => letter.repeat(1024);
    const row = (letter: string) => ({
      service_id: long(letter),
      usage_class: long(letter),
      usage_class_type: long('"'),
    });
    await ledger.import(
      feed,
      imported(['y', 'z'].map((letter) => data(long(letter), '1', '1', row(letter)))),
    );
    const query = { feed: 'long', groupBy: 'account,service,usageClass,usageClassType', limit: 1 };
    expect(await admin.list(TOTALS, query)).toHaveLength(2);
  });

  it('show a key of one feed that feed alone, and integrators nothing', async () => {
    const ofEnergy = admin.as(keys.ofEnergy);
    expect(await totals({ groupBy: 'feed' }, ofEnergy)).toMatchObject([
      { feed: { apiName: 'energy' }, value: '2.5' },
    ]);
    expect(await refusal({ feed: 'mobile' }, ofEnergy)).toMatchObject([403, 'forbidden']);
    expect(await refusal({}, admin.as(keys.integrator))).toMatchObject([403, 'forbidden']);
    expect(await totals({ groupBy: 'account' }, admin.as(keys.viewer))).toEqual(
      await totals({ groupBy: 'account' }),
    );
  });

  it.each([
    [{ groupBy: 'colour' }, 'groupBy'],
    [{ groupBy: 'day,day' }, 'groupBy'],
    [{ groupBy: '' }, 'groupBy'],
    [{ asOf: 'yesterday' }, 'asOf'],
    [{ include: 'everything' }, 'include'],
    [{ include: 'exceptions', asOf: '2026-01-01' }, 'include'],
    [{ limit: 1001 }, 'limit'],
    [{ live: 'true' }, 'live'],
    [{ feed: 'nobody' }, 'feed'],
  ])('are refused with %j', async (query, parameter) => {
    expect(await refusal(query as Query)).toEqual([400, 'invalid_parameter', parameter]);
  });
});

describe('totals with open exceptions', () => {
  let feed: FeedIds;
  const rejected = (record: object | null, row: Row = {}) => ({
    letter: 'e' as const,
    key: `e-${Math.random()}`,
    row: { stage: 'resolve', record: record && JSON.stringify(record), ...row },
  });

  beforeAll(async () => {
    feed = await ledger.feed('gaps');
    const test = await ledger.feed('rehearsal');
    const fields = {
      date: '2026-05-01T22:30:00Z',
      timeZone: 'Europe/Berlin',
      usageClass: 'Data',
      value: '1.5',
    };
    const settling = await ledger.import(
      feed,
      imported([data('c', '10', '1', { date: '2026-05-01T12:00:00Z' })]),
    );
    const gaps = await ledger.import(feed, [
      rejected(fields),
      rejected(
        { ...fields, accountId: 'c', serviceId: 'c-s', value: '2' },
        { stage: 'rate', code: 'rate_not_found' },
      ),
      rejected({ ...fields, value: '7' }, { stage: 'mediate' }),
      rejected({ ...fields, value: '7' }, { stage: 'store', code: 'usage_key_conflict' }),
      rejected({ ...fields, value: '7' }),
      rejected({ date: 'infinity', value: 'NaN', usageClass: 'Odd' }),
      rejected(null),
    ]);
    await ledger.settle(gaps, 4, 'discarded', settling);
    await ledger.import(test, [rejected(fields, { is_test: true })]);
  });

  it('count those that came as far as resolving or rating, with their value', async () => {
    expect(await totals({ feed: 'gaps', include: 'exceptions', groupBy: 'usageClass,account,day' })).toEqual([
      {
        usageClass: 'Data',
        account: 'c',
        day: '2026-05-01',
        ...{
          unit: 'GB',
          currency: 'USD',
          costCurrency: null,
          count: 1,
          value: '10',
          amount: '1',
          costAmount: null,
        },
        exceptions: { count: 0, value: '0' },
      },
      {
        usageClass: 'Data',
        account: 'c',
        day: '2026-05-02',
        ...{
          unit: 'GB',
          currency: null,
          costCurrency: null,
          count: 0,
          value: '0',
          amount: null,
          costAmount: null,
        },
        exceptions: { count: 1, value: '2' },
      },
      expect.objectContaining({ account: null, day: '2026-05-02', exceptions: { count: 1, value: '1.5' } }),
      expect.objectContaining({ usageClass: 'Odd', day: null, exceptions: { count: 1, value: '0' } }),
      expect.objectContaining({
        usageClass: null,
        day: null,
        unit: null,
        exceptions: { count: 1, value: '0' },
      }),
    ]);
  });

  it('filter them as usage is, and leave out those of test usage', async () => {
    const counts = async (query: Query) =>
      (await totals({ include: 'exceptions', ...query })).reduce(
        (sum, { exceptions }) => sum + exceptions.count,
        0,
      );
    expect(await counts({})).toBe(4);
    expect(await counts({ account: 'c' })).toBe(1);
    expect(await counts({ usageClass: 'Data', from: '2026-05-01', to: '2026-05-02' })).toBe(2);
    expect(await counts({ from: '2026-05-02' })).toBe(0);
    expect(await counts({ feed: 'rehearsal' })).toBe(0);
    expect((await totals({ feed: 'gaps' })).every((total: object) => !('exceptions' in total))).toBe(true);
  });
});
