import pg from 'pg';
import { type ApiClient, startServer, type TestServer } from '../support/index.js';

const AUDIT = '/api/v1/admin/audit';
const FEED = {
  format: 'records',
  profile: 'usage-json',
  usageKey: { fields: ['UdrUsageIdentifier'] },
};

describe('the audit', () => {
  let server: TestServer;
  let api: ApiClient;
  let deputy: ApiClient;
  let deputyId: string;
  let subject: string;

  beforeAll(async () => {
    server = await startServer();
    api = server.api;
    const key = await api.post('/api/v1/admin/keys', { name: '=deputy, "of" ops', role: 'implementer' });
    [deputy, deputyId] = [api.as(key.key), key.id];
    const { profile } = await api.get('/api/v1/feeds/usageJson');
    const written = { ...FEED, profile, name: 'Audited', apiName: 'audited' };
    const { id } = await deputy.post('/api/v1/feeds', written);
    subject = `feed/${id}`;
    await api.patch('/api/v1/feeds/audited', { lateUsage: 'accept', description: 'changed' });
    await deputy.request('DELETE', '/api/v1/feeds/audited');
  });
  afterAll(() => server?.stop());

  const actionsOf = async (query: Record<string, string>) =>
    (await api.list(AUDIT, query)).map(({ action, actor }) => [action, actor]);
  const download = async (query: Record<string, string>) => {
    const url = `${server.url}${AUDIT}/export?${new URLSearchParams(query)}`;
    const answer = await fetch(url, { headers: { authorization: `Bearer ${api.key}` } });
    return { answer, text: await answer.text() };
  };

  it('has the settings of a feed as they were and as they became', async () => {
    const [deleted, changed, created] = await api.list(AUDIT, { subject });
    expect(created).toMatchObject({ action: 'feed.created', keyId: deputyId, before: null });
    expect(created.after).toMatchObject({ apiName: 'audited', lateUsage: 'exception' });
    expect(changed).toMatchObject({
      action: 'feed.changed',
      before: { lateUsage: 'exception', description: '' },
      after: { lateUsage: 'accept', description: 'changed' },
    });
    expect(deleted).toMatchObject({ action: 'feed.deleted', before: changed.after, after: null });
    expect(deleted.requestId).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('is found by who, what, which key and when', async () => {
    const mine = [
      ['feed.deleted', '=deputy, "of" ops'],
      ['feed.created', '=deputy, "of" ops'],
    ];
    expect(await actionsOf({ keyId: deputyId })).toEqual(mine);
    expect(await actionsOf({ actor: '=deputy, "of" ops' })).toEqual(mine);
    expect(await actionsOf({ keyId: deputyId, action: 'feed.created' })).toEqual([mine[1]]);
    expect(await actionsOf({ keyId: 'nothere' })).toEqual([]);
    const [{ at }] = await api.list(AUDIT, { subject });
    expect(await actionsOf({ subject, from: at })).toEqual([mine[0]]);
    expect((await actionsOf({ subject, to: at })).map(([action]) => action)).toEqual([
      'feed.changed',
      'feed.created',
    ]);
  });

  it('is exported whole, as CSV that no spreadsheet runs and as NDJSON', async () => {
    const items = await api.list(AUDIT);
    const { answer, text } = await download({});
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="audit.csv"');
    const [head, ...lines] = text.trimEnd().split('\r\n');
    expect(head).toBe('id,at,actor,keyId,action,subject,before,after,requestId');
    expect(lines).toHaveLength(items.length);
    expect(lines[0]).toContain(`,"'=deputy, ""of"" ops",${deputyId},feed.deleted,${subject},"{""id"":`);
    const ndjson = await download({ format: 'ndjson', subject });
    const parsed = ndjson.text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(parsed).toEqual(await api.list(AUDIT, { subject }));
  });

  it('is exported over several pages', async () => {
    const client = new pg.Client(server.database.url);
    await client.connect();
    await client.query(
      `INSERT INTO audit (actor, action, subject) SELECT 'boot', 'test.written', 'test/' || n FROM generate_series(1, 2500) n`,
    );
    await client.end();
    const { text } = await download({ action: 'test.written', format: 'ndjson' });
    const subjects = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).subject);
    expect(subjects).toHaveLength(2500);
    expect([subjects[0], subjects.at(-1), new Set(subjects).size]).toEqual(['test/2500', 'test/1', 2500]);
  });

  it('refuses what it does not know: 400', async () => {
    for (const query of ['format=xml', 'cursor=x', 'limit=1', 'from=yesterday', 'who=me'])
      expect((await api.request('GET', `${AUDIT}/export?${query}`)).body.code).toBe('invalid_parameter');
  });

  it('has the rows of reference data as they were and as they became, the first hundred of them', async () => {
    const last = async (action: string) => (await api.list(AUDIT, { action, limit: 1 }))[0]!;
    const rate = (unitPrice: string) => ({ usageClass: 'Audited', unitPrice });
    const head = { currency: 'EUR', timeZone: 'UTC' };
    await api.put('/api/v1/rate-plans/audited', { currency: 'EUR', rates: [rate('0.1')] });
    const row = { usageClass: 'Audited', unitPrice: '0.1', validFrom: null, validTo: null };
    expect(await last('rates.changed')).toMatchObject({
      subject: 'rate-plan/audited',
      before: null,
      after: { ...head, created: 1, rows: [row] },
    });
    await api.put('/api/v1/rate-plans/audited', { timeZone: 'Asia/Tokyo', rates: [rate('0.25')] });
    const changed = await last('rates.changed');
    expect(changed).toMatchObject({
      before: { ...head, rows: [row] },
      after: { changed: 1, timeZone: 'Asia/Tokyo', rows: [{ ...row, unitPrice: '0.25' }] },
    });
    expect(changed.after).not.toHaveProperty('moreRows');
    await api.put('/api/v1/tables/audited', { key: ['prefix'], rows: [{ prefix: '1', name: 'US' }] });
    await api.put('/api/v1/tables/audited', { rows: [{ prefix: '1', name: 'NANP', zone: 'A' }] });
    expect(await last('tables.changed')).toMatchObject({
      before: { columns: ['prefix', 'name'], rows: [{ cells: { prefix: '1', name: 'US' } }] },
      after: { columns: ['prefix', 'name', 'zone'], rows: [{ cells: { name: 'NANP', zone: 'A' } }] },
    });
    const owner = (n: number) => ({ type: 'T', value: `audited-${n}`, accountId: 'a', serviceId: 's' });
    const identifiers = Array.from({ length: 103 }, (_, n) => owner(n));
    await api.put('/api/v1/identifiers', { identifiers });
    const created = await last('identifiers.changed');
    expect(created).toMatchObject({ before: null, after: { created: 103, moreRows: 3 } });
    expect(created.after.rows).toHaveLength(100);
    expect(created.after.rows[1]).toEqual({ ...owner(1), attributes: {}, validFrom: null, validTo: null });
    await api.request('DELETE', '/api/v1/identifiers', { identifiers: [owner(7)] });
    expect(await last('identifiers.changed')).toMatchObject({
      before: { rows: [owner(7)] },
      after: { closed: 1, rows: [null] },
    });
  });

  it('is append-only, whoever asks the database', async () => {
    await api.post('/api/v1/periods/close', { until: '2020-01-01' });
    const client = new pg.Client(server.database.url);
    await client.connect();
    for (const sql of [
      `UPDATE audit SET actor = 'nobody'`,
      'DELETE FROM audit',
      'TRUNCATE audit',
      'TRUNCATE audit CASCADE',
      `UPDATE period_change SET reason = ''`,
      'TRUNCATE period_change',
    ])
      await expect(client.query(sql)).rejects.toThrow(/append-only/);
    await client.end();
  });

  it('is not for keys that are limited to feeds, though of role admin', async () => {
    const { key } = await api.post('/api/v1/admin/keys', { name: 'a', role: 'admin', feeds: ['usageCsv'] });
    const limited = api.as(key);
    for (const path of [AUDIT, `${AUDIT}/export`, '/api/v1/admin/keys'])
      expect((await limited.request('GET', path)).status).toBe(403);
    const wanted = { name: 'b', role: 'admin' };
    expect((await limited.request('POST', '/api/v1/admin/keys', wanted)).status).toBe(403);
    expect((await limited.request('GET', '/admin/queues')).status).toBe(403);
  });
});
