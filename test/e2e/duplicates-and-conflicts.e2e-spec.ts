import { startServer, type TestServer } from '../support/index.js';

const record = (key: string, more: object = {}) => ({
  Date: '2026-04-16T14:32:00Z',
  OriginatingIdentifier: 'acct-100045',
  UdrUsageIdentifier: key,
  Value: 1250,
  UsageClassName: 'API Requests',
  UsageClassTypeName: 'Requests',
  Extensions: { region: 'us-east-1', plan: 'growth' },
  ...more,
});

describe('what was sent before', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server.stop());

  const send = (...records: object[]) => server.api.importUsage('usageJson', { data: records });
  const liveOf = (usageKey: string) =>
    server.api.list('/api/v1/usage', { feed: 'usageJson', usageKey, live: true });
  const exceptionsOf = (usageKey: string) =>
    server.api.list('/api/v1/exceptions', { feed: 'usageJson', usageKey });

  it('is a duplicate, whatever the order of its members and the spelling of its numbers', async () => {
    await send(record('same'));
    const other =
      '{"Extensions":{"plan":"growth","region":"us-east-1"},"Value":1250.0,"UsageClassTypeName":"Requests",' +
      '"UdrUsageIdentifier":"same","UsageClassName":"API Requests","OriginatingIdentifier":"acct-100045","Date":"2026-04-16T14:32:00Z"}';
    expect((await server.api.importUsage('usageJson', other)).counts).toMatchObject({ duplicate: 1 });
    const exponent = other.replace('1250.0', '1.25e3');
    expect((await server.api.importUsage('usageJson', exponent)).counts).toMatchObject({ duplicate: 1 });
    const sameUsage = other.replace(
      '"Date":"2026-04-16T14:32:00Z"',
      '"DateTime":"2026-04-16T16:32:00+02:00"',
    );
    expect((await server.api.importUsage('usageJson', sameUsage)).counts).toMatchObject({ duplicate: 1 });
    expect(await liveOf('same')).toHaveLength(1);
  });

  it('is a duplicate as a whole batch', async () => {
    const batch = Array.from({ length: 300 }, (_, n) => record(`batch-${n}`, { Value: n }));
    expect((await send(...batch)).counts).toMatchObject({ imported: 299, skipped: 1 });
    expect((await send(...batch)).counts).toMatchObject({ duplicate: 299, skipped: 1, imported: 0 });
    expect((await send(...batch.reverse())).counts).toMatchObject({
      duplicate: 299,
      skipped: 1,
      imported: 0,
    });
  });

  it('is a conflict that shows both when its value has changed, and the ledger stays', async () => {
    await send(record('changed'));
    expect((await send(record('changed', { Value: 2500 }))).counts).toMatchObject({ exception: 1 });
    const [conflict] = await exceptionsOf('changed');
    expect(conflict).toMatchObject({
      code: 'usage_key_conflict',
      stage: 'store',
      status: 'open',
      usageKey: 'changed',
      record: { value: '2500', extensions: { region: 'us-east-1', plan: 'growth' } },
      details: {
        live: { usage: [{ value: '1250', amount: '0.5', currency: 'USD' }] },
        sent: { usage: [{ value: '2500', amount: '1', currency: 'USD' }] },
      },
    });
    // Which reference row has matched is no part of what is shown.
    expect(Object.keys(conflict.record.resolvedIdentifier).sort()).toEqual(['field', 'type', 'value']);
    expect(await liveOf('changed')).toMatchObject([{ value: '1250' }]);
    expect((await send(record('changed', { Value: 2500 }))).counts).toMatchObject({ duplicate: 1 });
  });

  it('is a conflict when it has changed to zero', async () => {
    await send(record('zeroed'));
    expect((await send(record('zeroed', { Value: 0 }))).counts).toMatchObject({ exception: 1, skipped: 0 });
    expect(await exceptionsOf('zeroed')).toMatchObject([
      {
        code: 'usage_key_conflict',
        details: { sent: { skipped: 'zero_value' } },
        record: { value: '0', extensions: { plan: 'growth' } },
      },
    ]);
    expect(await liveOf('zeroed')).toMatchObject([{ value: '1250' }]);
  });

  it('is a duplicate of its open exception while it fails, and supersedes it once it is corrected', async () => {
    const wrong = record('corrected', { OriginatingIdentifier: 'nobody' });
    expect((await send(wrong)).counts).toMatchObject({ exception: 1 });
    expect((await send(wrong)).counts).toMatchObject({ duplicate: 1 });
    expect((await send({ ...wrong, Note: 'nothing maps it' })).counts).toMatchObject({ duplicate: 1 });
    expect((await send(record('corrected'))).counts).toMatchObject({ imported: 1 });
    expect(await exceptionsOf('corrected')).toMatchObject([
      { code: 'identifier_not_found', status: 'superseded' },
    ]);
  });

  it('counts 700 repeats in one batch once', async () => {
    const { counts } = await send(...Array.from({ length: 700 }, () => record('repeated')));
    expect(counts).toMatchObject({ imported: 1, duplicate: 699 });
  });

  it('is live once when overlapping imports come at once', async () => {
    const batch = (from: number) => Array.from({ length: 500 }, (_, n) => record(`overlap-${from + n}`));
    const imports = await Promise.all([0, 250, 500, 100, 0].map((from) => send(...batch(from))));
    const sum = (name: 'imported' | 'duplicate') => imports.reduce((n, i) => n + i.counts[name], 0);
    expect([sum('imported'), sum('duplicate')]).toEqual([1000, 1500]);
    const usage = await server.api.list('/api/v1/usage', { feed: 'usageJson' });
    const keys = usage.map((u) => u.usageKey).filter((k) => k.startsWith('overlap-'));
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('is told apart by case, spaces and Unicode form of its key', async () => {
    const keys = ['é', 'e\u0301', 'k', 'K', ' k', 'k ', '007', '7'];
    expect((await send(...keys.map((key) => record(key)))).counts).toMatchObject({ imported: keys.length });
  });
});
