import pg from 'pg';
import { isSettled } from '../../apps/server/src/reference/healing.js';
import { type ApiClient, type TestServer, startServer } from '../support/index.js';

const EXCEPTIONS = '/api/v1/exceptions';

const record = (key: string, more: object = {}) => ({
  Date: '2026-04-16T14:32:00Z',
  OriginatingIdentifier: 'acct_100045',
  UdrUsageIdentifier: key,
  Value: 1250,
  UsageClassName: 'API Requests',
  UsageClassTypeName: 'Requests',
  ...more,
});
const row = (originating: string, minute = '01') =>
  `2022-05-01T01:${minute}:00.01,Unknown,${originating},4038675345,648-688-4180,94,False,False,data_class,Data_1,`;

let server: TestServer;
let api: ApiClient;
let operator: ApiClient;
let database: pg.Pool;

beforeAll(async () => {
  server = await startServer();
  api = server.api;
  database = new pg.Pool({ connectionString: server.database.url });
  operator = await clientOf('operator');
});
afterAll(async () => {
  await database?.end();
  await server?.stop();
});

async function clientOf(role: string): Promise<ApiClient> {
  return api.as((await api.post('/api/v1/admin/keys', { name: `an ${role}`, role })).key);
}
const send = (...records: object[]) => api.importUsage('usageJson', { data: records });
const correct = (body: object) => operator.request('POST', `${EXCEPTIONS}/correct`, body);

describe('correcting many', () => {
  const PATCH = '$merge([$, {"OriginatingIdentifier": $replace(OriginatingIdentifier, "acct_", "acct-")}])';

  it('shows by a dry run what a patch makes of them, and writes it with author and note', async () => {
    const records = Array.from({ length: 12 }, (_, n) => record(`many-${n}`));
    const { trackingId } = await send(
      ...records,
      record('many-12', { OriginatingIdentifier: 'acct-nobody' }),
    );
    const [discarded] = await api.list(EXCEPTIONS, { usageKey: 'many-11' });
    await operator.post(`${EXCEPTIONS}/discard`, {
      selection: { exceptionIds: [discarded.id] },
      reason: 'x',
    });
    const body = {
      selection: { trackingIds: [trackingId] },
      patch: PATCH,
      note: 'the source used underscores',
    };
    const dry = await correct({ ...body, dryRun: true });
    expect(dry).toMatchObject({
      status: 200,
      body: {
        matched: 13,
        changed: 11,
        unchanged: 1,
        cannot: 0,
        problems: [],
        ineligible: [{ reason: 'not_open', count: 1 }],
      },
    });
    expect(dry.body.sample).toHaveLength(10);
    expect(dry.body.sample[0]).toMatchObject({
      before: record('many-0'),
      after: record('many-0', { OriginatingIdentifier: 'acct-100045' }),
    });
    expect(await api.list(EXCEPTIONS, { usageKey: 'many-0' })).toMatchObject([
      { revision: 0, corrected: null },
    ]);
    expect((await correct(body)).body).toEqual(dry.body);
    const [{ id, corrected }] = await api.list(EXCEPTIONS, { usageKey: 'many-0' });
    expect(corrected.OriginatingIdentifier).toBe('acct-100045');
    expect(await api.list(`${EXCEPTIONS}/${id}/revisions`)).toMatchObject([
      { revision: 1, author: 'an operator', note: 'the source used underscores' },
      { revision: 0 },
    ]);
    expect((await correct(body)).body).toMatchObject({ changed: 0, unchanged: 12 });
    const [audit] = await api.list('/api/v1/admin/audit', { action: 'exceptions.corrected' });
    expect(audit).toMatchObject({ after: { patch: PATCH, changed: 11, unchanged: 1, cannot: 0 } });
  });

  it('goes on from the last revision, and keeps the numbers that it leaves alone', async () => {
    await api.importUsage(
      'usageJson',
      JSON.stringify(record('exact')).replace('1250', '9007199254740993.10'),
    );
    const [{ id }] = await api.list(EXCEPTIONS, { usageKey: 'exact' });
    const selection = { exceptionIds: [id] };
    await correct({ selection, patch: '$merge([$, {"Rate": 1}])' });
    await correct({ selection, patch: '$merge([$, {"Rate": Rate + 1, "Copy": Value, "Twice": Value * 2}])' });
    const answer = await fetch(new URL(`${EXCEPTIONS}/${id}`, server.url), {
      headers: { authorization: `Bearer ${operator.key}` },
    });
    const text = await answer.text();
    expect(text).toContain('"Rate":2,"Copy":9007199254740993.10,"Twice":"18014398509481986.2"');
    expect(text.split('"Value":9007199254740993.10')).toHaveLength(3);
  });

  it('patches the texts of rows', async () => {
    const { trackingId } = await api.importUsage('usageCsv', { data: [row('tel:4038675309')] });
    const answer = await correct({
      selection: { trackingIds: [trackingId] },
      patch: '$replace($, "tel:", "")',
    });
    expect(answer.body).toMatchObject({ changed: 1, sample: [{ after: row('4038675309') }] });
  });

  it('leaves records alone that the patch fails on, and says why', async () => {
    const { trackingId } = await send(
      record('fails-0', { Note: 'a' }),
      record('fails-1', { Note: 'b' }),
      record('fails-2', { Note: 'c' }),
      record('fails-3', { Note: 'd' }),
    );
    const patch =
      '$match(Note, /[ab]/) ? $number(Note) : Note = "c" ? "text" : $merge([$, {"Note": $substring("\\u0000", 0)}])';
    const { body } = await correct({ selection: { trackingIds: [trackingId] }, patch });
    expect(body).toMatchObject({ matched: 4, changed: 0, unchanged: 0, cannot: 4 });
    expect(
      body.problems.map(({ message, count }: { message: string; count: number }) => [count, message]).sort(),
    ).toEqual([
      [1, 'The patch gives a NUL or an invalid Unicode character'],
      [1, 'The patch gives no object, and the feed takes records'],
      [1, expect.stringContaining('$number')],
      [1, expect.stringContaining('$number')],
    ]);
  });

  it.each<[string, object, number, string, string[]]>([
    ['syntax', { patch: '$merge([' }, 422, 'invalid_patch', ['/patch']],
    ['an unknown function', { patch: '$eval("1")' }, 422, 'invalid_patch', ['/patch']],
    [
      'a syntax error over nothing',
      { selection: { filter: { usageKey: 'nowhere' } }, patch: '$merge([' },
      422,
      'invalid_patch',
      ['/patch'],
    ],
    ['no patch', { patch: '' }, 422, 'invalid_correction', ['/patch']],
    ['no selection', { selection: {}, patch: '$' }, 422, 'invalid_correction', ['/selection']],
    ['another member', { patch: '$', dry: true }, 422, 'invalid_correction', ['/dry']],
  ])('refuses %s', async (_, more, status, code, pointers) => {
    const answer = await correct({ selection: { filter: { usageKey: 'many-0' } }, ...more });
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(answer.body.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual(pointers);
  });

  it('contains patches that never end or want all memory', async () => {
    const selection = { filter: { usageKey: 'many-0' } };
    for (const patch of ['($f := function() { $f() }; $f())', '$pad("x", 300000000)', '[1..9000000]']) {
      const { status, body } = await correct({ selection, patch });
      expect(status === 200 ? [body.changed, body.cannot] : [status, body.code]).toEqual([0, 1]);
    }
  });

  it('refuses more than 10,000 at once', async () => {
    await stuff('usageJson', 'too-many', 10_001);
    const { status, body } = await correct({ selection: { filter: { code: 'too-many' } }, patch: '$' });
    expect([status, body.code]).toEqual([422, 'selection_too_large']);
  });
});

/** Exceptions as many as nobody wants to wait for. */
async function stuff(feed: string, code: string, count: number): Promise<void> {
  await send(record(code));
  await database.query(
    `INSERT INTO exception (import_id, record_index, produced_by, feed_id, stage, step, code, field, message, fingerprint,
       usage_key, raw)
     SELECT i.id, n, i.id, f.id, 'mediate', 'map', $2, '=1+1', '@SUM(A1)', '\\x00112233445566778899aabbccddeeff',
       '-2+3+cmd' || n, json_build_object('text', repeat('long ', 100))
     FROM (SELECT max(import_id) AS id FROM exception WHERE usage_key = $2) i, feed f, generate_series(1, $3::int) n
     WHERE f.api_name = $1`,
    [feed, code, count],
  );
}

describe('exporting', () => {
  const download = (format: string, client = operator) =>
    fetch(new URL(`${EXCEPTIONS}/export?format=${format}&code=exported`, server.url), {
      headers: { authorization: `Bearer ${client.key}` },
    });

  beforeAll(() => stuff('usageJson', 'exported', 20_000));

  it('gives all of them as NDJSON, each as the list shows it', async () => {
    const answer = await download('ndjson');
    expect(answer.headers.get('content-type')).toBe('application/x-ndjson');
    const lines = (await answer.text()).trimEnd().split('\n');
    expect(lines).toHaveLength(20_000);
    expect(new Set(lines.map((line) => (JSON.parse(line) as { id: string }).id)).size).toBe(20_000);
    const [first] = (await operator.get(EXCEPTIONS, { code: 'exported', limit: 1 })).items;
    expect(JSON.parse(lines[0]!)).toEqual(first);
  });

  it('gives a CSV in which nothing is a formula', async () => {
    const text = await (await download('csv')).text();
    const [header, first, ...others] = text.trimEnd().split('\r\n');
    expect(header).toBe(
      'id,trackingId,index,stage,step,code,field,message,usageKey,status,revision,createdAt,fingerprint,resolvedBy,feed,details,raw,corrected,changedAt,changedBy,changeReason',
    );
    expect(first).toContain(",exported,'=1+1,'@SUM(A1),'-2+3+cmd20000,open,0,");
    expect(others).toHaveLength(19_999);
  });

  it('is masked for viewers, and shows integrators what their own key sent', async () => {
    const viewer = await (await download('ndjson', await clientOf('viewer'))).text();
    expect(JSON.parse(viewer.split('\n')[0]!)).toMatchObject({
      usageKey: '***0000',
      raw: { text: '***ong ' },
    });
    expect(await (await download('ndjson', await clientOf('integrator'))).text()).toBe('');
    const refused = await operator.request('GET', `${EXCEPTIONS}/export?format=xml`);
    expect(refused).toMatchObject({ status: 400, body: { code: 'invalid_parameter' } });
  });

  it('ends where the client leaves', async () => {
    const answer = await download('ndjson');
    const reader = answer.body!.getReader();
    expect((await reader.read()).value!.length).toBeGreaterThan(0);
    await reader.cancel();
    expect((await operator.request('GET', '/healthz/ready')).status).toBe(200);
  });
});

describe('groups', () => {
  it('say what look-ups missed: how many different values, and the most frequent', async () => {
    const values = Array.from({ length: 14 }, (_, n) => `acct-missing-${n % 12}`);
    const { trackingId } = await send(
      ...values.map((OriginatingIdentifier, n) => record(`missing-${n}`, { OriginatingIdentifier })),
    );
    const [group] = await api.list(`${EXCEPTIONS}/groups`, { trackingId });
    expect(group).toMatchObject({ count: 14, fingerprintVersion: 1, code: 'identifier_not_found' });
    expect(group.missing).toMatchObject({ kind: 'identifier', distinctValues: 12 });
    expect(group.missing.values).toHaveLength(10);
    expect(group.missing.values.slice(0, 2)).toEqual([
      { type: null, value: 'acct-missing-0', count: 2 },
      { type: null, value: 'acct-missing-1', count: 2 },
    ]);
    const [masked] = await (await clientOf('viewer')).list(`${EXCEPTIONS}/groups`, { trackingId });
    expect(masked.missing.values[0]).toEqual({ type: null, value: '***ng-0', count: 2 });
    const some = await api.list(`${EXCEPTIONS}/groups`, { trackingId, identifier: 'acct-missing-3' });
    expect(some[0].missing).toEqual({
      kind: 'identifier',
      distinctValues: 1,
      values: [{ type: null, value: 'acct-missing-3', count: 1 }],
    });
  });
});

describe('healing', () => {
  const owner = (value: string, more: object = {}) => ({
    type: 'Account',
    value,
    accountId: 'a',
    serviceId: 's',
    ...more,
  });
  const putIdentifiers = (...identifiers: object[]) => api.put('/api/v1/identifiers', { identifiers });
  const healed = async (healedBy: string) =>
    (await api.list(EXCEPTIONS, { healedBy })).map(({ usageKey }: { usageKey: string }) => usageKey).sort();

  it('is named by a change of identifiers: open exceptions that missed what it made', async () => {
    await send(
      record('heal-0', { OriginatingIdentifier: 'healed' }),
      record('heal-1', { OriginatingIdentifier: 'healed', UdrIdentifierTypeName: 'Account' }),
      record('heal-2', { OriginatingIdentifier: 'healed', UdrIdentifierTypeName: 'Telephone' }),
      record('heal-3', { OriginatingIdentifier: 'healed-not' }),
      record('heal-4', { OriginatingIdentifier: 'healed' }),
    );
    const [{ id }] = await api.list(EXCEPTIONS, { usageKey: 'heal-4' });
    await operator.post(`${EXCEPTIONS}/discard`, { selection: { exceptionIds: [id] }, reason: 'x' });
    const change = await putIdentifiers(owner('healed'));
    expect(change.heals).toEqual({ count: 2, selection: { healedBy: change.changeId } });
    expect(await healed(change.changeId)).toEqual(['heal-0', 'heal-1', 'heal-4']);
    expect((await putIdentifiers(owner('healed'))).heals).toEqual({ count: 0, selection: null });
    expect((await putIdentifiers(owner('healed-other'))).heals.count).toBe(0);
    const selected = await operator.post(`${EXCEPTIONS}/discard`, {
      selection: change.heals.selection,
      reason: 'x',
      dryRun: true,
    });
    expect(selected).toEqual({ matched: 2, changed: 2, ineligible: [] });
    const refused = await api.request('GET', `${EXCEPTIONS}?healedBy=999999`);
    expect([refused.status, refused.body.code]).toEqual([400, 'invalid_parameter']);
  });

  it('is named by a change of rates: of the class, for its type or for all types', async () => {
    const unrated = (key: string, UsageClassName: string, UsageClassTypeName?: string) =>
      record(key, { OriginatingIdentifier: 'acct-100045', UsageClassName, UsageClassTypeName });
    const { trackingId } = await send(
      unrated('rate-0', 'New/Class', 'One'),
      unrated('rate-1', 'New/Class', 'Two'),
      unrated('rate-2', 'New/Class'),
      unrated('rate-3', 'New'),
    );
    const [{ missing }] = await api.list(`${EXCEPTIONS}/groups`, { trackingId, code: 'rate_not_found' });
    const [plan] = missing.values[0].value.split('/') as [string];
    const put = (rate: object) =>
      api.put(`/api/v1/rate-plans/${plan}`, { rates: [{ unitPrice: '1', ...rate }] });
    const ofType = await put({ usageClass: 'New/Class', usageClassType: 'Two' });
    expect(ofType.heals.count).toBe(1);
    expect(await healed(ofType.changeId)).toEqual(['rate-1']);
    const ofAll = await put({ usageClass: 'New/Class' });
    expect(await healed(ofAll.changeId)).toEqual(['rate-0', 'rate-1', 'rate-2']);
  });

  it('is named by a change of a table: values that begin with a cell of the key', async () => {
    await api.put('/api/v1/tables/zones', { key: ['prefix'], rows: [{ prefix: '1', zone: 'x' }] });
    await database.query(
      `INSERT INTO exception (import_id, record_index, produced_by, feed_id, stage, step, code, message, fingerprint, usage_key,
         raw, missing_kind, missing_type, missing_value)
       SELECT import_id, 1000 + n, import_id, feed_id, 'mediate', 'lookup', 'lookup_not_found', 'no row', fingerprint,
         'table-' || n, raw, 'table', t, v
       FROM exception, (VALUES (0, 'zones', '4420'), (1, 'zones', '44'), (2, 'zones', '4'), (3, 'others', '4420'),
         (4, 'zones', 'out/4420')) AS m(n, t, v)
       WHERE usage_key = 'heal-0'`,
    );
    const change = await api.put('/api/v1/tables/zones', { rows: [{ prefix: '44', zone: 'gb' }] });
    expect(change.heals.count).toBe(3);
    expect(await healed(change.changeId)).toEqual(['table-0', 'table-1', 'table-4']);
  });

  it('is settled only once no chunk that took the reference data of before is unfinished', async () => {
    const { rows } = await database.query<{ id: number }>(
      `SELECT key_scope_id AS id FROM feed WHERE api_name = 'usageJson'`,
    );
    const holder = await database.connect();
    await holder.query('BEGIN');
    await holder.query(
      `INSERT INTO key_cell (scope_id, key, state, generation) VALUES ($1, 'held-back', 0, 0)`,
      [rows[0]!.id],
    );
    const posted = send(record('held-back', { OriginatingIdentifier: 'late-owner' }));
    await untilWaiting();
    const change = await putIdentifiers(owner('late-owner'));
    const version = Number(change.changeId);
    expect(change.heals.count).toBe(0);
    expect(await isSettled(database, version)).toBe(false);
    expect(await isSettled(database, version - 1)).toBe(true);
    await holder.query('ROLLBACK');
    holder.release();
    expect((await posted).counts).toMatchObject({ exception: 1 });
    expect(await isSettled(database, version)).toBe(true);
    expect(await healed(change.changeId)).toEqual(['held-back']);
  });
});

/** Until a connection waits for a lock. */
async function untilWaiting(): Promise<void> {
  for (const deadline = Date.now() + 10_000; ;) {
    const { rowCount } = await database.query(
      `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`,
    );
    if (rowCount) return;
    if (Date.now() > deadline) throw new Error('no connection waits for a lock');
  }
}
