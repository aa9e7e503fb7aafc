import { type TestServer, startServer } from '../support/index.js';

const FEEDS = '/api/v1/feeds';
const PROFILES = '/api/v1/profiles';

let server: TestServer;

beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server?.stop());

const FEED = {
  name: 'calls',
  apiName: 'calls',
  format: 'rows',
  profile: 'usage-csv',
  usageKey: { fields: ['usage_identifier', { field: 'date', as: 'timestamp' }] },
};

const pointersOf = ({ body }: { body: { errors: { pointer: string }[] } }) =>
  [...new Set(body.errors.map(({ pointer }) => pointer))].sort();

describe('a feed', () => {
  it('is created with its defaults, read by id and API name, changed, and deleted while unused', async () => {
    const created = await server.api.post(FEEDS, FEED);
    expect(created).toMatchObject({
      ...FEED,
      usageKey: {
        fields: [
          { field: 'usage_identifier', as: 'text' },
          { field: 'date', as: 'timestamp' },
        ],
        onConflict: 'exception',
      },
      rows: { delimiter: ',', quote: '"', header: false },
      enabled: true,
      paused: false,
      pausedReason: null,
      timeZone: 'UTC',
      dstOverlap: 'earlier',
      dstGap: 'reject',
      keyScope: null,
      keyRetention: 'forever',
      lateUsage: 'exception',
      autoHeal: false,
      acceptUsageSince: null,
      futureTolerance: 'PT24H',
      expectEvery: null,
      mode: 'live',
      parameters: {},
    });
    for (const ref of [created.id, created.apiName]) {
      expect(await server.api.get(`${FEEDS}/${ref}`)).toEqual(created);
    }
    const changed = await server.api.patch(`${FEEDS}/calls`, {
      description: 'of the switch',
      paused: true,
      timeZone: 'Europe/Berlin',
      keyScope: 'voice',
      acceptUsageSince: 'P30D',
      parameters: { tariff: 'A' },
    });
    expect(changed).toMatchObject({
      description: 'of the switch',
      paused: true,
      pausedReason: 'paused by bootstrap',
    });
    const reset = await server.api.patch(`${FEEDS}/calls`, {
      description: null,
      paused: false,
      keyScope: null,
    });
    expect(reset).toMatchObject({
      description: '',
      pausedReason: null,
      keyScope: null,
      timeZone: 'Europe/Berlin',
    });
    expect((await server.api.request('DELETE', `${FEEDS}/calls`)).status).toBe(204);
    expect((await server.api.request('GET', `${FEEDS}/calls`)).body.code).toBe('feed_not_found');
    const audit = await server.api.list('/api/v1/admin/audit', { subject: `feed/${created.id}` });
    expect(audit.map(({ action }) => action)).toEqual([
      'feed.deleted',
      'feed.changed',
      'feed.changed',
      'feed.created',
    ]);
    expect(audit[2]).toMatchObject({
      before: { paused: false },
      after: { paused: true },
      actor: 'bootstrap',
    });
    expect(audit[2].requestId).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('is changed member by member, also within its members', async () => {
    const path = `${FEEDS}/merged`;
    const before = await server.api.post(FEEDS, {
      ...FEED,
      name: 'merged',
      apiName: 'merged',
      rows: { delimiter: ',', quote: "'", header: true },
      retention: { bodies: 'P1D', exceptions: 'P2D', usage: 'P12D' },
      parameters: { tariff: 'A', zone: 1 },
    });
    const after = await server.api.patch(path, {
      rows: { delimiter: ';' },
      retention: { bodies: 'P5D', exceptions: null },
      usageKey: { onConflict: 'keep' },
      parameters: { zone: null, site: 'x' },
    });
    expect(after).toEqual({
      ...before,
      rows: { delimiter: ';', quote: "'", header: true },
      retention: { bodies: 'P5D', exceptions: 'forever', usage: 'P12D' },
      usageKey: { ...before.usageKey, onConflict: 'keep' },
      parameters: { tariff: 'A', site: 'x' },
      updatedAt: after.updatedAt,
    });
    expect(await server.api.get(path)).toEqual(after);
    const headers = { 'content-type': 'application/merge-patch+json' };
    expect(await server.api.patch(path, { usageKey: { none: true } }, { headers })).toMatchObject({
      usageKey: { none: true },
    });
    expect((await server.api.request('DELETE', path)).status).toBe(204);
  });

  it('is refused with every problem at once', async () => {
    const answer = await server.api.request('POST', FEEDS, {
      name: '12',
      apiName: 'usageCsv',
      enabled: 'yes',
      format: 'rows',
      rows: { delimiter: ';;', quote: '', header: 1, comment: '#' },
      profile: 'nothere',
      usageKey: {
        fields: ['a', { field: 'a' }, { field: 'b', as: 'number' }, 5],
        onConflict: 'merge',
        replaceWhen: 'true',
        feilds: [],
      },
      timeZone: 'Europe/Atlantis',
      dstOverlap: 'maybe',
      dstGap: 'jump',
      keyRetention: '400 days',
      lateUsage: 'ignore',
      acceptUsageSince: 'yesterday',
      futureTolerance: 'P',
      mode: 'dry',
      parameters: [],
      colour: 'blue',
    });
    expect(answer).toMatchObject({ status: 422, body: { code: 'invalid_feed' } });
    expect(pointersOf(answer)).toEqual([
      '/acceptUsageSince',
      '/apiName',
      '/colour',
      '/dstGap',
      '/dstOverlap',
      '/enabled',
      '/futureTolerance',
      '/keyRetention',
      '/lateUsage',
      '/mode',
      '/name',
      '/parameters',
      '/profile',
      '/rows/comment',
      '/rows/delimiter',
      '/rows/header',
      '/rows/quote',
      '/timeZone',
      '/usageKey/feilds',
      '/usageKey/fields/1',
      '/usageKey/fields/2/as',
      '/usageKey/fields/3',
      '/usageKey/onConflict',
      '/usageKey/replaceWhen',
    ]);
    const codes = answer.body.errors.map((e: { code: string }) => e.code);
    expect(codes).toEqual(
      expect.arrayContaining(['name_taken', 'unknown_key', 'invalid_value', 'not_found']),
    );
  });

  it.each<[string, unknown, string]>([
    ['null', null, '/name'],
    ['a list', [], ''],
    ['a text', '"x"', ''],
    ['no members', {}, '/usageKey'],
    ['a NUL', { ...FEED, description: 'a\u0000b' }, '/description'],
    ['half a character', { ...FEED, parameters: { x: ['\ud800'] } }, '/parameters/x/0'],
    ['a name that is an API name', { ...FEED, name: 'usageJson' }, '/name'],
    ['an API name of digits', { ...FEED, apiName: '42' }, '/apiName'],
    ['a profile of the other format', { ...FEED, profile: 'usage-json' }, '/profile'],
    ['rows of records', { ...FEED, format: 'records', profile: 'usage-json', rows: {} }, '/rows'],
    ['delimiter and quote alike', { ...FEED, rows: { delimiter: '"' } }, '/rows/quote'],
    ['a key and none', { ...FEED, usageKey: { none: true, fields: ['a'] } }, '/usageKey/fields'],
    ['parameters of 20 kB', { ...FEED, parameters: { x: 'x'.repeat(20_000) } }, '/parameters'],
    ['__proto__', '{"name":"x","__proto__":{"apiName":"x"}}', '/__proto__'],
  ])('is refused as %s', async (_, body, pointer) => {
    const answer = await server.api.request('POST', FEEDS, body as object);
    expect(answer).toMatchObject({ status: 422, body: { code: 'invalid_feed' } });
    expect(pointersOf(answer)).toContain(pointer);
  });

  it('keeps what its imports were read by, and is not deleted', async () => {
    const row = '2026-01-01T00:00:00,Unknown,4038675309,1,n-1,1,False,False,data_class,Data_1,x';
    await server.api.importUsage('usageCsv', { data: [row] });
    const path = `${FEEDS}/usageCsv`;
    const before = await server.api.get(path);
    for (const [patch, pointer] of [
      [{ usageKey: { fields: ['date'] } }, '/usageKey/fields'],
      [{ usageKey: { none: true } }, '/usageKey/fields'],
      [{ keyScope: 'other' }, '/keyScope'],
    ] as const) {
      const answer = await server.api.request('PATCH', path, patch);
      expect(answer).toMatchObject({ status: 409, body: { code: 'feed_has_imports' } });
      expect(pointersOf(answer)).toEqual([pointer]);
    }
    expect(await server.api.request('DELETE', path)).toMatchObject({
      status: 409,
      body: { code: 'feed_in_use' },
    });
    expect(await server.api.get(path)).toEqual(before);
    expect(
      await server.api.patch(path, { usageKey: before.usageKey, description: 'same key' }),
    ).toMatchObject({
      description: 'same key',
    });
    // What becomes of conflicts is no part of how records were read.
    const kept = await server.api.patch(path, { usageKey: { onConflict: 'keep' } });
    expect(kept.usageKey).toEqual({ ...before.usageKey, onConflict: 'keep' });
  });

  it('is not known by ids that are none', async () => {
    for (const ref of ['0', '99999999999', 'nothere', '%00', '..%2f..', '-1', '1.5', 'x'.repeat(500)]) {
      expect(await server.api.request('GET', `${FEEDS}/${ref}`)).toMatchObject({
        status: 404,
        body: { code: 'feed_not_found' },
      });
    }
  });
});

describe('a profile', () => {
  const definition = {
    decode: { use: 'decode-json@1', config: {} },
    steps: [
      {
        use: 'map-fields@1',
        config: {
          fields: [
            { field: 'date', from: 'at' },
            { field: 'value', from: 'n' },
          ],
        },
      },
    ],
  };

  it('is drafted, changed, published and replaced; what is published never changes', async () => {
    expect(await server.api.post(PROFILES, { name: 'steps', description: 'a test' })).toMatchObject({
      name: 'steps',
      publishedVersion: null,
      latestVersion: null,
    });
    const plain = await server.api.post(PROFILES, { name: 'plain', description: null });
    expect(plain).toMatchObject({ name: 'plain', description: '' });
    const versions = `${PROFILES}/steps/versions`;
    expect(await server.api.post(versions, definition)).toMatchObject({
      name: 'steps',
      version: 1,
      status: 'draft',
      ...definition,
    });
    const renamed = { ...definition, steps: [{ ...definition.steps[0], name: 'mapping' }] };
    expect(await server.api.put(`${versions}/1`, renamed)).toMatchObject({ version: 1, ...renamed });
    const published = await server.api.post(`${versions}/1/publish`, { comment: 'first' });
    expect(published).toMatchObject({
      status: 'published',
      comment: 'first',
      publishedBy: 'bootstrap',
      ...renamed,
    });
    for (const [method, path, body] of [
      ['PUT', `${versions}/1`, definition],
      ['POST', `${versions}/1/publish`, { comment: 'again' }],
    ] as const) {
      const answer = await server.api.request(method, path, body);
      expect(answer).toMatchObject({ status: 409, body: { code: 'version_not_draft' } });
    }
    await server.api.post(versions, definition);
    await server.api.post(`${versions}/2/publish`, { comment: 'second' });
    const all = await server.api.list(versions);
    expect(all.map(({ version, status }) => [version, status])).toEqual([
      [2, 'published'],
      [1, 'retired'],
    ]);
    expect(await server.api.get(`${PROFILES}/steps`)).toMatchObject({
      publishedVersion: 2,
      latestVersion: 2,
    });
    expect(await server.api.get(`${versions}/1`)).toMatchObject({ status: 'retired', ...renamed });
    const [last] = await server.api.list('/api/v1/admin/audit', { action: 'profile_version.published' });
    expect(last).toMatchObject({
      subject: 'profile/steps/versions/2',
      before: { status: 'draft' },
      after: { status: 'published' },
    });
  });

  it('is refused with every problem at once, each at its place', async () => {
    await server.api.post(PROFILES, { name: 'broken' });
    const answer = await server.api.request('POST', `${PROFILES}/broken/versions`, {
      decode: { use: 'decode-delimited@1', config: { columns: [], colums: ['a'] } },
      steps: [
        { use: 'normalize@1', config: { fields: [{ field: 'value', expression: 'value *' }] } },
        { use: 'no-such-step@1', config: {} },
        { use: 'rate-usage@1', config: { plan: 5 } },
      ],
      extra: true,
    });
    expect(answer).toMatchObject({ status: 422, body: { code: 'invalid_profile' } });
    expect(pointersOf(answer)).toEqual(
      expect.arrayContaining([
        '/decode/config/colums',
        '/extra',
        '/steps/0/config/fields/0/expression',
        '/steps/1/use',
        '/steps/2/config/plan',
      ]),
    );
    expect(await server.api.list(`${PROFILES}/broken/versions`)).toEqual([]);
  });

  it.each<[string, string, string, unknown, number, string]>([
    ['a name that cannot be in a URL', 'POST', PROFILES, { name: 'a/b' }, 422, 'invalid_profile'],
    ['a name that is taken', 'POST', PROFILES, { name: 'usage-csv' }, 409, 'profile_exists'],
    ['an unknown profile', 'POST', `${PROFILES}/nothere/versions`, definition, 404, 'profile_not_found'],
    ['a NUL in the path', 'GET', `${PROFILES}/%00`, undefined, 404, 'profile_not_found'],
    [
      'a version that is no number',
      'GET',
      `${PROFILES}/usage-csv/versions/one`,
      undefined,
      404,
      'version_not_found',
    ],
    ['an unknown version', 'GET', `${PROFILES}/usage-csv/versions/99`, undefined, 404, 'version_not_found'],
    ['a definition that is a list', 'POST', `${PROFILES}/usage-csv/versions`, [], 422, 'invalid_profile'],
    [
      'a NUL in the definition',
      'POST',
      `${PROFILES}/usage-csv/versions`,
      { a: '\u0000' },
      422,
      'invalid_profile',
    ],
    [
      'a MiB of definition',
      'POST',
      `${PROFILES}/usage-csv/versions`,
      { a: 'x'.repeat(1_100_000) },
      422,
      'invalid_profile',
    ],
  ])('refuses %s', async (_, method, path, body, status, code) => {
    expect(await server.api.request(method, path, body as object)).toMatchObject({ status, body: { code } });
  });

  it('is not published where its feeds take another format', async () => {
    const versions = `${PROFILES}/usage-csv/versions`;
    const { version } = await server.api.post(versions, definition);
    const answer = await server.api.request('POST', `${versions}/${version}/publish`, { comment: 'no' });
    expect(answer).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/decode/use', code: 'format_mismatch' }] },
    });
    expect(await server.api.request('POST', `${versions}/${version}/publish`, {})).toMatchObject({
      status: 422,
    });
  });

  it('gives the fields of the usage keys of its feeds, or neither is saved', async () => {
    const decode = (...columns: string[]) => ({ use: 'decode-delimited@1', config: { columns } });
    const steps = [
      {
        use: 'map-fields@1',
        config: {
          fields: [
            { field: 'date', from: 'start' },
            { field: 'value', from: 'seconds' },
          ],
        },
      },
    ];
    const versions = `${PROFILES}/keyed/versions`;
    const publish = async (...columns: string[]) => {
      const { version } = await server.api.post(versions, { decode: decode(...columns), steps });
      return server.api.request('POST', `${versions}/${version}/publish`, { comment: 'columns' });
    };
    await server.api.post(PROFILES, { name: 'keyed' });
    expect(await publish('callId', 'start', 'seconds')).toMatchObject({ status: 200 });
    const feed = (field: string) => ({
      ...FEED,
      name: 'keyed',
      apiName: 'keyed',
      profile: 'keyed',
      usageKey: { fields: ['start', { field, as: 'text' }] },
    });
    const refused = {
      status: 422,
      body: {
        code: 'invalid_feed',
        errors: [
          {
            pointer: '/usageKey/fields/1',
            code: 'unknown_field',
            message: 'the profile decodes no "callID"; did you mean "callId"?',
          },
        ],
      },
    };
    expect(await server.api.request('POST', FEEDS, feed('callID'))).toMatchObject(refused);
    await server.api.post(FEEDS, feed('callId'));
    const { usageKey } = feed('callID');
    expect(await server.api.request('PATCH', `${FEEDS}/keyed`, { usageKey })).toMatchObject(refused);
    expect(await publish('id', 'start', 'seconds')).toMatchObject({
      status: 422,
      body: {
        code: 'invalid_profile',
        errors: [
          { pointer: '/decode/config', code: 'unknown_field', message: expect.stringContaining('"keyed"') },
        ],
      },
    });
    // A feed that is disabled is in nobody's way, and comes back only when it can work.
    await server.api.patch(`${FEEDS}/keyed`, { enabled: false, usageKey });
    expect(await publish('id', 'start', 'seconds')).toMatchObject({ status: 200 });
    expect(await server.api.request('PATCH', `${FEEDS}/keyed`, { enabled: true })).toMatchObject({
      status: 422,
    });
  });

  it('calls no functions and reads no variables that there are not', async () => {
    const step = { use: 'filter@1', config: { skip: '$nope(Value) > 1', reason: 'no' } };
    const draft = { ...definition, steps: [...definition.steps, step] };
    const answer = await server.api.request('POST', `${PROFILES}/usage-csv/versions`, draft);
    expect(answer).toMatchObject({ status: 422, body: { code: 'invalid_profile' } });
    expect(JSON.stringify(answer.body)).toContain('there is no function $nope (at character 5)');
    const skip = '$parameters.isOff = true';
    const unknown = await server.api.request('POST', `${PROFILES}/usage-csv/versions`, {
      ...definition,
      steps: [...definition.steps, { use: 'filter@1', config: { skip, reason: 'no' } }],
    });
    expect(unknown).toMatchObject({
      status: 422,
      body: {
        errors: [
          {
            pointer: '/steps/1/config/skip',
            code: 'invalid_expression',
            message: 'there is no variable $parameters; did you mean "$feed.parameters"? (at character 11)',
          },
        ],
      },
    });
  });
});
