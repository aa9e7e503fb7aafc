import { isDeepStrictEqual } from 'node:util';
import { fromUnits, toUnits } from '../demo/decimals.js';
import { DeviceSource } from '../demo/generated/devices.js';
import { MeterSource } from '../demo/generated/meter.js';
import { MobileDataSource } from '../demo/generated/mobile-data.js';
import { Oracle, type Outcome, type Sent, shown } from '../demo/generated/oracle.js';
import { RowsSource } from '../demo/generated/rows.js';
import { SaasSource } from '../demo/generated/saas.js';
import { SmsSource } from '../demo/generated/sms.js';
import { type Source, PER_IMPORT, compose, identifierRows } from '../demo/generated/source.js';
import { VoiceSource } from '../demo/generated/voice.js';
import { Random, seededRandom } from '../faults/support/random.js';
import { type TestServer, startServer } from '../support/index.js';

/** Records for each feed; 100,000 are a few minutes. */
const RECORDS = Number(process.env.DEMO_RECORDS ?? 3000);
const TIME_LIMIT_MS = 60_000 + RECORDS * 8;
const CLOUDEVENTS = { 'content-type': 'application/cloudevents-batch+json' };
const MAX_SHOWN = 10;

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server?.stop());

/** An import sent, and what the product says of each of its records. */
interface Import {
  readonly trackingId: string;
  readonly sent: readonly Sent[];
}

async function sendAll({ feed, as }: Source<never>, imports: readonly Sent[][]): Promise<Import[]> {
  const done: Import[] = [];
  for (const sent of imports) {
    const isRows = !sent[0]!.text.startsWith('{');
    const list = `[${sent.map(({ text }) => (isRows ? JSON.stringify(text) : text)).join(',')}]`;
    // Each import meets what those before it have booked.
    const { trackingId } = await (as
      ? server.api.importUsage(feed, list, { headers: CLOUDEVENTS })
      : server.api.importUsage(feed, `{"data":${list}}`));
    done.push({ trackingId, sent });
  }
  return done;
}

/** Every entry of a feed as the oracle writes it, by id. */
async function entriesOf(feed: string): Promise<Map<string, string>> {
  const usage = await server.api.list('/api/v1/usage', { feed });
  return new Map(
    usage.map(({ id, kind, accountId, date, usageClassType, value, rating, cost }) => [
      id,
      shown(kind, {
        account: accountId,
        date,
        type: usageClassType,
        value,
        quantity: rating.quantity,
        amount: rating.amount,
        currency: rating.currency,
        ...(cost && { cost: cost.amount }),
      }),
    ]),
  );
}

async function outcomesOf({ trackingId }: Import, entries: ReadonlyMap<string, string>): Promise<Outcome[]> {
  const lines = await server.api.list(`/api/v1/imports/${trackingId}/records`);
  const exceptions = await server.api.list('/api/v1/exceptions', { trackingId });
  const codes = new Map(exceptions.map(({ index, code }) => [index, code]));
  return lines
    .sort((a, b) => a.index - b.index)
    .map(({ index, verdict, reason, usageIds }) => ({
      verdict,
      reason,
      code: codes.get(index) ?? null,
      booked: usageIds.map((id: string) => entries.get(id)),
    }));
}

/** Amounts by account and currency, as texts. */
function sums(amounts: Iterable<{ account: string; currency: string; amount: string }>): object {
  const found = new Map<string, bigint>();
  for (const { account, currency, amount } of amounts) {
    const key = `${account} ${currency}`;
    found.set(key, (found.get(key) ?? 0n) + toUnits(amount));
  }
  return Object.fromEntries([...found].sort().map(([key, sum]) => [key, fromUnits(sum)]));
}

describe(`${RECORDS} records for each feed of the demo, against an oracle in integers`, () => {
  const random = seededRandom('demo-generated');
  const made = [VoiceSource, SaasSource, MeterSource, SmsSource, MobileDataSource, DeviceSource, RowsSource];
  const sources = made.map(
    (Made) => new Made(new Random(random.integer(0, 2 ** 32 - 1))) as unknown as Source<never>,
  );

  it.each(sources.map((source) => [source.feed, source] as const))(
    'are decided and priced alike on %s',
    async (feed, source) => {
      await server.api.put('/api/v1/identifiers', { identifiers: identifierRows(source.owned) });
      const imports = compose(source, RECORDS);
      const oracle = new Oracle(source.policy);
      const expected = imports.map((sent) => sent.map((record) => oracle.decide(record)));
      const begin = Date.now();
      const done = await sendAll(source, imports);
      const seconds = (Date.now() - begin) / 1000;

      const entries = await entriesOf(feed);
      const differences: object[] = [];
      const verdicts: Record<string, number> = {};
      for (const [n, one] of done.entries()) {
        const outcomes = await outcomesOf(one, entries);
        expect(outcomes).toHaveLength(one.sent.length);
        for (const [index, outcome] of outcomes.entries()) {
          const wanted = expected[n]![index]!;
          const what = [wanted.verdict, wanted.code ?? wanted.reason].filter(Boolean).join(' ');
          verdicts[what] = (verdicts[what] ?? 0) + 1;
          if (isDeepStrictEqual(outcome, wanted)) continue;
          differences.push({ at: n * PER_IMPORT + index, text: one.sent[index]!.text, wanted, outcome });
        }
      }
      const told = `${imports.flat().length} records in ${seconds} s, ${entries.size} entries`;
      process.stderr.write(`${feed}: ${told}, ${JSON.stringify(verdicts)}\n`);
      expect(differences.slice(0, MAX_SHOWN)).toEqual([]);
      expect(entries.size).toBe(oracle.amounts.length);
      const totals = await server.api.list('/api/v1/usage/totals', { feed, groupBy: 'account' });
      expect(sums(totals)).toEqual(sums(oracle.amounts));
    },
    TIME_LIMIT_MS,
  );
});
