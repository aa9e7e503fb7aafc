import { type ApiClient, type TestServer, startServer } from '../support/index.js';
import { type FeedIds, type Key, Ledger, type StoredImport } from './reading/ledger.js';

const RAW = '{"id":"k2","Value":9007199254740993.10,"OriginatingIdentifier":"4038675310"}';
const UNKNOWN_ID = '0192f000-0000-7000-8000-000000000000';

describe('reading what became of usage', () => {
  let server: TestServer;
  let ledger: Ledger;
  let admin: ApiClient;
  let alpha: FeedIds;
  let beta: FeedIds;
  let keys: Record<'viewer' | 'sender' | 'other' | 'ofBeta', Key>;
  let first: StoredImport;
  let second: StoredImport;
  let running: StoredImport;
  let ofBeta: StoredImport;

  const as = (key: Key) => admin.as(key.text);
  const refusal = async (client: ApiClient, path: string) => {
    const { status, body } = await client.request('GET', path);
    return [status, body.code];
  };

  beforeAll(async () => {
    // Role api: nothing mediates, so rows stay as they are written here.
    server = await startServer({ role: 'api', configDir: null });
    admin = server.api;
    ledger = await Ledger.open(server.database.url);
    alpha = await ledger.feed('alpha');
    beta = await ledger.feed('beta');
    keys = {
      viewer: await ledger.key('a viewer', 'viewer'),
      sender: await ledger.key('the sender', 'integrator'),
      other: await ledger.key('another sender', 'integrator'),
      ofBeta: await ledger.key('beta only', 'operator', [beta]),
    };
    const plan = await ledger.insert('rate_plan', { name: 'retail', currency: 'USD' });
    const rate = await ledger.insert('rate', {
      plan_id: plan.id,
      usage_class: 'API Requests',
      unit_price: '0.0004',
      created_version: 1,
    });
    const identifier = await ledger.insert('identifier', {
      type: 'Telephone',
      value: '4038675309',
      account_id: 'acct-1',
      service_id: 'svc-1',
      created_version: 1,
    });
    const rated = {
      rate_id: rate.id,
      identifier_id: identifier.id,
      resolved_field: 'originatingIdentifier',
      date: '2026-03-01T23:30:00.010Z',
      time_zone: 'Europe/Berlin',
      flags: 1 | 4,
      value: '1250.000',
      quantity: '1250',
      unit_price: '0.000400',
      amount: '0.50',
      currency: 'USD',
      identifier_type: 'Unknown',
      originating_identifier: '4038675309',
      usage_identifier: 'evt-20260416-00012345',
      usage_class: 'API Requests',
      primary_data_row: 1,
      account_id: 'acct-1',
      service_id: 'svc-1',
      extensions: '{"n":12345678901234567890.123,"region":"us"}',
    };
    first = await ledger.import(
      alpha,
      [
        { letter: 'i', key: 'k0', row: rated },
        { letter: 's', key: 'k1', reason: 'zero_value' },
        {
          letter: 'e',
          key: 'k2',
          row: {
            raw: RAW,
            record: '{"originatingIdentifier":"4038675310","value":"9007199254740993.1"}',
            details: '{"n":1}',
          },
        },
        {
          letter: 'e',
          key: 'k3',
          row: {
            code: 'rate_not_found',
            stage: 'rate',
            step: 'rate-usage',
            fingerprint: Buffer.alloc(16, 2),
            message: 'no rate of "retail"',
            raw: '"a,b"',
          },
        },
      ],
      {
        keyId: keys.sender.id,
        source: 'calls.csv',
        submittedAt: '2026-02-01T00:00:00Z',
        body: '[{"id":"k0"}]\n',
      },
    );
    second = await ledger.import(alpha, [
      { letter: 'd', key: 'k0', duplicateOf: { importId: first.id, index: 0 } },
      { letter: 'i', key: 'k4', row: { account_id: 'acct-1', date: '2026-03-02T00:00:00Z' } },
      { letter: 'i', key: 'k5', row: { account_id: 'acct-1', date: '2026-02-02T00:00:00Z' } },
    ]);
    await ledger.reverse(second, 2);
    await ledger.settle(first, 3, 'superseded', second);
    running = await ledger.import(alpha, [
      { letter: 'i', key: 'k6' },
      { letter: 'p', key: 'k7' },
    ]);
    ofBeta = await ledger.import(beta, [{ letter: 'i', key: 'k0' }], { keyId: keys.other.id });
  });

  afterAll(async () => {
    await ledger?.close();
    await server?.stop();
  });

  describe('history', () => {
    it('shows an import whole', async () => {
      const answer = await admin.get(`/api/v1/imports/${first.trackingId}`);
      expect(answer).toEqual({
        trackingId: first.trackingId,
        feed: { id: alpha.id, name: 'Feed alpha', apiName: 'alpha' },
        profile: { name: 'profile of alpha', version: 3 },
        source: 'calls.csv',
        channel: 'api',
        status: 'completed',
        submittedAt: '2026-02-01T00:00:00Z',
        startedAt: '2026-03-01T00:00:01Z',
        endedAt: '2026-03-01T00:00:02.5Z',
        submittedBy: 'the sender',
        operation: null,
        reason: null,
        counts: { total: 4, imported: 1, exception: 2, skipped: 1, duplicate: 0, pending: 0 },
        reasons: { skipped: { zero_value: 1 }, exception: { identifier_not_found: 1, rate_not_found: 1 } },
        now: { live: 1, openExceptions: 1, superseded: 1, discarded: 0, reverted: 0, other: 1 },
        expired: { bodies: null, exceptions: null, usage: null },
        usageCount: 1,
        reprocessOf: null,
        revertedBy: null,
        error: null,
        links: expect.objectContaining({ import: `/api/v1/imports/${first.trackingId}` }),
      });
      const later = await admin.get(`/api/v1/imports/${second.trackingId}`);
      expect(later.now).toMatchObject({ live: 1, reverted: 1 });
    });

    it('adds up while an import runs', async () => {
      const answer = await admin.get(`/api/v1/imports/${running.trackingId}`);
      expect(answer).toMatchObject({ status: 'processing', endedAt: null, usageCount: 1 });
      expect(answer.counts).toEqual({
        total: 2,
        imported: 1,
        exception: 0,
        skipped: 0,
        duplicate: 0,
        pending: 1,
      });
      const untouched = await ledger.import(alpha, [{ letter: 'p', key: 'k8' }], { source: 'untouched' });
      expect(await admin.get(`/api/v1/imports/${untouched.trackingId}`)).toMatchObject({
        status: 'queued',
        startedAt: null,
        counts: { total: 1, pending: 1 },
      });
    });

    it('lists imports newest first, page by page, as they are shown one by one', async () => {
      const all = await admin.list('/api/v1/imports');
      const single = await admin.list('/api/v1/imports', { limit: 1 });
      expect(single).toEqual(all);
      const ids = all.map((i) => i.trackingId);
      expect(ids.indexOf(ofBeta.trackingId)).toBeLessThan(ids.indexOf(first.trackingId));
      expect(all.find((i) => i.trackingId === first.trackingId)).toEqual(
        await admin.get(`/api/v1/imports/${first.trackingId}`),
      );
    });

    it.each([
      ['feed by API name', { feed: 'beta' }, ['ofBeta']],
      ['source', { source: 'calls.csv' }, ['first']],
      ['key', { submittedBy: 'the sender' }, ['first']],
      ['status processing', { status: 'processing' }, ['running']],
      ['status queued', { status: 'queued', source: 'x' }, []],
      ['submission', { from: '2026-02-01', to: '2026-02-01T00:00:00.001Z' }, ['first']],
      ['the end of a range, excluded', { to: '2026-02-01' }, []],
      ['channel', { channel: 'revert' }, []],
    ])('filters by %s', async (_, query, expected) => {
      const named: Record<string, StoredImport> = { first, second, running, ofBeta };
      const items = await admin.list('/api/v1/imports', query as unknown as Record<string, string>);
      expect(items.map((i) => i.trackingId)).toEqual(expected.map((name) => named[name]!.trackingId));
    });

    it('gives every record its verdict', async () => {
      const none = { usageIds: [], exceptionId: null, reason: null, duplicateOf: null, of: null };
      const path = (of: StoredImport) => `/api/v1/imports/${of.trackingId}/records`;
      expect(await admin.list(path(first), { limit: 2 })).toEqual([
        { ...none, index: 0, verdict: 'imported', usageKey: 'k0', usageIds: [`u${first.id}-0-0-1`] },
        { ...none, index: 1, verdict: 'skipped', usageKey: 'k1', reason: 'zero_value' },
        { ...none, index: 2, verdict: 'exception', usageKey: 'k2', exceptionId: `e${first.id}-2` },
        { ...none, index: 3, verdict: 'exception', usageKey: 'k3', exceptionId: `e${first.id}-3` },
      ]);
      expect(await admin.list(path(second), { verdict: 'duplicate' })).toEqual([
        {
          ...none,
          index: 0,
          verdict: 'duplicate',
          usageKey: 'k0',
          duplicateOf: { trackingId: first.trackingId, index: 0 },
        },
      ]);
      expect(await admin.list(path(running), { verdict: 'pending' })).toEqual([
        { ...none, index: 1, verdict: 'pending', usageKey: null },
      ]);
      expect(await admin.get(`${path(first)}/1`)).toEqual({
        trackingId: first.trackingId,
        index: 1,
        verdicts: [
          {
            ...none,
            index: 1,
            verdict: 'skipped',
            usageKey: 'k1',
            reason: 'zero_value',
            trackingId: first.trackingId,
            decidedAt: '2026-03-01T00:00:02Z',
            correction: null,
          },
        ],
        takenBackBy: [],
        now: { liveUsageIds: [], exception: null },
      });
    });

    it('says where a record stands today, whoever moved it', async () => {
      const nowOf = async ({ trackingId }: StoredImport, index: number) =>
        (await admin.get(`/api/v1/imports/${trackingId}/records/${index}`)).now;
      expect(await nowOf(first, 0)).toEqual({ liveUsageIds: [`u${first.id}-0-0-1`], exception: null });
      expect(await nowOf(second, 2)).toEqual({ liveUsageIds: [], exception: null });
      const id = (index: number) => `e${first.id}-${index}`;
      expect(await nowOf(first, 2)).toEqual({
        liveUsageIds: [],
        exception: { id: id(2), status: 'open', resolvedBy: null, changed: null },
      });
      expect(await nowOf(first, 3)).toEqual({
        liveUsageIds: [],
        exception: {
          id: id(3),
          status: 'superseded',
          resolvedBy: second.trackingId,
          changed: { at: expect.stringMatching(/Z$/), by: null, reason: null },
        },
      });
    });

    it('gives the body back as it was sent', async () => {
      const { status, headers, body } = await admin.request(
        'GET',
        `/api/v1/imports/${first.trackingId}/source`,
      );
      expect([status, body]).toEqual([200, [{ id: 'k0' }]]);
      expect(headers.get('content-type')).toBe('application/json');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('content-disposition')).toBe(`attachment; filename="${first.trackingId}.json"`);
    });

    it('shows an integrator what its own key sent, and a key of one feed that feed', async () => {
      const sent = await as(keys.sender).list('/api/v1/imports');
      expect(sent.map((i) => i.trackingId)).toEqual([first.trackingId]);
      expect(await refusal(as(keys.other), `/api/v1/imports/${first.trackingId}`)).toEqual([
        403,
        'forbidden',
      ]);
      expect(await refusal(as(keys.other), `/api/v1/imports/${first.trackingId}/records`)).toEqual([
        403,
        'forbidden',
      ]);
      expect(await refusal(as(keys.other), `/api/v1/imports/${first.trackingId}/source`)).toEqual([
        403,
        'forbidden',
      ]);
      const ofOneFeed = await as(keys.ofBeta).list('/api/v1/imports');
      expect(ofOneFeed.map((i) => i.trackingId)).toEqual([ofBeta.trackingId]);
      expect(await refusal(as(keys.ofBeta), '/api/v1/imports?feed=alpha')).toEqual([403, 'forbidden']);
      expect(await refusal(as(keys.ofBeta), `/api/v1/imports/${first.trackingId}`)).toEqual([
        403,
        'forbidden',
      ]);
    });

    it('refuses a viewer the body, and masks keys', async () => {
      expect(await refusal(as(keys.viewer), `/api/v1/imports/${first.trackingId}/source`)).toEqual([
        403,
        'forbidden',
      ]);
      const [record] = await as(keys.viewer).list(`/api/v1/imports/${first.trackingId}/records`);
      expect(record.usageKey).toBe('***');
    });
  });

  describe('usage', () => {
    it('shows an entry whole', async () => {
      const { body } = await admin.request<string>('GET', `/api/v1/usage/u${first.id}-0-0-1`);
      expect(body).toEqual({
        id: `u${first.id}-0-0-1`,
        trackingId: first.trackingId,
        index: 0,
        part: 0,
        producedBy: first.trackingId,
        feed: { id: alpha.id, name: 'Feed alpha', apiName: 'alpha' },
        profile: { name: 'profile of alpha', version: 3 },
        kind: 'usage',
        live: true,
        mode: 'live',
        reverses: null,
        postedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        late: true,
        date: '2026-03-01T23:30:00.01Z',
        timeZone: 'Europe/Berlin',
        localDate: '2026-03-02',
        usageKey: 'k0',
        identifierType: 'Unknown',
        originatingIdentifier: '4038675309',
        terminatingIdentifier: null,
        usageIdentifier: 'evt-20260416-00012345',
        value: '1250',
        usageClass: 'API Requests',
        usageClassType: null,
        inbound: true,
        reverseRating: false,
        primaryDataRow: 1,
        extensions: expect.objectContaining({ region: 'us' }),
        resolvedIdentifier: { field: 'originatingIdentifier', type: 'Telephone', value: '4038675309' },
        accountId: 'acct-1',
        serviceId: 'svc-1',
        rating: {
          source: 'rated',
          plan: 'retail',
          rateId: expect.any(String),
          quantity: '1250',
          unitPrice: '0.0004',
          amount: '0.5',
          currency: 'USD',
        },
        cost: null,
      });
    });

    it('keeps long numbers of extensions as they were sent', async () => {
      const response = await fetch(`${server.url}/api/v1/usage/u${first.id}-0-0-1`, {
        headers: { authorization: `Bearer ${admin.key}` },
      });
      expect(await response.text()).toContain('12345678901234567890.123');
    });

    it('derives what is live from reversals', async () => {
      const reversed = await admin.get(`/api/v1/usage/u${second.id}-2-0-1`);
      expect(reversed.live).toBe(false);
      const reversal = await admin.get(`/api/v1/usage/r${second.id}-2-0-1`);
      expect(reversal).toMatchObject({
        kind: 'reversal',
        live: false,
        reverses: reversed.id,
        value: '-1250',
      });
      const query = { trackingId: second.trackingId };
      const ids = async (live?: boolean) =>
        (await admin.list('/api/v1/usage', { ...query, live })).map((u) => u.id);
      expect(await ids()).toEqual([reversal.id, reversed.id, `u${second.id}-1-0-1`]);
      expect(await ids(true)).toEqual([`u${second.id}-1-0-1`]);
      expect(await ids(false)).toEqual([reversal.id, reversed.id]);
    });

    it('lists the usage of an account by date, page by page', async () => {
      const ids = (items: { id: string }[]) => items.map((u) => u.id);
      const expected = [
        `u${second.id}-1-0-1`,
        `u${first.id}-0-0-1`,
        `r${second.id}-2-0-1`,
        `u${second.id}-2-0-1`,
      ];
      expect(ids(await admin.list('/api/v1/usage', { account: 'acct-1', limit: 1 }))).toEqual(expected);
      const march = { account: 'acct-1', from: '2026-03-01', to: '2026-03-02' };
      expect(ids(await admin.list('/api/v1/usage', march))).toEqual([`u${first.id}-0-0-1`]);
    });

    it('finds usage by key, in every scope or that of a feed', async () => {
      const ids = async (query: Record<string, string>) =>
        (await admin.list('/api/v1/usage', query)).map((u) => u.id);
      expect(await ids({ usageKey: 'k0' })).toEqual([`u${ofBeta.id}-0-0-1`, `u${first.id}-0-0-1`]);
      expect(await ids({ usageKey: 'k0', feed: 'beta' })).toEqual([`u${ofBeta.id}-0-0-1`]);
      expect(await ids({ usageKey: 'K0' })).toEqual([]);
      expect(await ids({ usageIdentifier: 'evt-20260416-00012345' })).toEqual([`u${first.id}-0-0-1`]);
      expect(await ids({ feed: String(beta.id) })).toEqual([`u${ofBeta.id}-0-0-1`]);
    });

    it('pages through the whole ledger without losing or repeating an entry', async () => {
      const all = await admin.list('/api/v1/usage');
      expect(await admin.list('/api/v1/usage', { limit: 1 })).toEqual(all);
      expect(await admin.list('/api/v1/usage', { limit: 2, feed: 'alpha' })).toEqual(
        all.filter((u) => u.feed.apiName === 'alpha'),
      );
    });

    it('is not for integrators, of one feed for its keys, and masked for viewers', async () => {
      expect(await refusal(as(keys.sender), '/api/v1/usage')).toEqual([403, 'forbidden']);
      expect(await refusal(as(keys.ofBeta), `/api/v1/usage/u${first.id}-0-0-1`)).toEqual([403, 'forbidden']);
      const ofOneFeed = await as(keys.ofBeta).list('/api/v1/usage');
      expect(ofOneFeed.map((u) => u.id)).toEqual([`u${ofBeta.id}-0-0-1`]);
      expect(await as(keys.ofBeta).list('/api/v1/usage', { account: 'acct-1' })).toEqual([]);
      expect(await as(keys.viewer).get(`/api/v1/usage/u${first.id}-0-0-1`)).toMatchObject({
        usageKey: '***',
        originatingIdentifier: '***5309',
        usageIdentifier: '***2345',
        resolvedIdentifier: { value: '***5309' },
        extensions: { n: '***', region: '***' },
        accountId: 'acct-1',
      });
    });
  });

  describe('exceptions', () => {
    it('shows an exception whole, with what was sent as it was sent', async () => {
      const path = `/api/v1/exceptions/e${first.id}-2`;
      expect(await admin.get(path)).toEqual({
        id: `e${first.id}-2`,
        trackingId: first.trackingId,
        index: 2,
        feed: { id: alpha.id, name: 'Feed alpha', apiName: 'alpha' },
        stage: 'resolve',
        step: 'resolve-identifier',
        code: 'identifier_not_found',
        field: 'originatingIdentifier',
        message: 'nobody owned "4038675310"',
        details: { n: 1 },
        raw: expect.objectContaining({ id: 'k2' }),
        corrected: null,
        record: { originatingIdentifier: '4038675310', value: '9007199254740993.1' },
        usageKey: 'k2',
        status: 'open',
        revision: 0,
        createdAt: expect.stringMatching(/Z$/),
        fingerprint: '01'.repeat(16),
        resolvedBy: null,
        changed: null,
      });
      const text = await fetch(server.url + path, { headers: { authorization: `Bearer ${admin.key}` } });
      expect(await text.text()).toContain(`"raw":${RAW}`);
      const row = await admin.get(`/api/v1/exceptions/e${first.id}-3`);
      expect(row).toMatchObject({
        raw: 'a,b',
        record: null,
        status: 'superseded',
        revision: 0,
        resolvedBy: second.trackingId,
      });
    });

    it.each([
      [{ feed: 'alpha' }, [3, 2]],
      [{ feed: 'beta' }, []],
      [{ status: 'open' }, [2]],
      [{ stage: 'rate' }, [3]],
      [{ code: 'identifier_not_found' }, [2]],
      [{ step: 'rate-usage' }, [3]],
      [{ field: 'originatingIdentifier', status: 'superseded' }, [3]],
      [{ identifier: '4038675310' }, [2]],
      [{ identifier: '403867531' }, []],
      [{ usageKey: 'k3' }, [3]],
      [{ q: 'NOBODY OWNED' }, [2]],
      [{ q: '%' }, []],
      [{ fingerprint: '02'.repeat(16) }, [3]],
      [{ from: '2100-01-01' }, []],
    ])('filters by %j', async (query, expected) => {
      const items = await admin.list('/api/v1/exceptions', { limit: 1, ...query } as unknown as Record<
        string,
        string
      >);
      expect(items.map((e) => e.index)).toEqual(expected);
      const ofImport = await admin.list('/api/v1/exceptions', {
        trackingId: first.trackingId,
        ...query,
      } as unknown as Record<string, string>);
      expect(ofImport).toEqual(items);
    });

    it('counts them by cause', async () => {
      const groups = await admin.list('/api/v1/exceptions/groups', { limit: 1 });
      expect(groups.map((g) => [g.code, g.count, g.sample.id])).toEqual([
        ['rate_not_found', 1, `e${first.id}-3`],
        ['identifier_not_found', 1, `e${first.id}-2`],
      ]);
      expect(await admin.list('/api/v1/exceptions/groups', { status: 'open' })).toHaveLength(1);
    });

    it('shows integrators their own, and viewers nothing that was sent', async () => {
      expect(await as(keys.sender).list('/api/v1/exceptions')).toHaveLength(2);
      expect(await as(keys.other).list('/api/v1/exceptions')).toEqual([]);
      expect(await as(keys.other).list('/api/v1/exceptions/groups')).toEqual([]);
      expect(await refusal(as(keys.other), `/api/v1/exceptions/e${first.id}-2`)).toEqual([403, 'forbidden']);
      expect(await refusal(as(keys.ofBeta), `/api/v1/exceptions/e${first.id}-2`)).toEqual([403, 'forbidden']);
      expect(await refusal(as(keys.viewer), '/api/v1/exceptions?q=403867')).toEqual([403, 'forbidden']);
      const masked = await as(keys.viewer).get(`/api/v1/exceptions/e${first.id}-2`);
      expect(JSON.stringify(masked)).not.toContain('40386753');
      expect(masked).toMatchObject({
        message: 'nobody owned "***5310"',
        raw: { id: '***', Value: '***', OriginatingIdentifier: '***5310' },
        record: { originatingIdentifier: '***5310', value: '9007199254740993.1' },
      });
    });
  });

  it('answers 404 to what there is not, and to what is no id', async () => {
    const paths = [
      `imports/${UNKNOWN_ID}`,
      'imports/17',
      `imports/${UNKNOWN_ID}/records`,
      `imports/${first.trackingId}/records/4`,
      `imports/${first.trackingId}/records/x`,
      `imports/${first.trackingId}/records/99999999999`,
      `imports/${UNKNOWN_ID}/source`,
      'usage/u1',
      'usage/u99999999-0-0-1',
      `usage/u${first.id}-0-0-1%00`,
      'exceptions/1',
      'exceptions/e99999999-0',
      "exceptions/e1-0'--",
    ];
    for (const path of paths)
      expect([path, ...(await refusal(admin, `/api/v1/${path}`))]).toEqual([path, 404, 'not_found']);
  });

  it('answers 400 to parameters that are unknown or bad', async () => {
    const lists = [
      'imports',
      `imports/${first.trackingId}/records`,
      'usage',
      'exceptions',
      'exceptions/groups',
    ];
    const bad = [
      'limit=-1',
      'limit=1e9',
      'limit=',
      'cursor=x',
      'cursor=e30',
      'sort=x',
      'limit=1&limit=2',
      'limit[a]=1',
      '__proto__=1',
    ];
    const special = [
      'imports?status=done',
      'imports?feed=nope',
      'imports?feed=../1',
      'imports?from=yesterday',
      'imports?from=2026-13-01',
      'usage?live=1',
      'usage?trackingId=1',
      'usage?usageKey=a%00b',
      `usage?account=${'x'.repeat(1001)}`,
      'exceptions?stage=x',
      'exceptions?fingerprint=x',
      `imports/${first.trackingId}?x=1`,
      `usage/u${first.id}-0-0-1?x=1`,
    ];
    for (const path of [...lists.flatMap((list) => bad.map((query) => `${list}?${query}`)), ...special]) {
      expect([path, ...(await refusal(admin, `/api/v1/${path}`))]).toEqual([path, 400, 'invalid_parameter']);
    }
  });

  it('refuses the cursor of another list', async () => {
    const { nextCursor } = await admin.get('/api/v1/imports', { limit: 1 });
    expect(await refusal(admin, `/api/v1/usage?cursor=${nextCursor}`)).toEqual([400, 'invalid_parameter']);
  });

  it('counts what was discarded apart from what is open', async () => {
    const cleared = await ledger.import(beta, [
      { letter: 'e', key: 'k20' },
      { letter: 'e', key: 'k21' },
    ]);
    await ledger.settle(cleared, 1, 'discarded', cleared);
    expect(await admin.get(`/api/v1/imports/${cleared.trackingId}`)).toMatchObject({
      counts: { total: 2, exception: 2 },
      reasons: { skipped: {}, exception: { identifier_not_found: 2 } },
      now: { live: 0, openExceptions: 1, superseded: 0, discarded: 1, reverted: 0 },
    });
  });
});
