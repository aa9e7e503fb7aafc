import { startServer, type ImportView, type TestServer } from '../support/index.js';

let server: TestServer;
beforeAll(async () => {
  // Little, so that what hangs or grows is ended while a test waits.
  server = await startServer({
    env: { FEEDMILL_STALL_MS: '3000', FEEDMILL_WORKER_SLOTS: '2', FEEDMILL_CHILD_HEAP_MB: '160' },
  });
}, 120_000);
afterAll(() => server?.stop());

const WAIT_MS = 90_000;
const DECODE = { use: 'decode-json@1', config: {} };
const MAP = {
  use: 'map-fields@1',
  config: {
    fields: [
      { field: 'date', from: 'Date' },
      { field: 'usageIdentifier', from: 'Id' },
      { field: 'value', from: 'Value' },
    ],
  },
};
const compute = (field: string, expression: string, more: object = {}) => ({
  use: 'normalize@1',
  config: { fields: [{ field, expression, optional: true }] },
  ...more,
});
const profile = (...steps: object[]) => ({ decode: DECODE, steps: [MAP, ...steps] });
const record = (id: string, more: object = {}) => ({
  Date: '2026-04-16T14:32:00Z',
  Id: id,
  Value: 7,
  ...more,
});

const saveVersion = (name: string, definition: object) =>
  server.api.request('POST', `/api/v1/profiles/${name}/versions`, definition);

async function publish(name: string, definition: object): Promise<number> {
  const { version } = await server.api.post(`/api/v1/profiles/${name}/versions`, definition);
  await server.api.post(`/api/v1/profiles/${name}/versions/${version}/publish`, { comment: 'for a test' });
  return version;
}

async function createFeed(apiName: string, definition: object): Promise<void> {
  await server.api.post('/api/v1/profiles', { name: apiName });
  await publish(apiName, definition);
  await server.api.post('/api/v1/feeds', {
    name: apiName,
    apiName,
    format: 'records',
    profile: apiName,
    usageKey: { fields: ['Id'] },
  });
}

async function send(feed: string, ...records: object[]): Promise<ImportView> {
  const { status, body } = await server.api.postUsage(feed, { data: records });
  expect(status).toBe(202);
  return server.api.waitForImport(body.trackingId, WAIT_MS);
}

describe('a profile that cannot work is refused when it is saved', () => {
  beforeAll(() => server.api.post('/api/v1/profiles', { name: 'draft' }));
  const EXPRESSION = '/steps/1/config/fields/0/expression';

  it.each([
    ['a syntax error', 'Value +* 2', /at character 9|at character 10/],
    ['an end too early', '$uppercase(', /at character 11/],
    ['a string without end', '"abc', /at character [0-9]+/],
    ['$eval', '$eval("1+1")', /\$eval is not offered/],
    ['$eval by another name', '($e := $eval; $e("1+1"))', /\$eval is not offered/],
    ['$random', '$random()', /\$random is not offered/],
    ['a look-around', '$match(Id, /(?=x)/)', /regular expression/],
    ['too much source', `"${'x'.repeat(20_000)}"`, /longer/],
    ['too deep source', '('.repeat(10_000), /./],
  ])('%s', async (_, expression, message) => {
    const { status, headers, body } = await saveVersion('draft', profile(compute('value', expression)));
    expect(status).toBe(422);
    expect(headers.get('content-type')).toContain('application/problem+json');
    expect(body).toMatchObject({ code: 'invalid_profile', errors: [{ pointer: EXPRESSION }] });
    expect(body.errors).toHaveLength(1);
    expect(body.errors[0]).toMatchObject({
      code: 'invalid_expression',
      message: expect.stringMatching(message),
    });
  });

  it('with every problem at once, each with its place and what was probably meant', async () => {
    const definition = {
      decode: { use: 'decode-jsno@1', config: {} },
      stesp: [],
      steps: [
        { use: 'map-fields@1', config: { feilds: [], fields: [{ field: 'value', form: 'Value' }] } },
        {
          use: 'normalize@1',
          config: { fields: [{ field: 'value', expression: 'Value +', optinal: true }] },
        },
        { use: 'filter@1', config: { skip: '$random() > 1', reason: 'random', reasn: 'x' } },
        { use: 'rate-usage@9', config: {} },
        { use: 'rate-usages@1' },
        'resolve-identifier@1',
      ],
    };
    const { status, body } = await saveVersion('draft', definition);
    expect([status, body.code]).toEqual([422, 'invalid_profile']);
    const found = Object.fromEntries(
      body.errors.map((error: { pointer: string; code: string; message: string }) => [
        error.pointer,
        `${error.code}: ${error.message}`,
      ]),
    );
    expect(found).toMatchObject({
      '/decode/use': expect.stringMatching(/unknown_step_type.*did you mean "decode-json"/),
      '/stesp': expect.stringMatching(/unknown_key.*did you mean "steps"/),
      '/steps/0/config/feilds': expect.stringMatching(/unknown_key.*did you mean "fields"/),
      '/steps/0/config/fields/0/form': expect.stringMatching(/unknown_key.*did you mean "from"/),
      '/steps/1/config/fields/0/optinal': expect.stringMatching(/unknown_key.*did you mean "optional"/),
      '/steps/1/config/fields/0/expression': expect.stringContaining('invalid_expression'),
      '/steps/2/config/skip': expect.stringMatching(/\$random/),
      '/steps/2/config/reasn': expect.stringMatching(/did you mean "reason"/),
      '/steps/3/use': expect.stringContaining('unknown_step_type'),
      '/steps/4/use': expect.stringMatching(/did you mean "rate-usage"/),
      '/steps/5': expect.any(String),
    });
    expect((await server.api.get('/api/v1/profiles/draft')).latestVersion).toBeNull();
  });

  it.each([null, 5, [], 'text', {}, { decode: {}, steps: {} }, { decode: DECODE, steps: [null, 5, []] }])(
    '%j',
    async (definition) => {
      const { status, body } = await saveVersion('draft', definition as object);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
      expect(body.code).toEqual(expect.any(String));
    },
  );
});

describe('an expression that would take a process down', () => {
  const LONG = `${'a'.repeat(50_000)}b`;
  // Each runs for the records that name it, with what becomes of them.
  const ATTACKS = {
    padding: '$pad("x", 300000000)',
    recursion: '($f := function() { $f() }; $f())',
    stack: '($f := function($n) { 1 + $f($n + 1) }; $f(0))',
    range: '[1..9000000]',
    product: '[1..4000].[1..4000].[1..4000]',
    doubling: '($f := function($s, $n) { $n = 0 ? $s : $f($s & $s, $n - 1) }; $f("x", 60))',
    joining: '$join($map([1..4000], function() { $$.Text }))',
    filling: '$map([1..5000], function() { $uppercase($$.Text) })',
    copying: '$map([1..3000], function() { $count($keys($$ ~> |$|{"a": 1}|)) })',
  };
  const steps = Object.entries(ATTACKS).map(([name, expression]) =>
    compute('extensions.x', expression, { name, when: `Attack = "${name}"` }),
  );
  const REGEX = compute('extensions.matches', '$contains(Text, /^(a+)+$/)', {
    name: 'regex',
    when: 'Attack = "regex"',
  });

  beforeAll(() => createFeed('hostile', profile(...steps, REGEX)));

  it('costs its own record, neither its neighbours nor another feed', async () => {
    const names = Object.keys(ATTACKS);
    const records = names.flatMap((name) => [
      record(`before-${name}`),
      record(name, { Attack: name, Text: LONG }),
      record(`after-${name}`),
    ]);
    const hostile = send('hostile', ...records);
    const neighbour = server.api.importUsage('usageJson', {
      Date: '2026-04-16T14:32:00Z',
      OriginatingIdentifier: 'acct-100045',
      UdrUsageIdentifier: 'meanwhile',
      Value: 1250,
      UsageClassName: 'API Requests',
      UsageClassTypeName: 'Requests',
    });
    const [done, other] = await Promise.all([hostile, neighbour]);
    expect(other.counts).toMatchObject({ total: 1, imported: 1 });
    expect(done).toMatchObject({
      status: 'completed',
      counts: { total: records.length, imported: 2 * names.length, exception: names.length, pending: 0 },
    });
    const exceptions = await server.api.list('/api/v1/exceptions', { trackingId: done.trackingId });
    const byName = new Map(exceptions.map((each) => [names[(each.index - 1) / 3], each]));
    expect([...byName.keys()].sort()).toEqual([...names].sort());
    for (const [name, { step, code, message, raw }] of byName) {
      expect([name, code]).toEqual([name, expect.stringMatching(/^(expression_failed|step_crashed)$/)]);
      // Nobody saw the step in which a process ended.
      expect([name, step]).toEqual([name, code === 'step_crashed' ? null : name]);
      expect([raw.Id, raw.Text.length]).toEqual([name, LONG.length]);
      expect(message).toMatch(/\S/);
    }
    // What the limits of an expression do not see ends a process, and costs no more than what they see.
    expect(byName.get('padding').code).toBe('expression_failed');
    expect(byName.get('filling').code).toBe('step_crashed');
    const usage = await server.api.list('/api/v1/usage', { trackingId: done.trackingId });
    expect(usage.map(({ value }) => value)).toEqual(Array(2 * names.length).fill('7'));
  }, 150_000);

  it('is matched in linear time where it is a regular expression', async () => {
    const done = await send('hostile', record('regex', { Attack: 'regex', Text: LONG }), record('calm'));
    expect(done.counts).toMatchObject({ total: 2, imported: 2 });
    const usage = await server.api.list('/api/v1/usage', { trackingId: done.trackingId, usageKey: 'regex' });
    expect(usage).toMatchObject([{ extensions: { matches: false } }]);
  });

  it('leaves a server that still works', async () => {
    expect((await send('hostile', record('still-alive'))).counts).toMatchObject({ imported: 1 });
    expect(server.isRunning).toBe(true);
  });
});

describe('a new version of a profile', () => {
  it('is for imports that come after it was published; those that wait keep theirs', async () => {
    const marked = (mark: string) => profile(compute('extensions.mark', `"${mark}"`));
    await createFeed('pinned', marked('one'));
    await server.api.patch('/api/v1/feeds/pinned', { paused: true });
    const waiting = await server.api.postUsage('pinned', { data: [record('old-1'), record('old-2')] });
    expect(await publish('pinned', marked('two'))).toBe(2);
    const next = await server.api.postUsage('pinned', record('new'));
    expect([waiting.status, next.status]).toEqual([202, 202]);
    for (const { body } of [waiting, next]) {
      expect(await server.api.get(`/api/v1/imports/${body.trackingId}`)).toMatchObject({
        status: 'queued',
        startedAt: null,
        counts: { imported: 0, pending: body.counts.total },
      });
    }
    await server.api.patch('/api/v1/feeds/pinned', { paused: false });

    const seen = [];
    for (const { body } of [waiting, next]) {
      const done = await server.api.waitForImport(body.trackingId, WAIT_MS);
      const usage = await server.api.list('/api/v1/usage', { trackingId: done.trackingId });
      seen.push([done.profile, usage.map((entry) => [entry.profile.version, entry.extensions.mark])]);
    }
    expect(seen).toEqual([
      [{ name: 'pinned', version: 1 }, Array(2).fill([1, 'one'])],
      [{ name: 'pinned', version: 2 }, [[2, 'two']]],
    ]);
    expect(await server.api.get('/api/v1/profiles/pinned/versions/1')).toMatchObject({ status: 'retired' });
    const change = await server.api.request('PUT', '/api/v1/profiles/pinned/versions/1', marked('three'));
    expect(change.status).toBe(409);
  });
});
