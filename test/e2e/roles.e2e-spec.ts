import { type ApiClient, startServer, type ImportView, type TestServer } from '../support/index.js';

const FORBIDDEN = [403, 'forbidden'];
const NDJSON = { 'content-type': 'application/x-ndjson' };
const NUMBER = '4038675309';

const record = (key: string, more: object = {}) => ({
  Date: '2026-04-16T14:32:00Z',
  OriginatingIdentifier: NUMBER,
  TerminatingIdentifier: 'callee-77001234',
  UdrUsageIdentifier: key,
  Value: 1250,
  UsageClassName: 'API Requests',
  UsageClassTypeName: 'Requests',
  Extensions: { contact: 'contact-99887766' },
  ...more,
});
const row = (minute: number, from = NUMBER) =>
  `2022-05-01T05:${minute}:00,Unknown,${from},4038675345,648-688-4180,94,False,False,data_class,Data_1,`;

/** Followed by cursors that do not end. */
const CHANGES = '/api/v1/usage/changes';

/** What was sent of somebody: none of it may reach a viewer whole. */
const PERSONAL = [
  NUMBER,
  'callee-77001234',
  '4038675345',
  '648-688-4180',
  'call-of-4711-one',
  'customer-55667788',
  'contact-99887766',
  '5550123456',
  'owner-31337000',
];

let server: TestServer;
let admin: ApiClient;
/** Clients by what their key may do. */
let as: Record<
  'gateway' | 'neighbour' | 'ofCsv' | 'viewer' | 'operator' | 'csvOperator' | 'csvViewer' | 'csvImplementer',
  ApiClient
>;
let gatewayId: string;
let json: ImportView;
let other: ImportView;
let csv: ImportView;
let jsonException: string;
let jsonUsage: string;

beforeAll(async () => {
  server = await startServer();
  admin = server.api;
  await admin.put('/api/v1/identifiers', {
    identifiers: [
      {
        type: 'Telephone',
        value: '5550123456',
        accountId: 'acct-1',
        serviceId: 'svc-1',
        attributes: { owner: 'owner-31337000' },
      },
    ],
  });
  const newKey = (name: string, role: string, feeds?: string[]) =>
    admin.post<{ id: string; key: string }>('/api/v1/admin/keys', { name, role, feeds });
  const client = async (...args: Parameters<typeof newKey>) => admin.as((await newKey(...args)).key);
  const gateway = await newKey('gateway', 'integrator');
  gatewayId = gateway.id;
  as = {
    gateway: admin.as(gateway.key),
    neighbour: await client('neighbour', 'integrator'),
    ofCsv: await client('csv gateway', 'integrator', ['usageCsv']),
    viewer: await client('viewer', 'viewer'),
    operator: await client('operator', 'operator'),
    csvOperator: await client('csv operator', 'operator', ['usageCsv']),
    csvViewer: await client('csv viewer', 'viewer', ['usageCsv']),
    csvImplementer: await client('csv implementer', 'implementer', ['usageCsv']),
  };
  const lines = [
    record('call-of-4711-one'),
    record('call-of-4711-two', { OriginatingIdentifier: 'customer-55667788' }),
    record('call-of-4711-nil', { Value: 0 }),
    record('call-of-4711-odd', { Value: `${NUMBER} calls` }),
    record('call-of-4711-day', { Date: Number(NUMBER) }),
    record('call-of-4711-txt', { Date: 'customer-55667788' }),
  ].map((each) => JSON.stringify(each));
  json = await as.gateway.importUsage('usageJson', [...lines, `"${NUMBER}`, `["${NUMBER}"]`].join('\n'), {
    headers: NDJSON,
  });
  other = await as.neighbour.importUsage('usageJson', [
    record('of-the-neighbour'),
    record('of-the-neighbour-too', { OriginatingIdentifier: 'nobody' }),
  ]);
  csv = await as.ofCsv.importUsage('usageCsv', { data: [row(10), row(11, 'nobody')] });
  expect([json, other, csv].map(({ counts }) => [counts.imported, counts.exception, counts.skipped])).toEqual(
    [
      [1, 6, 1],
      [1, 1, 0],
      [1, 1, 0],
    ],
  );
  jsonException = (await admin.list('/api/v1/exceptions', { trackingId: json.trackingId }))[0].id;
  jsonUsage = (await admin.list('/api/v1/usage', { trackingId: json.trackingId }))[0].id;
}, 180_000);
afterAll(() => server?.stop());

async function refusal(client: ApiClient, path: string, method = 'GET', body?: object) {
  const answer = await client.request(method, path, body);
  return [answer.status, answer.body.code];
}
const trackingIds = (items: { trackingId: string }[]) =>
  [...new Set(items.map((item) => item.trackingId))].sort();

describe('an integrator', () => {
  it('follows what its own key sent, down to each record', async () => {
    expect(trackingIds(await as.gateway.list('/api/v1/imports'))).toEqual([json.trackingId]);
    const own = `/api/v1/imports/${json.trackingId}`;
    expect(await as.gateway.get(own)).toMatchObject({ trackingId: json.trackingId, submittedBy: 'gateway' });
    const verdicts = (await as.gateway.list(`${own}/records`)).map(({ verdict }) => verdict);
    expect(verdicts).toEqual(['imported', 'exception', 'skipped', ...Array(5).fill('exception')]);
    expect(await as.gateway.get(`${own}/records/1`)).toBeTruthy();
    const exceptions = await as.gateway.list('/api/v1/exceptions');
    expect(trackingIds(exceptions)).toEqual([json.trackingId]);
    expect(exceptions.at(-1)).toMatchObject({
      code: 'identifier_not_found',
      raw: { OriginatingIdentifier: 'customer-55667788' },
    });
    const source = await fetch(`${server.url}${own}/source`, {
      headers: { authorization: `Bearer ${as.gateway.key}` },
    });
    expect(await source.text()).toContain(NUMBER);
  });

  it('sees nothing that another key sent, though it is of the same feed', async () => {
    const client = as.neighbour;
    expect(trackingIds(await client.list('/api/v1/imports'))).toEqual([other.trackingId]);
    expect(trackingIds(await client.list('/api/v1/exceptions'))).toEqual([other.trackingId]);
    const groups = await client.list('/api/v1/exceptions/groups');
    expect(groups.map(({ code, count }) => [code, count])).toEqual([['identifier_not_found', 1]]);
    for (const path of [
      `/api/v1/imports/${json.trackingId}`,
      `/api/v1/imports/${json.trackingId}/records`,
      `/api/v1/imports/${json.trackingId}/records/0`,
      `/api/v1/imports/${json.trackingId}/source`,
      `/api/v1/exceptions/${jsonException}`,
      '/api/v1/usage',
      `/api/v1/usage/${jsonUsage}`,
      '/api/v1/identifiers',
      '/api/v1/feeds',
    ]) {
      expect([path, ...(await refusal(client, path))]).toEqual([path, ...FORBIDDEN]);
    }
    for (const path of [
      '/api/v1/imports?submittedBy=gateway',
      `/api/v1/exceptions?trackingId=${json.trackingId}`,
      '/api/v1/exceptions?usageKey=call-of-4711-two',
      '/api/v1/exceptions?identifier=customer-55667788',
      '/api/v1/exceptions?q=customer-55667788',
      `/api/v1/exceptions/groups?trackingId=${json.trackingId}`,
    ]) {
      const { status, body } = await client.request('GET', path);
      expect([path, status === 403 ? [] : body.items]).toEqual([path, []]);
    }
  });

  it('is told of its own records only what they were, not whose usage they repeat', async () => {
    const again = await as.neighbour.importUsage('usageJson', record('call-of-4711-one'));
    expect(again.counts).toMatchObject({ duplicate: 1 });
    const [line] = await as.neighbour.list(`/api/v1/imports/${again.trackingId}/records`);
    expect(line).toMatchObject({ verdict: 'duplicate', usageKey: 'call-of-4711-one', usageIds: [] });
  });

  it('keeps its history when its key is renewed', async () => {
    const { key } = await admin.post(`/api/v1/admin/keys/${gatewayId}/rotate`, { graceSeconds: 3600 });
    expect(trackingIds(await admin.as(key).list('/api/v1/imports'))).toEqual([json.trackingId]);
    expect(trackingIds(await as.gateway.list('/api/v1/imports'))).toEqual([json.trackingId]);
  });
});

describe('a key limited to a feed', () => {
  it('posts there and nowhere else, by any name and route', async () => {
    const { id } = await admin.get<{ id: number }>('/api/v1/feeds/usageJson');
    const before = (await admin.list('/api/v1/imports')).length;
    for (const feed of ['usageJson', id]) {
      expect(await as.ofCsv.postUsage(feed, record('refused'))).toMatchObject({
        status: 403,
        body: { code: 'forbidden' },
      });
    }
    for (const path of [
      `/api/v10/DataImport/Usage/Json/${id}`,
      '/ResourceServer/api/v6/internal/DataImport/Usage/Json/usage-json',
    ]) {
      const { status, body } = await as.ofCsv.request('POST', path, record('refused'));
      expect([status, body.errors.length]).toEqual([403, 1]);
    }
    expect(await admin.list('/api/v1/imports')).toHaveLength(before);
    expect((await as.ofCsv.postUsage('usageCsv', { data: [row(10)] })).status).toBe(202);
  });

  it('reads lists of that feed alone', async () => {
    for (const client of [as.csvOperator, as.csvViewer, as.csvImplementer]) {
      for (const path of ['/api/v1/imports', '/api/v1/usage', '/api/v1/exceptions']) {
        const items = await client.list(path);
        expect(items.length).toBeGreaterThan(0);
        expect([path, [...new Set(items.map(({ feed }) => feed.apiName))]]).toEqual([path, ['usageCsv']]);
      }
      expect((await client.list('/api/v1/feeds')).map(({ apiName }) => apiName)).toEqual(['usageCsv']);
      const groups = await client.list('/api/v1/exceptions/groups');
      expect(groups.reduce((sum, { count }) => sum + count, 0)).toBe(1);
    }
  });

  it('is refused what is of another feed, however it is named', async () => {
    const { id } = await admin.get<{ id: number }>('/api/v1/feeds/usageJson');
    for (const path of [
      '/api/v1/feeds/usageJson',
      `/api/v1/feeds/${id}`,
      '/api/v1/imports?feed=usageJson',
      `/api/v1/usage?feed=${id}`,
      '/api/v1/exceptions?feed=usageJson',
      '/api/v1/exceptions/groups?feed=usageJson',
      `/api/v1/imports/${json.trackingId}`,
      `/api/v1/imports/${json.trackingId}/records`,
      `/api/v1/imports/${json.trackingId}/source`,
      `/api/v1/usage/${jsonUsage}`,
      `/api/v1/exceptions/${jsonException}`,
    ]) {
      expect([path, ...(await refusal(as.csvOperator, path))]).toEqual([path, ...FORBIDDEN]);
    }
    for (const path of [
      `/api/v1/usage?trackingId=${json.trackingId}`,
      `/api/v1/exceptions?trackingId=${json.trackingId}`,
      '/api/v1/usage?usageKey=call-of-4711-one',
    ]) {
      const { status, body } = await as.csvOperator.request('GET', path);
      expect([path, status === 403 ? [] : body.items]).toEqual([path, []]);
    }
  });

  it('configures that feed alone', async () => {
    const change = { description: 'changed' };
    expect(await refusal(as.csvImplementer, '/api/v1/feeds/usageJson', 'PATCH', change)).toEqual(FORBIDDEN);
    expect(await refusal(as.csvImplementer, '/api/v1/feeds/usageJson', 'DELETE')).toEqual(FORBIDDEN);
    const changed = await as.csvImplementer.request('PATCH', '/api/v1/feeds/usageCsv', change);
    expect([changed.status, changed.body.description]).toEqual([200, 'changed']);
    expect((await admin.get('/api/v1/feeds/usageJson')).description).not.toBe('changed');
  });

  it('brings it into no key scope of other feeds, whose usage it could take back there', async () => {
    const { profile, usageKey } = await admin.get('/api/v1/feeds/usageJson');
    const create = (apiName: string, keyScope?: string) =>
      admin.post('/api/v1/feeds', { name: apiName, apiName, format: 'records', profile, usageKey, keyScope });
    await create('neighbours', 'of neighbours');
    await create('joining');
    const { key } = await admin.post('/api/v1/admin/keys', {
      name: 'joining',
      role: 'implementer',
      feeds: ['joining'],
    });
    const join = (keyScope: string, more: object = {}) =>
      refusal(admin.as(key), '/api/v1/feeds/joining', 'PATCH', { keyScope, ...more });
    expect(await join('of neighbours')).toEqual(FORBIDDEN);
    expect(await join('of neighbours', { keyRetention: 'P1D', retention: { usage: 'P1D' } })).toEqual(
      FORBIDDEN,
    );
    expect(await join('of its own')).toEqual([200, undefined]);
    const joined = await admin.patch('/api/v1/feeds/joining', { keyScope: 'of neighbours' });
    expect(joined).toMatchObject({ keyScope: 'of neighbours' });
    expect(await join('of neighbours', { description: 'as before' })).toEqual([200, undefined]);
  });

  it('is not told where feeds differ from the configuration folder', async () => {
    expect(await refusal(as.csvImplementer, '/api/v1/admin/configuration')).toEqual(FORBIDDEN);
  });

  it('counts of what a change heals that feed alone', async () => {
    const { heals } = await as.csvImplementer.put('/api/v1/identifiers', {
      identifiers: [{ type: 'Telephone', value: 'nobody', accountId: 'acct-2', serviceId: 'svc-2' }],
    });
    const shown = await admin.list('/api/v1/exceptions', { healedBy: heals.selection.healedBy });
    expect(new Set(shown.map(({ feed }) => feed.apiName))).toEqual(new Set(['usageCsv', 'usageJson']));
    expect(heals.count).toBe(1);
  });
});

describe('a viewer', () => {
  it('reads everything, and of nobody more than the last characters', async () => {
    const lists = [
      '/api/v1/imports',
      `/api/v1/imports/${json.trackingId}/records`,
      `/api/v1/imports/${csv.trackingId}/records`,
      '/api/v1/usage',
      '/api/v1/exceptions',
      '/api/v1/exceptions/groups',
      '/api/v1/identifiers',
    ];
    const readable = new Set<string>();
    const read = async (client: ApiClient, path: string) =>
      path === CHANGES ? (await client.get(path, { limit: 1000 })).items : client.list(path);
    for (const path of [...lists, CHANGES]) {
      const [shown, whole] = [await read(as.viewer, path), await read(as.operator, path)];
      expect([path, shown.length]).toEqual([path, whole.length]);
      for (const value of PERSONAL) {
        if (JSON.stringify(whole).includes(value)) readable.add(value);
        if (JSON.stringify(shown).includes(value)) {
          const item = shown.find((each: unknown) => JSON.stringify(each).includes(value));
          throw new Error(`${path} shows a viewer "${value}": ${JSON.stringify(item)}`);
        }
      }
    }
    // An operator may read all of it: the lists did hold what a viewer was not shown.
    expect([...readable].sort()).toEqual([...PERSONAL].sort());
    expect(await as.viewer.get(`/api/v1/usage/${jsonUsage}`)).toMatchObject({
      value: '1250',
      originatingIdentifier: '***5309',
      usageKey: '***-one',
      extensions: { contact: '***7766' },
      accountId: 'acct-100200',
      rating: { amount: '0.5' },
    });
  });

  it('is refused raw bodies, full-text search and every change', async () => {
    for (const [method, path] of [
      ['GET', `/api/v1/imports/${json.trackingId}/source`],
      ['GET', '/api/v1/exceptions?q=customer'],
      ['GET', '/api/v1/admin/keys'],
      ['GET', '/api/v1/admin/audit'],
      ['POST', '/api/v1/feeds/usageJson/usage'],
      ['PATCH', '/api/v1/feeds/usageJson'],
      ['PUT', '/api/v1/identifiers'],
      ['POST', '/api/v1/profiles'],
    ] as const) {
      const found = await refusal(
        as.viewer,
        path,
        method,
        method === 'GET' ? undefined : record('of-a-viewer'),
      );
      expect([method, path, ...found]).toEqual([method, path, ...FORBIDDEN]);
    }
  });
});

describe('nobody', () => {
  it.each([
    ['GET', '/api/v1/imports'],
    ['POST', '/api/v1/feeds/usageJson/usage'],
    ['PUT', '/api/v1/identifiers'],
  ])('is let in without a key: %s %s', async (method, path) => {
    for (const key of [null, 'fm_nobody_0123456789', `${as.gateway.key}x`]) {
      const body = method === 'GET' ? undefined : record('of-nobody');
      const answer = await admin.as(key).request(method, path, body);
      expect(answer).toMatchObject({ status: 401, body: { code: 'unauthorized' } });
      expect(answer.headers.get('www-authenticate')).toContain('Bearer');
    }
  });
});
