import { byValue, fromUnits, toUnits } from '../demo/decimals.js';
import {
  type ExpectedPost,
  type ExpectedRecord,
  type ExpectedUsage,
  readExpectedFile,
} from '../demo/expected-file.js';
import { type ImportView, type TestServer, startServer } from '../support/index.js';

interface Money {
  readonly amount: string;
  readonly currency: string;
}
interface Line {
  readonly index: number;
  readonly verdict: ExpectedRecord['verdict'];
  readonly reason: string | null;
  readonly usageIds: readonly string[];
  readonly exceptionId: string | null;
}

const posts = readExpectedFile();
let server: TestServer;
/** By place in the file, once each has been sent. */
const imports: ImportView[] = [];

beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server?.stop());

function send({ feed, as, records }: ExpectedPost): Promise<ImportView> {
  const texts = records.map(({ send: text }) => (/^\s*\{/.test(text) ? text : JSON.stringify(text)));
  const list = `[${texts.join(',')}]`;
  return as === 'cloudevents'
    ? server.api.importUsage(feed, list, {
        headers: { 'content-type': 'application/cloudevents-batch+json' },
      })
    : server.api.importUsage(feed, `{"data":${list}}`);
}

const linesOf = ({ trackingId }: ImportView) =>
  server.api.list<Line>(`/api/v1/imports/${trackingId}/records`);
const money = (price: Money | null) => price && `${byValue(price.amount)} ${price.currency}`;

/** What the file may say of an entry. */
async function entryOf(id: string): Promise<Record<keyof ExpectedUsage, unknown>> {
  const entry = await server.api.get(`/api/v1/usage/${id}`);
  return {
    kind: entry.kind,
    account: entry.accountId,
    service: entry.serviceId,
    date: entry.date,
    localDate: entry.localDate,
    class: entry.usageClass,
    type: entry.usageClassType,
    value: entry.value,
    quantity: entry.rating.quantity,
    amount: money(entry.rating),
    cost: money(entry.cost),
    source: entry.rating.source,
  };
}

/** What the file may say of a line. */
async function outcomeOf({ verdict, reason, usageIds, exceptionId }: Line) {
  const exception = exceptionId === null ? null : await server.api.get(`/api/v1/exceptions/${exceptionId}`);
  return {
    verdict,
    reason,
    code: exception?.code,
    stage: exception?.stage,
    field: exception?.field,
    live: money(exception?.details?.live?.usage[0] ?? null),
    sent: money(exception?.details?.sent?.usage[0] ?? null),
    usage: await Promise.all(usageIds.map(entryOf)),
  };
}

const AMOUNTS = ['amount', 'cost', 'live', 'sent'];
/** The expectation in the terms of what is read, amounts by value. */
function written<T extends object>(expected: T): T {
  const shown = Object.entries(expected).map(([name, text]) => {
    const [amount, currency] = String(text).split(' ');
    return [name, AMOUNTS.includes(name) ? `${byValue(amount!)} ${currency}` : text];
  });
  return Object.fromEntries(shown) as T;
}

const picked = (from: object, names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, (from as Record<string, unknown>)[name]]));

async function compare({ send: text, why, usage = [], ...expected }: ExpectedRecord, line: Line) {
  const outcome = await outcomeOf(line);
  const entries = [usage].flat() as ExpectedUsage[];
  expect({
    text,
    why,
    ...picked(outcome, Object.keys(expected)),
    entries: outcome.usage.map((entry, n) => picked(entry, Object.keys(entries[n] ?? entry))),
  }).toEqual({ text, why, ...written(expected), entries: entries.map(written) });
}

/**
 * What may become of a record that is sent again. An exception that is open has its key; what was skipped meets what was
 * booked under its key since.
 */
const AGAIN: Readonly<Record<Line['verdict'], readonly Line['verdict'][]>> = {
  imported: ['duplicate'],
  duplicate: ['duplicate'],
  exception: ['exception', 'duplicate'],
  skipped: ['skipped', 'duplicate'],
};

/** Sums of all entries by feed, account and currency, and how many there are. */
async function totals(): Promise<Record<string, string>> {
  const sums = new Map<string, bigint>();
  for (const { feed, accountId, rating, cost } of await server.api.list('/api/v1/usage')) {
    for (const [what, price] of [
      ['amount', rating],
      ['cost', cost],
    ] as const) {
      if (!price) continue;
      const key = [feed.apiName, accountId, price.currency, what].join(' ');
      sums.set(key, (sums.get(key) ?? 0n) + toUnits(price.amount));
    }
  }
  return Object.fromEntries([...sums].map(([key, sum]) => [key, fromUnits(sum)]));
}

/** One story in its order: what comes later meets what came before. */
describe('the feeds of the demo', () => {
  it.each(posts.map((post, n) => [`${n + 1}: ${post.feed}`, post] as const))(
    'decide every record of post %s as the file says',
    async (_, post) => {
      const done = await send(post);
      imports.push(done);
      const lines = await linesOf(done);
      expect(lines.map(({ index }) => index).sort((a, b) => a - b)).toEqual([...post.records.keys()]);
      for (const line of lines) await compare(post.records[line.index]!, line);
    },
  );

  it('leave no feed of the demo out', async () => {
    const feeds: { apiName: string }[] = await server.api.list('/api/v1/feeds');
    expect(new Set(posts.map(({ feed }) => feed))).toEqual(new Set(feeds.map(({ apiName }) => apiName)));
  });

  it('take all of it sent again for duplicates, and keep the money to the last digit', async () => {
    const before = await totals();
    const entries = (await server.api.list('/api/v1/usage')).length;
    for (const post of posts) {
      const lines = await linesOf(await send(post));
      expect(lines).toHaveLength(post.records.length);
      for (const { index, verdict, usageIds } of lines) {
        const { send: text, verdict: first } = post.records[index]!;
        const again = AGAIN[first];
        expect([text, verdict, usageIds]).toEqual([text, again.includes(verdict) ? verdict : again[0], []]);
      }
    }
    expect((await server.api.list('/api/v1/usage')).length).toBe(entries);
    expect(await totals()).toEqual(before);
  });
});
