import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { byValue } from '../demo/decimals.js';
import {
  type ExpectedPost,
  type ExpectedRecord,
  type ExpectedUsage,
  readExpectedFile,
} from '../demo/expected-file.js';
import { type ImportView, PROJECT_DIR, type TestServer, startServer } from '../support/index.js';

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

/** All that is booked, and what it adds up to. */
const ledger = async () => ({
  entries: await server.api.list('/api/v1/usage'),
  totals: await server.api.list('/api/v1/usage/totals', { groupBy: 'feed,account,usageClass' }),
});

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

  it('add up, each in its unit and currency', async () => {
    const query = { feed: 'meterCsv', groupBy: 'usageClassType' };
    const sums = await server.api.list('/api/v1/usage/totals', query);
    const shown = sums.map(({ usageClassType, value, unit, amount, currency }) =>
      [usageClassType, value, unit, amount, currency].join(' '),
    );
    expect(shown.sort()).toEqual([
      'Day 0.53 kWh 0.16536 EUR',
      'Feed-in 1.2 kWh -0.09732 EUR',
      'Night 0.68 kWh 0.14892 EUR',
    ]);
  });

  it('have a unit for every class', async () => {
    const sums = await server.api.list('/api/v1/usage/totals', { groupBy: 'usageClass' });
    expect(sums.length).toBeGreaterThan(1);
    expect(sums.filter(({ unit }) => unit === null)).toEqual([]);
  });

  it('are those of the tour in the README, row by row', () => {
    const rows = posts.flatMap(({ records }) => records.map(({ send: text }) => text));
    const readme = readFileSync(join(PROJECT_DIR, 'README.md'), 'utf8');
    const files = [...readme.matchAll(/^cat > (?:calls|meter)\.csv <<'END'\n(.+?)\nEND$/gms)];
    expect(files).toHaveLength(2);
    expect(files.flatMap(([, text]) => text!.split('\n').filter((row) => !rows.includes(row)))).toEqual([]);
  });

  it('leave no feed of the demo out', async () => {
    const feeds: { apiName: string }[] = await server.api.list('/api/v1/feeds');
    expect(new Set(posts.map(({ feed }) => feed))).toEqual(new Set(feeds.map(({ apiName }) => apiName)));
  });

  it('take all of it sent again for duplicates, and keep the money to the last digit', async () => {
    const before = await ledger();
    for (const post of posts) {
      const lines = await linesOf(await send(post));
      expect(lines).toHaveLength(post.records.length);
      for (const { index, verdict, usageIds } of lines) {
        const { send: text, verdict: first } = post.records[index]!;
        const again = AGAIN[first];
        expect([text, verdict, usageIds]).toEqual([text, again.includes(verdict) ? verdict : again[0], []]);
      }
    }
    expect(await ledger()).toEqual(before);
  });
});
