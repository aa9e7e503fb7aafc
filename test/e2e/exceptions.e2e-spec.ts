import pg from 'pg';
import { type ApiClient, type TestServer, startServer } from '../support/index.js';

const EXCEPTIONS = '/api/v1/exceptions';

/** Nobody owns its identifier, unless it is said. */
const record = (key: string, more: object = {}) => ({
  Date: '2026-04-16T14:32:00Z',
  OriginatingIdentifier: 'acct-nobody',
  UdrUsageIdentifier: key,
  Value: 1250,
  UsageClassName: 'API Requests',
  UsageClassTypeName: 'Requests',
  ...more,
});
const row = (originating: string, value = '94') =>
  `2022-05-01T01:01:00.01,Unknown,${originating},4038675345,648-688-4180,${value},False,False,data_class,Data_1,`;

let server: TestServer;
let api: ApiClient;
let operator: ApiClient;
let database: pg.Client;

beforeAll(async () => {
  server = await startServer();
  api = server.api;
  database = new pg.Client({ connectionString: server.database.url });
  await database.connect();
  operator = await clientOf('operator');
});
afterAll(async () => {
  await database?.end();
  await server?.stop();
});

async function clientOf(role: string, feeds?: string[]): Promise<ApiClient> {
  const { key } = await api.post('/api/v1/admin/keys', { name: `${role} ${feeds ?? ''}`, role, feeds });
  return api.as(key);
}

const send = (...records: object[]) => api.importUsage('usageJson', { data: records });
const exceptionsOf = (usageKey: string) => api.list(EXCEPTIONS, { usageKey });
const statusesOf = async (usageKey: string) =>
  (await exceptionsOf(usageKey)).map(({ status }: { status: string }) => status).sort();
/** The exception of a record that is rejected. */
async function rejected(key: string, more: object = {}): Promise<{ id: string; trackingId: string }> {
  await send(record(key, more));
  const [exception] = await exceptionsOf(key);
  return exception;
}
const post = (action: string, body: object, client = operator) =>
  client.request('POST', `${EXCEPTIONS}/${action}`, body);
const patch = (id: string, body: object | string, client = operator) =>
  client.request('PATCH', `${EXCEPTIONS}/${id}`, body);
const pointersOf = (body: { errors: { pointer: string; code: string }[] }) =>
  body.errors.map(({ pointer, code }) => `${pointer} ${code}`).sort();

describe('correcting one exception', () => {
  it('writes revisions with author and note beside what was sent', async () => {
    const { id } = await rejected('revised');
    const raw = record('revised', { OriginatingIdentifier: 'acct-100045' });
    const first = await patch(id, { raw, note: 'the customer was renamed' });
    expect(first).toMatchObject({
      status: 200,
      body: { id, status: 'open', revision: 1, raw: record('revised'), corrected: raw },
    });
    expect((await patch(id, { raw: record('revised', { Value: 7 }), revision: 1 })).body.revision).toBe(2);

    const revisions = await operator.list(`${EXCEPTIONS}/${id}/revisions`);
    expect(revisions).toMatchObject([
      { revision: 2, raw: { Value: 7 }, author: 'operator ', note: null },
      { revision: 1, raw, author: 'operator ', note: 'the customer was renamed' },
      { revision: 0, raw: record('revised'), author: 'bootstrap', note: null },
    ]);
    expect(Date.parse(revisions[0].at)).toBeGreaterThan(Date.parse(revisions[2].at));
    const page = await operator.get(`${EXCEPTIONS}/${id}/revisions`, { limit: 1 });
    expect(page).toMatchObject({ items: [{ revision: 2 }], nextCursor: expect.any(String) });
    const [audit] = await api.list('/api/v1/admin/audit', { action: 'exception.corrected' });
    expect(audit).toMatchObject({
      subject: `exception/${id}`,
      before: { revision: 1 },
      after: { revision: 2 },
    });
    expect(JSON.stringify(audit)).not.toContain('acct');
  });

  it('keeps numbers as they are written, and names that prototypes have', async () => {
    const { id } = await rejected('exact');
    const raw =
      '{"Value":9007199254740993.10,"n":1e400,"constructor":{"prototype":[-0.0000001]},"__proto__":1}';
    expect((await patch(id, `{"raw": ${raw}}`)).status).toBe(200);
    const answer = await fetch(new URL(`${EXCEPTIONS}/${id}`, server.url), {
      headers: { authorization: `Bearer ${operator.key}` },
    });
    const text = await answer.text();
    expect(text).toContain(
      '"Value":9007199254740993.10,"n":1e400,"constructor":{"prototype":[-1e-7]},"__proto__":1',
    );
    expect(text).toContain('"Value":1250,');
  });

  it('takes the text of a row where the feed takes rows', async () => {
    const { trackingId } = await api.importUsage('usageCsv', { data: [row('4030000000')] });
    const [{ id }] = await api.list(EXCEPTIONS, { trackingId });
    const { status, body } = await patch(id, { raw: { Date: '2022-05-01' } });
    expect([status, body.code, pointersOf(body)]).toEqual([
      422,
      'invalid_correction',
      ['/raw invalid_value'],
    ]);
    expect((await patch(id, { raw: row('4038675309') })).body.corrected).toBe(row('4038675309'));
  });

  it.each<[object | string, string[]]>([
    [{}, ['/raw required']],
    [[], [' invalid_value']],
    [
      { raw: { a: 'NUL \0' }, note: '', revision: -1 },
      ['/note invalid_value', '/raw/a invalid_value', '/revision invalid_value'],
    ],
    [{ raw: {}, raws: 1 }, ['/raws unknown_key']],
    [{ raw: null }, ['/raw invalid_value']],
    [{ raw: 'a row' }, ['/raw invalid_value']],
    [{ raw: [{}] }, ['/raw invalid_value']],
  ])('refuses %j', async (body, pointers) => {
    const [{ id }] = await exceptionsOf('revised');
    const answer = await patch(id, body);
    expect(answer).toMatchObject({ status: 422, body: { code: 'invalid_correction' } });
    expect(pointersOf(answer.body)).toEqual(pointers);
  });

  it('refuses what is not JSON, too deep, or of another type, and ids that are none', async () => {
    const [{ id }] = await exceptionsOf('revised');
    expect((await patch(id, '{"raw":')).body.code).toBe('malformed_body');
    expect((await patch(id, `{"raw":${'['.repeat(100)}${']'.repeat(100)}}`)).body.code).toBe(
      'malformed_body',
    );
    const csv = await operator.request('PATCH', `${EXCEPTIONS}/${id}`, 'a,b', {
      headers: { 'content-type': 'text/plain' },
    });
    expect(csv.status).toBe(415);
    for (const other of ['e0-0', 'e9999999-0', 'nothing', 'e99999999999999999999-1'])
      expect((await patch(other, { raw: {} })).status).toBe(404);
  });

  it('refuses a correction of another revision than the last', async () => {
    const [{ id, revision }] = await exceptionsOf('revised');
    const answer = await patch(id, { raw: record('revised'), revision: revision - 1 });
    expect(answer).toMatchObject({ status: 409, body: { code: 'revision_conflict' } });
    const both = await Promise.all(
      [8, 9].map((Value) => patch(id, { raw: record('revised', { Value }), revision })),
    );
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
  });

  it('numbers revisions that are written at once one after the other', async () => {
    const { id } = await rejected('at-once');
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, Value) => patch(id, { raw: record('at-once', { Value }) })),
    );
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    const revisions = await operator.list(`${EXCEPTIONS}/${id}/revisions`);
    expect(revisions.map(({ revision }) => revision)).toEqual([8, 7, 6, 5, 4, 3, 2, 1, 0]);
  });

  it('is for operators, and waits while records of the import are decided again', async () => {
    const { id } = await rejected('busy');
    for (const role of ['viewer', 'integrator', 'implementer'])
      expect((await patch(id, { raw: {} }, await clientOf(role))).status).toBe(403);
    expect((await patch(id, { raw: {} }, await clientOf('operator', ['usageCsv']))).status).toBe(403);
    const release = await correcting(id);
    expect(await patch(id, { raw: record('busy') })).toMatchObject({
      status: 409,
      body: { code: 'correction_in_progress' },
    });
    const body = { selection: { exceptionIds: [id] }, reason: 'no use' };
    expect((await post('discard', body)).body).toEqual({
      matched: 1,
      changed: 0,
      ineligible: [{ reason: 'correction_in_progress', count: 1 }],
    });
    await release();
    expect((await patch(id, { raw: record('busy') })).status).toBe(200);
  });
});

/** A correction of the exception's import that has not ended. */
async function correcting(id: string): Promise<() => Promise<void>> {
  const importId = /^e(\d+)-/.exec(id)![1];
  const { rows } = await database.query<{ id: string }>(
    `INSERT INTO chunk (import_id, feed_id, profile_version_id, kind, first_index, total, next_at, origins)
     SELECT id, feed_id, profile_version_id, 1, 0, 1, 'infinity', ARRAY[id, 0, 0] FROM import WHERE id = $1 RETURNING id`,
    [importId],
  );
  const chunkId = rows[0]!.id;
  await database.query('INSERT INTO correction_origin VALUES ($1, $2)', [importId, chunkId]);
  return async () => {
    await database.query('DELETE FROM correction_origin WHERE chunk_id = $1', [chunkId]);
    await database.query('DELETE FROM chunk WHERE id = $1', [chunkId]);
  };
}

describe('attempts', () => {
  it('show each time that a record was rejected; everywhere else it is there once, by the last', async () => {
    const { id, trackingId } = await rejected('again');
    const { trackingId: later } = await send(record('again-later', { OriginatingIdentifier: 'acct-100045' }));
    await database.query(
      `INSERT INTO exception (import_id, record_index, attempt, produced_by, feed_id, stage, step, code, field, message,
         fingerprint, usage_key, raw, record)
       SELECT import_id, record_index, 1, i.id, e.feed_id, 'rate', 'rate', 'rate_not_found', 'usageClass', 'no rate',
         '\\x00112233445566778899aabbccddeeff', usage_key, '{"changed":true}', record
       FROM exception e, import i WHERE e.usage_key = 'again' AND i.tracking_id = $1`,
      [later],
    );
    await database.query(
      `INSERT INTO exception_state (import_id, record_index, status, attempt)
       SELECT import_id, record_index, 'open', 1 FROM exception WHERE usage_key = 'again' AND attempt = 1`,
    );
    expect(await operator.list(`${EXCEPTIONS}/${id}/attempts`)).toMatchObject([
      { attempt: 1, trackingId: later, stage: 'rate', code: 'rate_not_found', field: 'usageClass' },
      { attempt: 0, trackingId, stage: 'resolve', code: 'identifier_not_found' },
    ]);
    expect(await exceptionsOf('again')).toMatchObject([
      { id, trackingId, code: 'rate_not_found', raw: record('again') },
    ]);
    expect(await operator.get(`${EXCEPTIONS}/${id}`)).toMatchObject({ code: 'rate_not_found' });
    const groups = await api.list(`${EXCEPTIONS}/groups`, { trackingId });
    expect(groups).toMatchObject([{ code: 'rate_not_found', count: 1, sample: { id, message: 'no rate' } }]);
    const ofImport = await api.get(`/api/v1/imports/${trackingId}`);
    expect(ofImport).toMatchObject({
      reasons: { exception: { identifier_not_found: 1 } },
      now: { openExceptions: 1 },
    });
    const totals = await api.get('/api/v1/usage/totals', {
      groupBy: 'usageClass',
      usageKey: 'again',
      include: 'exceptions',
    });
    expect(totals.items).toMatchObject([{ exceptions: { count: 1 } }]);
    const found = await api.list('/api/v1/records', { usageKey: 'again' });
    expect(found).toMatchObject([{ trackingId, index: 0, exceptionId: id }]);
  });
});

describe('reprocessing what was corrected', () => {
  const reprocess = async (id: string) => {
    const { imports } = await operator.post('/api/v1/admin/reprocess', {
      selection: { exceptionIds: [id] },
      mode: 'exceptions',
      reason: 'corrected',
    });
    return operator.waitForImport(imports[0]);
  };

  it('rejects it again as another attempt, by the last revision, until it passes', async () => {
    const { id } = await rejected('work-off');
    await patch(id, { raw: record('work-off', { OriginatingIdentifier: 'acct-nobody-either' }) });
    const again = await reprocess(id);
    expect(again).toMatchObject({
      counts: { exception: 1 },
      reasons: { exception: { identifier_not_found: 1 } },
    });
    expect(await operator.get(`${EXCEPTIONS}/${id}`)).toMatchObject({
      status: 'open',
      revision: 1,
      raw: record('work-off'),
      message: expect.stringContaining('acct-nobody-either'),
    });
    expect(await operator.list(`${EXCEPTIONS}/${id}/attempts`)).toMatchObject([
      { attempt: 1, trackingId: again.trackingId },
      { attempt: 0, message: expect.stringContaining('"acct-nobody"') },
    ]);
    expect(await operator.list(`${EXCEPTIONS}/${id}/revisions`)).toMatchObject([
      { revision: 1 },
      { revision: 0, raw: record('work-off') },
    ]);

    const selection = { exceptionIds: [id] };
    const mended = '$merge([$, {"OriginatingIdentifier": "acct-100045"}])';
    await operator.post(`${EXCEPTIONS}/correct`, { selection, patch: mended });
    const passed = await reprocess(id);
    expect(passed.counts).toMatchObject({ imported: 1 });
    expect(await operator.get(`${EXCEPTIONS}/${id}`)).toMatchObject({
      status: 'reprocessed',
      resolvedBy: passed.trackingId,
    });
    expect(await api.list('/api/v1/usage', { usageKey: 'work-off', live: true })).toHaveLength(1);
    expect(await patch(id, { raw: {} })).toMatchObject({ status: 409, body: { code: 'exception_not_open' } });
  });

  it('stays open by the last attempt that there is room for', async () => {
    const LAST = 32_767;
    const { id } = await rejected('too-often');
    await database.query(
      `WITH last AS (
         INSERT INTO exception (import_id, record_index, attempt, produced_by, feed_id, stage, code, message, fingerprint, usage_key, raw)
         SELECT import_id, record_index, ${LAST}, produced_by, feed_id, stage, code, 'the last', fingerprint, usage_key, raw
         FROM exception WHERE usage_key = 'too-often' RETURNING import_id, record_index
       )
       INSERT INTO exception_state (import_id, record_index, status, attempt) SELECT *, 'open', ${LAST} FROM last`,
    );
    expect((await reprocess(id)).counts).toMatchObject({ exception: 1, pending: 0 });
    expect(await operator.get(`${EXCEPTIONS}/${id}`)).toMatchObject({ status: 'open', message: 'the last' });
    await patch(id, { raw: record('too-often', { OriginatingIdentifier: 'acct-100045' }) });
    expect((await reprocess(id)).counts).toMatchObject({ imported: 1 });
  });
});

describe('discarding', () => {
  it('says by a dry run what it would change, and changes it with who and why', async () => {
    const ids = [(await rejected('gone-1')).id, (await rejected('gone-2')).id];
    const body = { selection: { exceptionIds: ids }, reason: 'a test of the source' };
    const counts = { matched: 2, changed: 2, ineligible: [] };
    expect(await post('discard', { ...body, dryRun: true })).toMatchObject({ status: 200, body: counts });
    expect(await statusesOf('gone-1')).toEqual(['open']);
    expect((await post('discard', body)).body).toEqual(counts);
    expect(await statusesOf('gone-2')).toEqual(['discarded']);
    expect((await post('discard', body)).body).toEqual({
      matched: 2,
      changed: 0,
      ineligible: [{ reason: 'not_open', count: 2 }],
    });
    const { rows } = await database.query(
      `SELECT reason, changed_by FROM exception_state t JOIN exception USING (import_id, record_index) WHERE usage_key = 'gone-1'`,
    );
    expect(rows).toEqual([{ reason: 'a test of the source', changed_by: 'operator ' }]);
    expect(await patch(ids[0]!, { raw: {} })).toMatchObject({
      status: 409,
      body: { code: 'exception_not_open' },
    });
    const [audit] = await api.list('/api/v1/admin/audit', { action: 'exceptions.discarded' });
    expect(audit).toMatchObject({
      before: { status: 'open' },
      after: { status: 'discarded', reason: 'a test of the source', changed: 2, exceptionIds: ids },
    });
    const filter = { usageKey: 'gone-2' };
    await post('reopen', { selection: { filter }, reason: 'by a filter' });
    const [reopened] = await api.list('/api/v1/admin/audit', { action: 'exceptions.reopened' });
    expect(reopened.after).toMatchObject({ selection: { filter }, changed: 1, exceptionIds: [ids[1]] });
  });

  it('lets go of the usage key: the same record again is an exception of its own, or usage', async () => {
    const { id } = await rejected('let-go');
    expect((await send(record('let-go'))).counts).toMatchObject({ duplicate: 1 });
    await post('discard', { selection: { exceptionIds: [id] }, reason: 'wrong' });
    expect((await send(record('let-go'))).counts).toMatchObject({ exception: 1, duplicate: 0 });
    expect(await statusesOf('let-go')).toEqual(['discarded', 'open']);
    expect((await send(record('let-go', { OriginatingIdentifier: 'acct-100045' }))).counts).toMatchObject({
      imported: 1,
    });
    expect(await statusesOf('let-go')).toEqual(['discarded', 'superseded']);
  });

  it('is taken back: the exception holds its key again', async () => {
    const { id } = await rejected('back');
    const body = { selection: { exceptionIds: [id] }, reason: 'by mistake' };
    await post('discard', body);
    expect((await post('reopen', { ...body, dryRun: true })).body).toEqual({
      matched: 1,
      changed: 1,
      ineligible: [],
    });
    expect((await post('reopen', body)).body.changed).toBe(1);
    expect((await post('reopen', body)).body.ineligible).toEqual([{ reason: 'not_discarded', count: 1 }]);
    expect(await statusesOf('back')).toEqual(['open']);
    expect((await send(record('back'))).counts).toMatchObject({ duplicate: 1, exception: 0 });
    expect((await send(record('back', { Note: 'nothing maps it' }))).counts).toMatchObject({ duplicate: 1 });
    await send(record('back', { OriginatingIdentifier: 'acct-100045' }));
    expect(await statusesOf('back')).toEqual(['superseded']);
  });

  it('is taken back beside another exception that has the key by now: that one keeps it', async () => {
    const { id } = await rejected('taken');
    await post('discard', { selection: { exceptionIds: [id] }, reason: 'wrong' });
    await send(record('taken'));
    await post('reopen', {
      selection: { filter: { usageKey: 'taken', status: 'discarded' } },
      reason: 'right',
    });
    expect(await statusesOf('taken')).toEqual(['open', 'open']);
    await send(record('taken', { OriginatingIdentifier: 'acct-100045' }));
    expect(await statusesOf('taken')).toEqual(['open', 'superseded']);
    expect((await operator.get(`${EXCEPTIONS}/${id}`)).status).toBe('open');
  });

  it('takes the keys of test usage for what they are', async () => {
    await api.post('/api/v1/feeds', {
      name: 'a test feed',
      apiName: 'testJson',
      format: 'records',
      profile: 'usage-json',
      usageKey: { fields: ['UdrUsageIdentifier'] },
      mode: 'test',
    });
    const sendTest = () => api.importUsage('testJson', { data: [record('test-key')] });
    await sendTest();
    expect((await sendTest()).counts).toMatchObject({ duplicate: 1 });
    const selection = { filter: { feed: 'testJson', code: 'identifier_not_found' } };
    expect((await post('discard', { selection, reason: 'a test' })).body.changed).toBe(1);
    expect((await sendTest()).counts).toMatchObject({ exception: 1 });
  });

  it('changes only what is open still: a record that supersedes it meanwhile wins', async () => {
    const { id } = await rejected('race');
    await database.query('BEGIN');
    await database.query(`SELECT FROM key_cell WHERE key = 'race' FOR UPDATE`);
    const posted = send(record('race', { OriginatingIdentifier: 'acct-100045' }));
    await untilWaiting(1);
    const discarded = post('discard', { selection: { exceptionIds: [id] }, reason: 'late' });
    await untilWaiting(2);
    await database.query('COMMIT');
    expect((await posted).counts).toMatchObject({ imported: 1 });
    expect((await discarded).body).toEqual({
      matched: 1,
      changed: 0,
      ineligible: [{ reason: 'not_open', count: 1 }],
    });
    expect(await statusesOf('race')).toEqual(['superseded']);
  });

  it.each<[object, string[]]>([
    [{}, ['/reason required', '/selection required']],
    [{ selection: {}, reason: 'x' }, ['/selection invalid_value']],
    [
      { selection: { filter: { cod: 'x' } }, reason: '', dryRun: 'yes' },
      ['/dryRun invalid_value', '/reason invalid_value', '/selection/filter/cod unknown_key'],
    ],
    [{ selection: [], reason: 'x' }, ['/selection invalid_value']],
    [{ selection: { exceptionIds: ['e1-1'] }, reason: 'x', resolution: 'keep' }, ['/resolution unknown_key']],
  ])('refuses %j', async (body, pointers) => {
    const answer = await post('discard', body);
    expect(answer).toMatchObject({ status: 422, body: { code: 'invalid_request' } });
    expect(pointersOf(answer.body)).toEqual(pointers);
  });

  it('refuses a selection that names what is not there, or feeds that the key is not for', async () => {
    const { id, trackingId } = await rejected('foreign');
    const refusal = async (selection: object, client = operator) => {
      const { status, body } = await post('discard', { selection, reason: 'x' }, client);
      return [status, body.code, ...(body.errors ? pointersOf(body) : [])];
    };
    const unknown = '0192f000-0000-7000-8000-000000000000';
    expect(await refusal({ trackingIds: [trackingId, unknown] })).toEqual([
      422,
      'invalid_selection',
      '/selection/trackingIds/1 not_found',
    ]);
    expect(await refusal({ exceptionIds: [id, 'e999999-5'] })).toEqual([
      422,
      'invalid_selection',
      '/selection/exceptionIds/1 not_found',
    ]);
    expect(await refusal({ filter: { feed: 'nothing' } })).toEqual([
      422,
      'invalid_selection',
      '/selection/filter/feed not_found',
    ]);
    expect(await refusal({ healedBy: '999999' })).toEqual([
      422,
      'invalid_selection',
      '/selection/healedBy not_found',
    ]);
    const ofCsv = await clientOf('operator', ['usageCsv']);
    for (const selection of [
      { exceptionIds: [id] },
      { trackingIds: [trackingId] },
      { filter: { feed: 'usageJson' } },
      { filter: { code: 'identifier_not_found' } },
    ])
      expect(await refusal(selection, ofCsv)).toEqual([403, 'forbidden']);
    const detail = async (selection: object) =>
      (await post('discard', { selection, reason: 'x' }, ofCsv)).body.detail;
    expect(await detail({ exceptionIds: [id] })).toMatch(/not for; leave them out\.$/);
    expect(await detail({ filter: { code: 'identifier_not_found' } })).toMatch(
      /; name a feed in its filter\.$/,
    );
    expect(
      (
        await post(
          'discard',
          { selection: { filter: { feed: 'usageCsv', status: 'open' } }, reason: 'x' },
          ofCsv,
        )
      ).status,
    ).toBe(200);
    expect(await statusesOf('foreign')).toEqual(['open']);
  });
});

/** Until so many connections wait for a lock. */
async function untilWaiting(count: number): Promise<void> {
  for (const deadline = Date.now() + 10_000; ;) {
    const { rows } = await database.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`,
    );
    if (rows[0]!.n >= count) return;
    if (Date.now() > deadline) throw new Error(`${rows[0]!.n} connections wait for a lock, not ${count}`);
  }
}
