import { type ApiClient, type TestServer, startServer } from '../support/index.js';

const LOGISENSE = '/ResourceServer/api/v10/DataImportHistory/Exception/Paged';
const EMAIL = 'jane.doe@example.com';
const IMSI = '262011234567890';

let server: TestServer;
let admin: ApiClient;
let viewer: ApiClient;

const client = async (role: string, feeds?: string[]) =>
  admin.as((await admin.post('/api/v1/admin/keys', { name: `${role} of ${feeds}`, role, feeds })).key);

async function publish(name: string, decode: object, steps: object[]): Promise<void> {
  const versions = `/api/v1/profiles/${name}/versions`;
  await admin.request('POST', '/api/v1/profiles', { name });
  const { version } = await admin.post(versions, { decode, steps });
  await admin.post(`${versions}/${version}/publish`, { comment: 'for tests' });
}

async function createFeed(
  apiName: string,
  steps: object[],
  more: object = {},
  decode: object = JSON_RECORDS,
) {
  await publish(apiName, decode, steps);
  const feed = { name: `a ${apiName}`, apiName, format: 'records', profile: apiName };
  await admin.post('/api/v1/feeds', { ...feed, usageKey: { fields: ['k'] }, ...more });
}

const JSON_RECORDS = { use: 'decode-json@1', config: {} };
const failing = (...texts: string[]) => ({
  use: 'normalize@1',
  config: { fields: texts.map((text) => ({ field: 'x', expression: `$error(${text})` })) },
});
const FIELDS = {
  use: 'map-fields@1',
  config: {
    fields: [
      { field: 'date', from: 'd' },
      { field: 'originatingIdentifier', from: 'o' },
      { field: 'value', from: 'v' },
      { field: 'usageClass', constant: 'API Requests' },
      { field: 'usageClassType', constant: 'Requests' },
    ],
  },
};
const PRICED = [
  FIELDS,
  { use: 'resolve-identifier@1', config: {} },
  { use: 'rate-usage@1', config: { plan: 'hidden' } },
];
const record = (k: string, v: number, o = 'acct-hidden-1') => ({ k, v, o, d: '2026-10-01T00:00:00Z' });

/** All that a client is shown of the exceptions of an import, door by door. */
async function doorsOf(of: ApiClient, trackingId: string): Promise<Record<string, string>> {
  const exceptions = await of.list('/api/v1/exceptions', { trackingId });
  const shown: Record<string, unknown> = { list: exceptions };
  for (const format of ['csv', 'ndjson']) {
    const path = `/api/v1/exceptions/export?trackingId=${trackingId}&format=${format}`;
    const file = await fetch(of.url + path, { headers: { authorization: `Bearer ${of.key}` } });
    shown[format] = await file.text();
  }
  shown.groups = await of.list('/api/v1/exceptions/groups', { trackingId });
  shown.logisense = await of.get(LOGISENSE, { pageSize: 100 });
  for (const { id } of exceptions) {
    for (const door of ['', '/explain', '/attempts', '/revisions'])
      shown[id + door] = await of.get(`/api/v1/exceptions/${id}${door}`);
  }
  return Object.fromEntries(Object.entries(shown).map(([door, answer]) => [door, JSON.stringify(answer)]));
}

beforeAll(async () => {
  server = await startServer();
  admin = server.api;
  viewer = await client('viewer');
  const owner = { type: 'Account', value: 'acct-hidden-1', accountId: 'acct-1', serviceId: 'svc-1' };
  await admin.put('/api/v1/identifiers', { identifiers: [owner] });
  const rate = { usageClass: 'API Requests', usageClassType: 'Requests', unitPrice: '0.001' };
  await admin.put('/api/v1/rate-plans/hidden', { currency: 'USD', rates: [rate] });
});
afterAll(() => server?.stop());

describe('a viewer', () => {
  it('reads messages of expressions without what they hold of a record, at every door', async () => {
    await createFeed('telling', [FIELDS, failing('"subscriber " & o & " of IMSI" & i & " is blocked"')]);
    const sent = { ...record('1', 2, EMAIL), i: IMSI };
    const { trackingId } = await admin.importUsage('telling', sent);
    const [{ id, message }] = await admin.list('/api/v1/exceptions', { trackingId });
    expect(message).toMatch(new RegExp(`^subscriber ${EMAIL} of IMSI${IMSI} is blocked`));
    expect((await viewer.get(`/api/v1/exceptions/${id}`)).message).toMatch(
      /^subscriber \*\*\*\.com of \*\*\*7890 is blocked/,
    );
    // The second attempt is about what it was corrected to, and the last revision is another again.
    const changed = { ...sent, o: 'joan.roe@example.com' };
    await admin.patch(`/api/v1/exceptions/${id}`, { raw: changed, note: 'a test' });
    const again = { selection: { exceptionIds: [id] }, reason: 'a test' };
    const { imports } = await admin.post('/api/v1/admin/reprocess', again);
    await admin.waitForImport(imports[0]);
    await admin.patch(`/api/v1/exceptions/${id}`, {
      raw: { ...sent, o: 'ann.poe@example.com' },
      note: 'a test',
    });

    const [seen, whole] = [await doorsOf(viewer, trackingId), await doorsOf(admin, trackingId)];
    for (const [door, answer] of Object.entries(whole)) {
      expect([door, answer]).toEqual([door, expect.stringMatching(/jane\.doe|joan\.roe|ann\.poe/)]);
      expect([door, seen[door]]).toEqual([door, expect.not.stringMatching(/jane|doe|joan|roe|poe|26201/)]);
    }
  });

  it('reads messages about rows without their columns', async () => {
    const columns = Object.entries({ k: 4, o: 6, d: 10, v: 1 }).map(([name, length]) => ({ name, length }));
    const decode = { use: 'decode-fixed-width@1', config: { columns } };
    const steps = [failing('"subscriber " & o & " is blocked"'), FIELDS];
    await createFeed('tellingRows', steps, { format: 'rows' }, decode);
    const { trackingId } = await admin.importUsage('tellingRows', { data: ['0001bobby 2026-10-012'] });
    const [whole] = await admin.list('/api/v1/exceptions', { trackingId });
    expect([whole.message, whole.raw]).toEqual([
      expect.stringMatching(/^subscriber bobby is/),
      '0001bobby 2026-10-012',
    ]);
    const [seen] = await viewer.list('/api/v1/exceptions', { trackingId });
    expect([seen.message, seen.raw]).toEqual([expect.stringMatching(/^subscriber \*\*\* is blocked/), '***']);
  });

  it('reads messages that a short usage key leaves as they are, and what a conflict is about', async () => {
    await createFeed('short', PRICED);
    await admin.importUsage('short', record('a', 1));
    const { trackingId } = await admin.importUsage('short', [
      record('a', 2),
      { ...record('1', 2), d: 'yesterday' },
    ]);
    const [bad, conflict] = await viewer.list('/api/v1/exceptions', { trackingId });
    const whole = await admin.get(`/api/v1/exceptions/${conflict.id}`);
    expect(conflict).toMatchObject({
      message: 'Usage key "***" is live with other usage',
      raw: { k: '***', v: '***', o: '***en-1', d: '***' },
      usageKey: '***',
      details: whole.details,
    });
    expect(whole.details.live.usage).toMatchObject([{ value: '1', amount: '0.001', currency: 'USD' }]);
    const { message } = await admin.get(`/api/v1/exceptions/${bad.id}`);
    expect(bad.message).toBe(message.replace('yesterday', '***rday'));
    expect(message).toContain('2026-');
  });
});

describe('usage of another feed with the same usage keys', () => {
  const HIDDEN = { hidden: true };
  let neighbour: ApiClient;
  let own: ApiClient;

  beforeAll(async () => {
    await createFeed('mine', PRICED, { keyScope: 'shared' });
    await createFeed('theirs', PRICED, { keyScope: 'shared' });
    [own, neighbour] = [await client('integrator', ['mine']), await client('integrator', ['theirs'])];
    await neighbour.importUsage('theirs', [record('live', 77777), record('voided', 88888)]);
    const [{ id }] = await admin.list('/api/v1/usage', { feed: 'theirs', usageKey: 'voided' });
    await admin.post(`/api/v1/usage/${id}/void`, { reason: 'a test' });
  });

  it('is not shown to keys that may not read it, at any door', async () => {
    const sent = [record('live', 1), record('voided', 2)];
    const dry = await own.postUsage('mine', sent, { query: { dryRun: true } });
    const [live, voided] = dry.body.records.map(({ exception }: { exception: object }) => exception);
    const parts = { usage: [expect.objectContaining({ amount: '0.001' })] };
    expect(live).toMatchObject({ code: 'usage_key_conflict', details: { live: HIDDEN, sent: parts } });
    expect(voided.details).toMatchObject({ live: null, voided: HIDDEN });

    const { trackingId } = await own.importUsage('mine', sent);
    const limited = [own, await client('operator', ['mine']), await client('viewer', ['mine'])];
    for (const each of limited) {
      const [second, first] = await each.list('/api/v1/exceptions', { trackingId });
      expect(first.details).toMatchObject({ live: HIDDEN, sent: parts });
      expect(second.details).toMatchObject({ live: null, voided: HIDDEN });
      for (const [door, answer] of Object.entries(await doorsOf(each, trackingId)))
        expect([door, answer]).toEqual([door, expect.not.stringMatching(/77\.?777|88\.?888/)]);
    }
    for (const each of [admin, viewer, await client('operator', ['mine', 'theirs'])]) {
      const [second, first] = await each.list('/api/v1/exceptions', { trackingId });
      expect(first.details.live.usage).toMatchObject([{ value: '77777' }]);
      expect(second.details.voided.usage).toMatchObject([{ value: '88888' }]);
    }
  });

  it('is taken back by no operator who is not for its feed', async () => {
    await neighbour.importUsage('theirs', record('contested', 99999));
    const { trackingId } = await own.importUsage('mine', record('contested', 3));
    const resolve = async (of: ApiClient, resolution: string, dryRun: boolean) => {
      const selection = { filter: { feed: 'mine', trackingId } };
      const body = { selection, resolution, dryRun, reason: 'a test' };
      const answer = await of.request('POST', '/api/v1/exceptions/resolve', body);
      return [answer.status, answer.body.code ?? answer.body.difference];
    };
    const limited = await client('operator', ['mine']);
    for (const dryRun of [true, false])
      expect(await resolve(limited, 'replace', dryRun)).toEqual([403, 'forbidden']);
    expect(await resolve(limited, 'keep', true)).toEqual([200, {}]);
    const ofBoth = await client('operator', ['mine', 'theirs']);
    expect(await resolve(ofBoth, 'replace', true)).toEqual([200, { USD: '-99.996' }]);
    const [live] = await admin.list('/api/v1/usage', { usageKey: 'contested', live: true });
    expect(live).toMatchObject({ value: '99999', feed: { apiName: 'theirs' } });
  });

  it('is told of its own, and of a record of the same dry run', async () => {
    await own.importUsage('mine', record('own', 5));
    const sent = [record('own', 6), record('both', 7), record('both', 8)];
    const { body } = await own.postUsage('mine', sent, { query: { dryRun: true } });
    const [ofLedger, , ofRequest] = body.records;
    expect(ofLedger.exception.details.live.usage).toMatchObject([{ value: '5' }]);
    expect(ofRequest.exception.details.live.usage).toMatchObject([{ value: '7' }]);
    const another = await client('integrator', ['mine']);
    const probed = await another.postUsage('mine', sent[0], { query: { dryRun: true } });
    expect(probed.body.records[0].exception.details.live).toEqual(HIDDEN);
  });

  it('hides why a condition on both could not be decided', async () => {
    const replaceWhen = '$error("live since " & live.value)';
    const policy = { fields: ['k'], onConflict: 'replace', replaceWhen };
    await createFeed('deciding', PRICED, { keyScope: 'shared', usageKey: policy });
    const of = await client('integrator', ['deciding']);
    const { trackingId } = await of.importUsage('deciding', record('live', 3));
    const [seen] = await of.list('/api/v1/exceptions', { trackingId });
    expect(seen.details).toMatchObject({ live: HIDDEN, replaceWhen: HIDDEN });
    const [shown] = await viewer.list('/api/v1/exceptions', { trackingId });
    expect(shown.details).toMatchObject({ live: { usage: [{ value: '77777' }] }, replaceWhen: '***' });
    const [whole] = await admin.list('/api/v1/exceptions', { trackingId });
    expect(whole.details.replaceWhen).toMatch(/^live since 77777/);
  });
});
