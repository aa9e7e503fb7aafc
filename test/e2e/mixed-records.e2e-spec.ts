import { startServer, type TestServer } from '../support/index.js';
import { CsvSource, type Event, JsonSource, random } from './mixed/events.js';

const SEED = Number(process.env.TEST_SEED ?? 20260416);
const BATCH = 1000;

const count = (events: readonly Event[]) => {
  const of = (verdict: Event['verdict']) => events.filter((e) => e.verdict === verdict).length;
  return {
    total: events.length,
    imported: of('imported'),
    exception: of('exception'),
    skipped: of('skipped'),
    duplicate: of('duplicate'),
    pending: 0,
  };
};

/** A decimal text in units of 10^-scale. */
function units(text: string, scale: number): bigint {
  const [whole, fraction = ''] = text.split('.');
  return BigInt(whole + fraction.padEnd(scale, '0'));
}

describe('10,000 mixed records', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server.stop());

  it.each([
    ['usageJson', 7, () => new JsonSource(random(SEED))],
    ['usageCsv', 3, () => new CsvSource(random(SEED + 1))],
  ] as const)(
    '%s: each record has the verdict, the code and the amount that it must have',
    async (feed, batches, create) => {
      const source = create();
      const imported: Event[] = [];
      for (let n = 0; n < batches; n++) {
        const events = Array.from({ length: BATCH }, () => source.event());
        imported.push(...events.filter((e) => e.verdict === 'imported'));
        const { trackingId, counts } = await server.api.importUsage(
          feed,
          `{"data":[${events.map((e) => e.text).join(',')}]}`,
        );
        const records = await server.api.list(`/api/v1/imports/${trackingId}/records`);
        const exceptions = await server.api.list('/api/v1/exceptions', { trackingId });
        const codes = new Map(exceptions.map((e) => [e.index, e.code]));
        const given = records.map((r, i) => `${r.verdict} ${codes.get(i) ?? ''} ${events[i]!.text}`);
        expect({ seed: SEED, given }).toEqual({
          seed: SEED,
          given: events.map((e) => `${e.verdict} ${e.code ?? ''} ${e.text}`),
        });
        expect(counts).toEqual(count(events));
      }
      const ledger = await server.api.list('/api/v1/usage', { feed });
      const amounts = new Map(
        ledger.map((u) => [
          feed === 'usageCsv' ? u.usageIdentifier : u.usageKey,
          [units(u.value, 6), units(u.rating.amount, 10)],
        ]),
      );
      expect(amounts).toEqual(new Map(imported.map((e) => [e.key, [e.micros, e.amount]])));
      expect(ledger).toHaveLength(imported.length);
    },
    180_000,
  );
});
