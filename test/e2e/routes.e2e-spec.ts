import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { redisOf } from '../support/server.js';
import { type ApiClient, PROJECT_DIR, type TestServer, startServer } from '../support/index.js';

interface Handler {
  readonly handler: string;
  readonly method: string;
  readonly paths: readonly string[];
  readonly policy: readonly Role[] | 'public' | null;
  readonly isOfAllFeeds: boolean;
}

type Role = (typeof ROLES)[number];

const ROLES = ['integrator', 'viewer', 'operator', 'implementer', 'admin'] as const;
const READERS: readonly Role[] = ['viewer', 'operator', 'implementer', 'admin'];
const EVERYBODY: readonly Role[] = ['integrator', ...READERS];
const OPERATORS: readonly Role[] = ['operator', 'admin'];
const IMPLEMENTERS: readonly Role[] = ['implementer', 'admin'];

const RESOURCE = String.raw`/(ResourceServer/)?api/v(6|7|8|9|10)/(internal/)?`;

/** Who may call what, as the API's description says it: the first that fits. A route of none is a mistake. */
const MAY: readonly (readonly [string, readonly Role[] | 'public'])[] = [
  ['GET /healthz/(live|ready)', 'public'],
  ['GET /api/(openapi.json|docs(/.*)?)', 'public'],
  ['POST /AuthorizationServer/api/v(6|7|8|9|10)/Access/Login', 'public'],
  ['GET /metrics', READERS],
  ['(GET|POST) /api/v1/admin/(keys|audit)(/.*)?', ['admin']],
  ['POST /api/v1/feeds/:feed/usage', ['integrator', 'admin']],
  [`POST ${RESOURCE}DataImport/Usage/.*`, ['integrator', 'admin']],
  [`GET ${RESOURCE}DataImport(History)?/.*`, EVERYBODY],
  ['GET /api/v1/(imports|exceptions|records)(/.*)?', EVERYBODY],
  ['GET /api/v1/admin/configuration', IMPLEMENTERS],
  ['GET /api/v1/(feeds|profiles|plugins|identifiers|rate-plans|tables|usage-classes)(/.*)?', READERS],
  ['GET /api/v1/(usage|periods|admin/retention)(/.*)?', READERS],
  ['GET /api/v1/admin/imports/:trackingId/orphans', READERS],
  ['GET /api/v1/admin/reprocess(/.*)?', READERS],
  ['POST /api/v1/(exceptions|periods|usage|admin/reprocess|admin/imports)(/.*)?', OPERATORS],
  ['PATCH /api/v1/exceptions/:id', OPERATORS],
  ['(POST|PUT|PATCH) /api/v1/(feeds|profiles)(/.*)?', IMPLEMENTERS],
  ['DELETE /api/v1/feeds/:feed', IMPLEMENTERS],
  ['(PUT|DELETE) /api/v1/(identifiers|rate-plans|tables|usage-classes)(/.*)?', IMPLEMENTERS],
];

/** Feed, import, exception and usage that the limited keys of this test are not for. */
const OTHER = 'otherFeed4711';
const OWN = 'usageCsv';
const SECRET = 'secret-of-the-other-4711';

let server: TestServer;
let table: { method: string; url: string }[];
let handlers: Handler[];
let other: { trackingId: string; identity: string; exception: string; usage: string; reprocess: string };
const free = {} as Record<Role, ApiClient>;
const limited = {} as Record<Role, ApiClient>;

const record = (id: string, account: string) => ({
  Date: '2026-04-16T14:32:00Z',
  OriginatingIdentifier: account,
  UdrUsageIdentifier: `${SECRET}-${id}`,
  Value: 1250,
  UsageClassName: 'API Requests',
  UsageClassTypeName: 'Requests',
});

beforeAll(async () => {
  server = await startServer();
  const { api } = server;
  const { profile, usageKey } = await api.get('/api/v1/feeds/usageJson');
  await api.post('/api/v1/feeds', { name: OTHER, apiName: OTHER, format: 'records', profile, usageKey });
  const { trackingId } = await api.importUsage(OTHER, [record('a', 'acct-100045'), record('b', SECRET)]);
  const history = await api.get('/api/v10/DataImport/Usage/History');
  const reason = 'to have one';
  const selection = { trackingIds: [trackingId] };
  const { reprocessId } = await api.post('/api/v1/admin/reprocess', { selection, mode: 'all', reason });
  other = {
    trackingId,
    identity: history.pagedResults.items[0].identity,
    exception: (await api.list('/api/v1/exceptions', { trackingId }))[0].id,
    usage: (await api.list('/api/v1/usage', { trackingId }))[0].id,
    reprocess: reprocessId,
  };
  for (const role of ROLES) {
    const client = async (feeds?: string[]) =>
      api.as((await api.post('/api/v1/admin/keys', { name: role, role, feeds })).key);
    free[role] = await client();
    limited[role] = await client([OWN]);
  }
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(PROJECT_DIR, 'test/support/list-routes.mjs')],
    {
      cwd: PROJECT_DIR,
      env: {
        PATH: process.env.PATH,
        DATABASE_URL: server.database.url,
        REDIS_URL: redisOf(server.database),
        FEEDMILL_QUEUE_PREFIX: server.database.name,
      },
    },
  );
  ({ table, handlers } = JSON.parse(stdout) as { table: typeof table; handlers: Handler[] });
});
afterAll(() => server?.stop());

/** Nothing of that name exists, so an allowed call ends in a 4xx of its own. */
const nowhere = (path: string) => path.replaceAll(/:\w+/g, 'nothere');
const closed = () => handlers.filter(({ policy }) => policy !== 'public');
const mayCall = ({ policy }: Handler, role: Role) => role === 'admin' || policy!.includes(role);

describe('every route', () => {
  it('is one of those that say who may call them, or the queue board', () => {
    expect(handlers.length).toBeGreaterThan(60);
    const known = new Set(handlers.flatMap(({ method, paths }) => paths.map((path) => `${method} ${path}`)));
    const served = table
      .filter(({ method, url }) => !['HEAD', 'OPTIONS'].includes(method) && !/^\/admin\/queues\b/.test(url))
      .map(({ method, url }) => `${method} ${url}`);
    expect(served.filter((route) => !known.has(route))).toEqual([]);
    expect([...known].filter((route) => !served.includes(route))).toEqual([]);
  });

  it('is for the roles that the table of this test has', () => {
    for (const { handler, method, paths, policy } of handlers) {
      for (const path of paths) {
        const [, roles] = MAY.find(([route]) => new RegExp(`^${route}$`).test(`${method} ${path}`)) ?? [];
        const actual = Array.isArray(policy) ? [...new Set([...policy, 'admin'])].sort() : policy;
        const expected = Array.isArray(roles) ? [...roles].sort() : roles;
        expect({ handler, path, roles: actual }).toEqual({ handler, path, roles: expected });
      }
    }
  });

  it('is closed without a key, the queue board too', async () => {
    for (const { method, paths } of closed()) {
      const path = nowhere(paths[0]!);
      const { status } = await server.api.as(null).request(method, path);
      expect({ method, path, status }).toEqual({ method, path, status: 401 });
    }
    const pages = table.filter(({ method, url }) => method === 'GET' && /^\/admin\/queues\b/.test(url));
    expect(pages.length).toBeGreaterThan(0);
    for (const { url } of pages) {
      const statusFor = async (client: ApiClient) => (await client.request('GET', nowhere(url))).status;
      expect([url, await statusFor(server.api.as(null))]).toEqual([url, 401]);
      for (const role of ROLES) {
        if (role !== 'admin') expect([url, role, await statusFor(free[role])]).toEqual([url, role, 403]);
        expect([url, role, await statusFor(limited[role])]).toEqual([url, role, 403]);
      }
    }
  });

  it('takes the roles that it names, and nobody else', async () => {
    for (const route of closed()) {
      for (const role of ROLES) {
        const isMaskedAway = role === 'viewer' && route.handler === 'ImportsController.getSource';
        const { status } = await free[role].request(route.method, nowhere(route.paths[0]!));
        const { handler } = route;
        expect({ handler, role, isForbidden: status === 403 }).toEqual({
          handler,
          role,
          isForbidden: isMaskedAway || !mayCall(route, role),
        });
        expect([handler, role, status < 500]).toEqual([handler, role, true]);
      }
    }
  });

  it('refuses parameters that it does not know, where it reads', async () => {
    // Scrapers of /metrics may send parameters of their own.
    const reading = closed().filter(({ method, paths }) => method === 'GET' && paths[0] !== '/metrics');
    expect(reading.length).toBeGreaterThan(30);
    const accepting: string[] = [];
    for (const { handler, paths } of reading) {
      const { status, body } = await server.api.request('GET', `${nowhere(paths[0]!)}?unknown=1`);
      const isRefused = status === 400 && /\bunknown\b.*is not known here/.test(JSON.stringify(body));
      if (!isRefused) accepting.push(`${handler} ${status}`);
    }
    expect(accepting).toEqual([]);
  });

  it('takes no form where it takes JSON', async () => {
    // Posts of usage say first that there is no such feed.
    const changing = closed().filter(
      ({ method, handler }) => method !== 'GET' && !/\.(accept|post)$/.test(handler),
    );
    expect(changing.length).toBeGreaterThan(20);
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    for (const { handler, method, paths } of changing) {
      const { status, body } = await server.api.request(method, nowhere(paths[0]!), 'reason=x', { headers });
      expect([handler, status, body.code]).toEqual([handler, 415, 'unsupported_media_type']);
    }
  });

  it('answers whatever is sent to it with less than a 500', async () => {
    for (const { handler, method, paths } of handlers.filter((route) => route.method !== 'GET')) {
      for (const body of [
        '',
        '{',
        'null',
        '[]',
        '5',
        '{"selection":5,"reason":[],"feeds":{}}',
        '{"__proto__":1}',
      ]) {
        const headers = { 'content-type': 'application/json' };
        const { status } = await server.api.request(method, nowhere(paths[0]!), body, { headers });
        expect([handler, body, status < 500]).toEqual([handler, body, true]);
      }
    }
  });
});

describe("the API's description", () => {
  interface Operation {
    readonly security?: readonly object[];
    readonly responses: Readonly<
      Record<string, { readonly content?: Readonly<Record<string, { readonly schema?: object }>> }>
    >;
  }
  let paths: Record<string, Record<string, Operation>>;
  const operations = () =>
    Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        route: `${method.toUpperCase()} ${path}`,
        operation,
      })),
    );
  const described = () =>
    handlers.flatMap(({ method, paths: [path], policy }) => {
      const operation = paths[path!.replaceAll(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()];
      return operation ? [{ method, path: path!, policy, operation }] : [];
    });

  beforeAll(async () => {
    ({ paths } = await server.api.get('/api/openapi.json'));
  });

  it('has every route but its own and those in the shape of LogiSense', () => {
    const known = new Set(described().map(({ method, path }) => `${method} ${path}`));
    const missing = handlers
      .map(({ method, paths: [path] }) => `${method} ${path}`)
      .filter((route) => !known.has(route));
    const left = /^GET \/api\/(openapi\.json|docs)|\/DataImport(History)?\/|\/Access\/Login$/;
    expect(missing.filter((route) => !left.test(route))).toEqual([]);
    expect(described()).toHaveLength(operations().length);
  });

  it('declares 401 and 403 of every route that needs a key, and only of those', () => {
    for (const { method, path, policy, operation } of described()) {
      const isOpen = policy === 'public';
      const declared = [401, 403].filter((status) => status in operation.responses);
      expect([method, path, declared]).toEqual([method, path, isOpen ? [] : [401, 403]]);
      expect([method, path, operation.security]).toEqual([method, path, isOpen ? [] : undefined]);
    }
  });

  it('has a schema of every answer, and 201 only where something is created by it', () => {
    const created: string[] = [];
    for (const { route, operation } of operations()) {
      for (const [status, { content }] of Object.entries(operation.responses)) {
        if (status === '204') continue;
        const schemas = Object.values(content ?? {}).map(({ schema }) => Object.keys(schema ?? {}).length);
        expect([route, status, schemas.length > 0, schemas.includes(0)]).toEqual([
          route,
          status,
          true,
          false,
        ]);
        const isBare = JSON.stringify(content).includes('"schema":{"type":"object"}');
        expect([route, status, isBare]).toEqual([route, status, false]);
        if (status === '201') created.push(route);
      }
    }
    expect(created.sort()).toEqual([
      'POST /api/v1/admin/keys',
      'POST /api/v1/feeds',
      'POST /api/v1/profiles',
      'POST /api/v1/profiles/{name}/versions',
    ]);
  });

  it('declares the statuses that come', async () => {
    const other = (type: string) => ({ headers: { 'content-type': type } });
    for (const { method, path, policy, operation } of described()) {
      if (policy === 'public') continue;
      const ask = (client: ApiClient, query = '', body?: string | object, options = {}) =>
        client.request(method, `${nowhere(path)}${query}`, body, options);
      const answers = [await ask(server.api.as(null)), await ask(server.api), await ask(limited.viewer)];
      if (method === 'GET') answers.push(await ask(server.api, '?unknown=1'));
      else if (method !== 'DELETE' || 'requestBody' in operation) {
        answers.push(await ask(server.api, '', '{'), await ask(server.api, '', { unknown: 1 }));
        answers.push(await ask(server.api, '', 'x', other('image/png')));
      }
      for (const { status, body } of answers) {
        const isDeclared = String(status) in operation.responses;
        expect([method, path, status, body.code, isDeclared]).toEqual([
          method,
          path,
          status,
          body.code,
          true,
        ]);
      }
    }
  });

  it('declares the statuses of posting usage', async () => {
    const sent = record('described', 'acct-100045');
    const rows = { headers: { 'content-type': 'text/csv' } };
    const post = async (body: string | object, options = {}, client = free.integrator, feed = OTHER) =>
      (await client.postUsage(feed, body, options)).status;
    const key = { headers: { 'idempotency-key': 'described' } };
    const come = [
      await post(sent, { query: { dryRun: true } }),
      await post(sent, key),
      await post(''),
      await post(sent, {}, server.api.as(null)),
      await post(sent, {}, limited.integrator),
      await post(sent, {}, free.integrator, 'nothere'),
      await post(Array<object>(1001).fill(sent)),
      await post('a,b', rows),
      await post({ ...sent, Value: 1 }, key),
    ];
    expect(come).toEqual([200, 202, 400, 401, 403, 404, 413, 415, 422]);
    const declared = Object.keys(paths['/api/v1/feeds/{feed}/usage']!.post!.responses).map(Number);
    // Of the rest, `ingest-refusals` and `ingest-pressure` have the requests.
    expect(declared).toEqual([...come, 409, 429, 503].sort((a, b) => a - b));
  });
});

describe('a route that corrects or administers', () => {
  it('refuses parameters and members that it does not know', async () => {
    const changing = handlers.filter(
      ({ method, paths }) =>
        method !== 'GET' && /^\/api\/v1\/(admin|exceptions|periods|usage)(\/|$)/.test(paths[0]!),
    );
    expect(changing.length).toBeGreaterThan(12);
    for (const { handler, method, paths } of changing) {
      const path = nowhere(paths[0]!);
      const asked = await server.api.request(method, `${path}?nonsense=1`, {});
      expect([handler, asked.status, asked.body.code]).toEqual([handler, 400, 'invalid_parameter']);
      const sent = await server.api.request(method, path, { nonsense: 1 });
      expect([handler, sent.status]).toEqual([handler, 422]);
      expect(sent.body.errors).toContainEqual(
        expect.objectContaining({ pointer: '/nonsense', code: 'unknown_key' }),
      );
    }
  });

  it('takes no blank reason', async () => {
    for (const route of [
      'admin/reprocess',
      'admin/imports/nothere/revert',
      'usage/nothere/void',
      'usage/nothere/amend',
      'exceptions/discard',
      'exceptions/reopen',
      'exceptions/resolve',
      'periods/reopen',
    ]) {
      for (const reason of ['', ' \t', '\u200b', 5, 'x'.repeat(1001)]) {
        const { status, body } = await server.api.request('POST', `/api/v1/${route}`, { reason });
        const ofReason = body.errors.filter(({ pointer }: { pointer: string }) => pointer === '/reason');
        expect([route, reason, status, ofReason]).toEqual([
          route,
          reason,
          422,
          [{ pointer: '/reason', code: 'invalid_value', message: expect.stringMatching(/^reason must /) }],
        ]);
      }
    }
  });
});

describe('a key of another feed', () => {
  const valueOf = (path: string, name: string): string => {
    const values: Record<string, string> = {
      feed: OTHER,
      trackingId: other.trackingId,
      reprocessId: other.reprocess,
      index: '0',
      revision: '0',
      name: 'nothere',
      version: '1',
      asset: 'nothere',
    };
    if (name in values) return values[name]!;
    if (/DataImport/.test(path)) return other.identity;
    if (/^\/api\/v1\/exceptions/.test(path)) return other.exception;
    if (/^\/api\/v1\/usage/.test(path)) return other.usage;
    if (/^\/api\/v1\/admin\/keys/.test(path)) return 'nothere';
    throw new Error(`This test does not know what :${name} of ${path} is`);
  };
  const isOfTheOther = (path: string) =>
    /:(feed|trackingId|reprocessId)\b|\/(exceptions|usage|History|DataImportHistory)\/:id\b/.test(path);

  /** What is sent to routes that change something; those without an id name the other feed here. */
  const bodyOf = (route: string): object | undefined => {
    const selection = { trackingIds: [other.trackingId] };
    const reason = 'not mine';
    const bodies: Record<string, object> = {
      'PATCH /api/v1/exceptions/:id': { raw: {}, note: reason },
      'POST /api/v1/exceptions/discard': { selection, reason },
      'POST /api/v1/exceptions/reopen': { selection, reason },
      'POST /api/v1/exceptions/correct': { selection, patch: '$', note: reason },
      'POST /api/v1/exceptions/resolve': { selection, resolution: 'replace', reason },
      'POST /api/v1/usage/:id/void': { reason },
      'POST /api/v1/usage/:id/amend': { raw: {}, reason },
      'POST /api/v1/admin/imports/:trackingId/revert': { reason },
      'POST /api/v1/admin/reprocess': { selection, mode: 'all', reason },
      'POST /api/v1/periods/close': { until: '2020-01-01', feeds: [OTHER] },
      'POST /api/v1/periods/reopen': { from: '2020-01-01', feeds: [OTHER], reason },
      'PATCH /api/v1/feeds/:feed': { description: reason },
      'PUT /api/v1/feeds/:feed/usage-keys': { usageKeys: ['a'] },
      'POST /api/v1/profiles/:name/preview': { feed: OTHER, records: [record('d', SECRET)] },
      'POST /api/v1/feeds/:feed/usage': record('c', 'acct-100045'),
    };
    return bodies[route];
  };
  const toPath = (path: string) => path.replaceAll(/:(\w+)/g, (_, name: string) => valueOf(path, name));

  it('is refused what is of that feed, on every route and in every role', async () => {
    const state = async () => [
      await server.api.list('/api/v1/imports', { feed: OTHER }),
      await server.api.list('/api/v1/usage', { feed: OTHER }),
      await server.api.list('/api/v1/exceptions', { feed: OTHER }),
      await server.api.get(`/api/v1/feeds/${OTHER}`),
    ];
    const before = await state();
    for (const route of closed()) {
      const { method, isOfAllFeeds } = route;
      const path = route.paths[0]!;
      const body = bodyOf(`${method} ${path}`);
      const isNamed = isOfAllFeeds || isOfTheOther(path) || body !== undefined;
      for (const role of ROLES) {
        const client = limited[role];
        const { status, body: answer } = await client.request(method, toPath(path), body);
        const told = { route: `${method} ${path}`, role };
        const isRefused = isNamed || !mayCall(route, role);
        expect({ ...told, isForbidden: status === 403 }).toEqual({ ...told, isForbidden: isRefused });
        expect([told, status < 500]).toEqual([told, true]);
        const answers = [answer];
        if (method === 'GET' && !isRefused) {
          const named = await client.request('GET', toPath(path), undefined, { query: { feed: OTHER } });
          expect([told, named.status < 500]).toEqual([told, true]);
          answers.push(named.body);
        }
        for (const secret of [SECRET, other.trackingId]) {
          if (JSON.stringify(answers).includes(secret))
            throw new Error(`${told.route} tells ${role} of ${secret}: ${JSON.stringify(answers)}`);
        }
      }
    }
    expect(await state()).toEqual(before);
  });
});
