import { join } from 'node:path';
import { type ApiClient, PROJECT_DIR, startServer, type TestServer } from '../support/index.js';

const PLUGINS = join(PROJECT_DIR, 'test', 'fixtures', 'plugins');
const CALLER = '+12125550101';

/** Records with an id of their own, mapped by name, then through further steps. */
const PROFILE = (...steps: object[]) => ({
  decode: { use: 'decode-json@1', config: {} },
  steps: [
    {
      use: 'map-fields@1',
      config: {
        fields: [
          { field: 'date', from: 'at' },
          { field: 'originatingIdentifier', from: 'from' },
          { field: 'value', from: 'value' },
          { field: 'usageClass', from: 'class', default: 'Minutes' },
        ],
      },
    },
    ...steps,
  ],
});
const RESOLVE = { use: 'resolve-identifier@1', config: {} };
const RATE = { use: 'rate-usage@1', config: { plan: 'explained' } };

let server: TestServer;
let api: ApiClient;

beforeAll(async () => {
  server = await startServer({ env: { FEEDMILL_PLUGINS_DIR: PLUGINS } });
  api = server.api;
  await setPrice('0.1');
  await createFeed('plain', PROFILE(RESOLVE, RATE));
}, 120_000);
afterAll(() => server?.stop());

const setPrice = (unitPrice: string) =>
  api.put('/api/v1/rate-plans/explained', {
    currency: 'USD',
    rates: [{ usageClass: 'Minutes', unitPrice, per: '3', scale: 2 }],
  });

async function createFeed(name: string, definition: object, more: object = {}): Promise<void> {
  await api.post('/api/v1/profiles', { name });
  await api.post(`/api/v1/profiles/${name}/versions`, definition);
  await api.post(`/api/v1/profiles/${name}/versions/1/publish`, { comment: 'for a test' });
  const feed = { name, apiName: name, format: 'records', profile: name, usageKey: { fields: ['id'] } };
  await api.post('/api/v1/feeds', { ...feed, ...more });
}

const record = (id: string, more: object = {}) => ({
  id,
  at: '2026-10-20T12:00:00Z',
  from: 'acct-100045',
  value: 100,
  ...more,
});

/** What was sent to a feed, as usage and exceptions, by index. */
async function send(feed: string, data: unknown[], options = {}) {
  const { trackingId } = await api.importUsage(feed, { data }, options);
  const [usage, exceptions] = await Promise.all(
    ['usage', 'exceptions'].map((list) => api.list(`/api/v1/${list}`, { trackingId })),
  );
  const rows = [...usage!, ...exceptions!];
  return data.map((_, index) => rows.find((row) => row.index === index && !row.part));
}

interface Part {
  readonly result: string;
  readonly changes: readonly object[];
  readonly record: object;
  readonly considered: object;
}
interface ExplainedStep {
  readonly step: string;
  readonly taken: number;
  readonly parts: readonly Part[];
  readonly today: null | { readonly differences: readonly object[]; readonly parts: readonly Part[] };
}
// Answers are read freely, as everywhere in these tests.
type Explained = Awaited<ReturnType<typeof explain>>;

const explain = ({ id }: { id: string }, client = api) =>
  client.get(`/api/v1/${id.startsWith('e') ? 'exceptions' : 'usage'}/${id}/explain`);
const stepOf = ({ steps }: { steps: ExplainedStep[] }, name: string): ExplainedStep =>
  steps.find(({ step }) => step === name)!;

describe('a call', () => {
  let call: { id: string };
  let before: Explained;

  beforeAll(async () => {
    const rows = [
      `x-1,2026-10-14 23:59:30,${CALLER},+442079460000,OUT,61,16`,
      `x-2,2026-10-15 09:00:00,${CALLER},+12125559999,OUT,31,16`,
    ];
    [, call] = (await send('voiceCsv', rows)) as [object, { id: string }];
    before = await explain(call);
  });

  it('is told from its row to its price, step by step', () => {
    expect(before).toMatchObject({
      usage: { id: call.id, rating: { amount: '0.006', quantity: '36' } },
      reversal: null,
      raw: `x-2,2026-10-15 09:00:00,${CALLER},+12125559999,OUT,31,16`,
      revision: 0,
      profile: { name: 'voice-csv', version: 1 },
      reproduced: true,
      decoded: { callId: 'x-2', start: '2026-10-15 09:00:00', seconds: '31', cause: '16' },
      outcome: { result: 'usage', parts: 1, usage: [{ value: '31', accountId: 'BRAVO' }] },
      today: { differs: false },
      history: { verdicts: [{ verdict: 'imported' }], now: { liveUsageIds: [call.id] } },
    });
    expect(before.steps.map(({ step, taken, today }: ExplainedStep) => [step, taken, today])).toEqual(
      ['filter', 'map-fields', 'lookup', 'resolve-identifier', 'rate-usage'].map((step) => [step, 1, null]),
    );
    expect(stepOf(before, 'filter').parts).toEqual([
      { part: 0, result: 'ok', reason: null, changes: [], record: {}, considered: null },
    ]);
    const [mapped] = stepOf(before, 'map-fields').parts;
    expect(mapped!.changes).toContainEqual({ field: 'date', before: null, after: '2026-10-15T13:00:00Z' });
    expect(stepOf(before, 'rate-usage').parts[0]!.record).toMatchObject({
      usageClassType: 'US',
      accountId: 'BRAVO',
      rating: { amount: '0.006' },
    });
  });

  it('shows the prefixes that fit, whose number it was, and whose it had been', () => {
    expect(stepOf(before, 'lookup').parts[0]!.considered).toMatchObject({
      table: 'voice-destinations',
      value: '+12125559999',
      result: 'found',
      rows: [{ cells: { prefix: '+1', destination: 'US' }, result: 'chosen' }],
    });
    const { candidates } = stepOf(before, 'resolve-identifier').parts[0]!.considered as {
      candidates: { field: string; result: string; identifiers?: object[] }[];
    };
    expect(candidates.map(({ field, result }) => [field, result])).toEqual([
      ['terminatingIdentifier', 'not_concerned'],
      ['originatingIdentifier', 'owner'],
    ]);
    const sold = '2026-10-15T04:00:00Z';
    expect(candidates[1]!.identifiers).toMatchObject([
      { accountId: 'ACME', validFrom: null, validTo: sold, result: 'no_longer_valid' },
      { accountId: 'BRAVO', validFrom: sold, validTo: null, result: 'owner' },
    ]);
  });

  it('shows the rates passed over and every rounding', () => {
    const { plans, price } = stepOf(before, 'rate-usage').parts[0]!.considered as {
      plans: { rates: { usageClassType: string; result: string; why?: object[] }[] }[];
      price: object;
    };
    expect(plans).toMatchObject([{ plan: 'voice-retail', currency: 'USD', result: 'chosen' }]);
    expect(plans[0]!.rates.map(({ usageClassType, result, why }) => [usageClassType, result, why])).toEqual([
      ['US', 'chosen', undefined],
      ['US', 'passed_over', [{ reason: 'not_yet_valid' }]],
      ['UK Fixed', 'passed_over', [{ reason: 'other_type', rate: 'UK Fixed', record: 'US' }]],
      ['UK Mobile', 'passed_over', [{ reason: 'other_type', rate: 'UK Mobile', record: 'US' }]],
    ]);
    expect(price).toEqual({
      value: '31',
      afterMinimumQuantity: '31',
      afterIncrement: '36',
      rawAmount: '0.006',
      isExact: true,
      rounding: { by: 'rate', scale: 4, rounding: 'halfUp' },
      quantity: '36',
      amount: '0.006',
    });
  });

  it('is explained by the prices of then, and says what today would come to', async () => {
    const terms = { per: '60', increment: '6', minimumQuantity: '30', scale: 4, validTo: '2026-11-01' };
    const us = { usageClass: 'Voice', usageClassType: 'US', unitPrice: '0.5', ...terms };
    await api.put('/api/v1/rate-plans/voice-retail', { rates: [us] });
    const after = await explain(call);
    expect(after).toMatchObject({
      reproduced: true,
      outcome: { usage: [{ rating: { amount: '0.006' } }] },
      today: { differs: true, outcome: { usage: [{ rating: { unitPrice: '0.5', amount: '0.3' } }] } },
    });
    expect(after.today.referenceVersion).toBeGreaterThan(after.referenceVersion);
    const same = after.steps.slice(0, -1).map(({ today }: { today: unknown }) => today);
    expect(same).toEqual([null, null, null, null]);
    const { today, parts } = stepOf(after, 'rate-usage');
    expect(today!.differences).toMatchObject([
      { part: 0, field: 'rating', then: { amount: '0.006' }, now: { amount: '0.3' } },
    ]);
    expect(parts[0]!.considered).toMatchObject({ price: { rawAmount: '0.006' } });
    expect(today!.parts[0]!.considered).toMatchObject({ price: { rawAmount: '0.3' } });
  });
});

describe('a record of a SaaS', () => {
  it('keeps its numbers, says what was given, and what is not exact', async () => {
    const sent = (id: string, more: object) => ({
      Date: '2026-04-16T14:32:00Z',
      OriginatingIdentifier: 'acct-100045',
      UdrUsageIdentifier: id,
      UsageClassName: 'Marketplace',
      Value: 1,
      ...more,
    });
    const big =
      '{"Date":"2026-04-16T14:32:00Z","OriginatingIdentifier":"acct-100045","UdrUsageIdentifier":"s-1",' +
      '"UsageClassName":"Storage","UsageClassTypeName":"ByteHours","Value":9007199254740993}';
    const given = sent('s-2', { Extensions: { amount: '12.340', currency: 'USD' } });
    const { trackingId } = await api.importUsage('usageJson', `{"data":[${big},${JSON.stringify(given)}]}`);
    const entries = await api.list('/api/v1/usage', { trackingId });
    const [first, second] = [0, 1].map((index) => entries.find((entry) => entry.index === index));
    const whole = await fetch(`${server.url}/api/v1/usage/${first.id}/explain`, {
      headers: { authorization: `Bearer ${api.key}` },
    });
    const text = await whole.text();
    expect(text).toContain(`"raw":${big}`);
    expect(JSON.parse(text)).toMatchObject({ reproduced: true, usage: { value: '9007199254740993' } });
    const { price } = stepOf(JSON.parse(text), 'rate-usage').parts[0]!.considered as { price: object };
    expect(price).toMatchObject({
      rawAmount: '283.78846966992169726',
      isExact: false,
      rounding: { scale: 4 },
      amount: '283.7885',
    });
    const explained = await explain(second);
    expect(explained.reproduced).toBe(true);
    expect(stepOf(explained, 'rate-usage').parts[0]!.considered).toEqual({
      given: expect.objectContaining({ source: 'given', amount: '12.34', currency: 'USD' }),
      isReverseRated: false,
    });
  });
});

describe('an exception', () => {
  it('is explained where it fell, and says that it would pass today', async () => {
    const [unknown, unrated] = await send('plain', [
      record('e-1', { from: 'late-comer' }),
      record('e-2', { class: 'Hours' }),
    ]);
    expect(await explain(unknown)).toMatchObject({
      exception: { code: 'identifier_not_found' },
      reproduced: true,
      outcome: { result: 'rejected', error: { step: 'resolve-identifier', code: 'identifier_not_found' } },
      today: { differs: false },
      steps: [
        { step: 'map-fields', parts: [{ result: 'ok' }] },
        {
          step: 'resolve-identifier',
          parts: [
            { result: 'rejected', changes: [], considered: { candidates: [{}, { result: 'not_found' }] } },
          ],
        },
        { step: 'rate-usage', taken: 0, parts: [], today: null },
      ],
    });
    const none = await explain(unrated);
    expect(none.outcome.error).toMatchObject({ code: 'rate_not_found', details: { plans: ['explained'] } });
    expect(stepOf(none, 'rate-usage').parts[0]).toMatchObject({
      result: 'rejected',
      considered: { plans: [{ plan: 'explained', result: 'no_rate', rates: [] }] },
    });

    const owner = { type: 'Account', value: 'late-comer', accountId: 'late', serviceId: 'late-1' };
    await api.put('/api/v1/identifiers', { identifiers: [{ ...owner, validFrom: '2026-10-21T00:00:00Z' }] });
    const [early] = await send('plain', [record('e-3', { from: 'late-comer' })]);
    expect(await explain(early)).toMatchObject({ exception: { code: 'identifier_not_valid_at_date' } });
    expect(stepOf(await explain(early), 'resolve-identifier').parts[0]!.considered).toMatchObject({
      candidates: [
        {},
        { result: 'identifier_not_valid_at_date', identifiers: [{ result: 'not_yet_valid' }] },
      ],
    });
    await api.put('/api/v1/identifiers', { identifiers: [{ ...owner, validTo: '2026-10-21T00:00:00Z' }] });
    const healed = await explain(unknown);
    expect(healed).toMatchObject({
      reproduced: true,
      outcome: { result: 'rejected' },
      today: { differs: true, outcome: { result: 'usage', usage: [{ accountId: 'late' }] } },
    });
    expect(stepOf(healed, 'rate-usage')).toMatchObject({
      taken: 0,
      today: { parts: [{ result: 'ok', record: { rating: { amount: '3.33' } } }] },
    });
  });

  it('is explained by its last revision, and says which', async () => {
    const [odd] = await send('plain', [record('r-1', { value: 'ten' })]);
    expect(await explain(odd)).toMatchObject({ revision: 0, raw: { value: 'ten' }, reproduced: true });
    await api.patch(`/api/v1/exceptions/${odd.id}`, { raw: record('r-1', { value: 10 }), note: 'a typo' });
    expect(await explain(odd)).toMatchObject({
      exception: { code: 'invalid_value', revision: 1 },
      revision: 1,
      raw: { value: 10 },
      reproduced: null,
      outcome: { result: 'usage', usage: [{ value: '10' }] },
    });
    const selection = { exceptionIds: [odd.id] };
    const { imports } = await api.post('/api/v1/admin/reprocess', { selection, reason: 'corrected' });
    await api.waitForImport(imports[0]);
    const [entry] = await api.list('/api/v1/usage', { trackingId: odd.trackingId });
    expect(await explain(entry)).toMatchObject({
      revision: 1,
      raw: { value: 10 },
      reproduced: true,
      history: { verdicts: [{ verdict: 'exception' }, { verdict: 'imported' }] },
    });
  });

  it('of a usage key has come through its profile, and says what it meets', async () => {
    await send('plain', [record('k-1')]);
    const [conflict, row] = await send('plain', [record('k-1', { value: 7 }), 'not a record']);
    expect(await explain(conflict)).toMatchObject({
      exception: { code: 'usage_key_conflict', details: { live: { usage: [{ value: '100' }] } } },
      reproduced: true,
      usageKey: 'k-1',
      outcome: { result: 'usage', usage: [{ value: '7', rating: { amount: '0.23' } }] },
    });
    expect(await explain(row)).toMatchObject({
      raw: 'not a record',
      reproduced: true,
      decoded: null,
      outcome: { result: 'rejected', error: { stage: 'decode', code: 'malformed_row' } },
    });
  });
});

describe('usage that did not stay', () => {
  it('is explained before and after it was amended, by what reversed it too', async () => {
    const [old] = await send('plain', [record('a-1')]);
    const path = `/api/v1/usage/${old.id}/amend`;
    const amended = await api.post(path, { raw: record('a-1', { value: 50 }), reason: 'as invoiced' });
    const reversal = { id: amended.reversals[0], operation: 'amend', reason: 'as invoiced', by: null };
    expect(await explain(old)).toMatchObject({
      usage: { value: '100', live: false },
      reversal,
      revision: 0,
      raw: { value: 100 },
      reproduced: true,
    });
    expect(await explain({ id: amended.usage[0] })).toMatchObject({
      usage: { value: '50', live: true },
      reversal: null,
      revision: 1,
      raw: { value: 50 },
      reproduced: true,
    });
    expect(await explain({ id: amended.reversals[0] })).toMatchObject({
      usage: { id: old.id },
      reversal,
      raw: { value: 100 },
    });
  });

  it('names the record of the source that replaced or cancelled it', async () => {
    const usageKey = { fields: ['id'], onConflict: 'replace', cancelWhen: '$exists(cancel)' };
    await createFeed('replacing', PROFILE(RESOLVE, RATE), { usageKey });
    const [first] = await send('replacing', [record('c-1')]);
    const again = await api.importUsage('replacing', { data: [record('c-0'), record('c-1', { value: 5 })] });
    expect((await explain(first)).reversal).toMatchObject({
      operation: null,
      by: { trackingId: again.trackingId, index: 1 },
    });
    const [, second] = await api.list('/api/v1/usage', { trackingId: again.trackingId });
    const cancel = await api.importUsage('replacing', { data: [record(second.usageKey, { cancel: true })] });
    expect((await explain(second)).reversal.by).toEqual({ trackingId: cancel.trackingId, index: 0 });
    const [nothing] = await send('replacing', [record('c-9', { cancel: true })]);
    expect(await explain(nothing)).toMatchObject({
      exception: { code: 'nothing_to_cancel' },
      reproduced: true,
      outcome: { result: 'cancels' },
    });
  });

  it('stays what it was where a reprocessing has left it unchanged', async () => {
    const [entry] = await send('plain', [record('u-1')]);
    const selection = { trackingIds: [entry.trackingId] };
    const body = { selection, mode: 'all', reason: 'to be sure' };
    const { imports } = await api.post('/api/v1/admin/reprocess', body);
    await api.waitForImport(imports[0]);
    expect((await explain(entry)).history.verdicts).toMatchObject([
      { verdict: 'imported' },
      { verdict: 'skipped', reason: 'unchanged' },
    ]);
  });
});

describe('a record that is split', () => {
  it('is explained by the way of the part that was asked for', async () => {
    const lines = {
      use: 'split@1',
      config: { elements: { from: 'lines', fields: [{ field: 'value', from: 'amount' }] } },
    };
    const drop = {
      use: 'filter@1',
      config: { skipWhen: { field: 'value', equals: '0' }, reason: 'zero_value' },
    };
    await createFeed('lines', PROFILE(lines, drop, RESOLVE, RATE));
    const amounts = [1, 0, 2, 3].map((amount) => ({ amount }));
    const { trackingId } = await api.importUsage('lines', { data: [record('l-1', { lines: amounts })] });
    const parts = await api.list('/api/v1/usage', { trackingId });
    expect(parts.map(({ part, value: of }) => [part, of]).sort()).toEqual([
      [0, '1'],
      [1, '2'],
      [2, '3'],
    ]);
    const explained = await explain(parts.find(({ part }) => part === 1)!);
    expect(explained).toMatchObject({ reproduced: true, outcome: { parts: 3, usage: [{ value: '2' }] } });
    expect(
      explained.steps.map(
        (step: { step: string; taken: number; parts: { part: number; result: string }[] }) => [
          step.step,
          step.taken,
          step.parts.map(({ part, result }) => [part, result]),
        ],
      ),
    ).toEqual([
      ['map-fields', 1, [[0, 'ok']]],
      ['split', 1, [[2, 'split']]],
      ['filter', 4, [[2, 'ok']]],
      ['resolve-identifier', 3, [[1, 'ok']]],
      ['rate-usage', 3, [[1, 'ok']]],
    ]);
  });
});

describe('who asks', () => {
  it('sees what the key may see of usage and exceptions elsewhere', async () => {
    const client = async (role: string, feeds?: string[]) =>
      api.as((await api.post('/api/v1/admin/keys', { name: role, role, feeds })).key);
    const [usage] = await send('plain', [record('w-1', { from: 'late-comer' })]);
    const integrator = await client('integrator');
    const own = await integrator.request('POST', '/api/v1/feeds/plain/usage', {
      data: [record('w-2', { from: 'nobody-4711' })],
    });
    await api.waitForImport(own.body.trackingId);
    const [exception] = await api.list('/api/v1/exceptions', { trackingId: own.body.trackingId });

    const viewer = await client('viewer');
    for (const one of [usage, exception]) {
      const seen = await explain(one, viewer);
      expect(JSON.stringify(seen)).not.toMatch(/late-comer|nobody-4711/);
      expect(JSON.stringify(await explain(one))).toMatch(/late-comer|nobody-4711/);
    }
    expect(stepOf(await explain(usage, viewer), 'map-fields').parts[0]!.record).toMatchObject({
      value: '100',
      originatingIdentifier: '***omer',
    });

    const seen = await explain(exception, integrator);
    expect(seen.outcome.error.code).toBe('identifier_not_found');
    expect(stepOf(seen, 'resolve-identifier').parts[0]!.considered).toBeNull();
    const refused = async (of: ApiClient, { id }: { id: string }) => {
      const list = id.startsWith('e') ? 'exceptions' : 'usage';
      return (await of.request('GET', `/api/v1/${list}/${id}/explain`)).status;
    };
    const ofOther = await client('operator', ['usageCsv']);
    expect(await refused(integrator, usage)).toBe(403);
    expect(await refused(await client('integrator'), exception)).toBe(403);
    expect([await refused(ofOther, usage), await refused(ofOther, exception)]).toEqual([403, 403]);
    expect([await refused(api, { id: 'u1-99-0-1' }), await refused(api, { id: 'enothing' })]).toEqual([
      404, 404,
    ]);
  });

  it('is told that a record ends the process, and nobody else notices', async () => {
    await createFeed('faulty', PROFILE({ use: 'misbehave@1', config: {} }));
    const [dead, thrown] = await send('faulty', [
      record('f-1', { Fault: 'abort' }),
      record('f-2', { Fault: 'throw' }),
    ]);
    expect(dead.code).toBe('step_crashed');
    const [answer, other] = await Promise.all([
      api.request('GET', `/api/v1/exceptions/${dead.id}/explain`),
      explain(thrown),
    ]);
    expect([answer.status, answer.body.code]).toEqual([422, 'explain_not_survivable']);
    expect(other).toMatchObject({
      reproduced: true,
      steps: [{}, { step: 'misbehave', parts: [{ result: 'rejected' }] }],
    });
  }, 60_000);
});
