import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type FeedIds, Ledger } from '../e2e/reading/ledger.js';
import { startServer, type TestServer } from '../support/index.js';
import { seededRandom } from './support/index.js';

/** A million entries in all. */
const WRITERS = 10;
const TRANSACTIONS = 100;
const ENTRIES = 1000;

/** A page of changes, as far as the test looks at it. */
interface Changes {
  readonly items: readonly { readonly id: string; readonly trackingId: string }[];
  readonly nextCursor: string;
  readonly hasMore: boolean;
}

describe('a billing system that follows changes', () => {
  const random = seededRandom('changes');
  const clients: pg.Client[] = [];
  let server: TestServer;
  let ledger: Ledger;
  let feed: FeedIds;
  /** How often the reader has come to the end of what there was. */
  let catchUps = 0;

  beforeAll(async () => {
    server = await startServer({ role: 'api', configDir: null });
    ledger = await Ledger.open(server.database.url);
    feed = await ledger.feed('followed');
  });
  afterAll(async () => {
    catchUps = Infinity;
    await Promise.all(clients.map((client) => client.end()));
    await ledger?.close();
    await server?.stop();
  });

  /** One import in a transaction that is open for a while before and after it posts. */
  async function post(client: pg.Client): Promise<number> {
    await client.query('BEGIN');
    const { rows } = await client.query<{ id: string }>(
      `INSERT INTO import (id, tracking_id, feed_id, profile_version_id, total)
       VALUES (nextval('import_id'), $1, $2, $3, $4) RETURNING id`,
      [randomUUID(), feed.id, feed.versionId, ENTRIES],
    );
    const importId = Number(rows[0]!.id);
    await sleep(random.integer(0, 20));
    const posting = await client.query<{ id: string }>(
      'INSERT INTO posting (entries, places) VALUES ($1, $2) RETURNING id',
      [ENTRIES, [importId, 0, ENTRIES - 1]],
    );
    await client.query(
      `INSERT INTO usage (posting_id, import_id, produced_by, date, record_index, feed_id, profile_version_id, part,
         generation, kind, flags, value, time_zone)
       SELECT $1, $2, $2, '2026-03-01Z', n, $3, $4, 0, 1, 0, 0, 1, 'UTC' FROM generate_series(0, $5::int - 1) n`,
      [posting.rows[0]!.id, importId, feed.id, feed.versionId, ENTRIES],
    );
    await sleep(random.integer(0, random.integer(1, 10) === 1 ? 400 : 20));
    await client.query('COMMIT');
    return importId;
  }

  /** What is far behind the writers would never meet their transactions. */
  async function readersTurn(): Promise<void> {
    for (const before = catchUps; catchUps === before; await sleep(5));
  }

  async function write(posted: number[]): Promise<void> {
    const client = new pg.Client({ connectionString: server.database.url });
    clients.push(client);
    await client.connect();
    for (let n = 0; n < TRANSACTIONS; n++) {
      posted.push(await post(client));
      await readersTurn();
    }
  }

  it('is never shown, behind a cursor that was given out, an entry that belongs before it', async () => {
    const posted: number[] = [];
    let isWriting = true;
    const writing = Promise.all(Array.from({ length: WRITERS }, () => write(posted))).finally(
      () => (isWriting = false),
    );
    const seen = new Set<string>();
    let repeated = 0;
    let seenMeanwhile = 0;
    let cursor: string | undefined;
    for (let isLast = false; ;) {
      const page: Changes = await server.api.get('/api/v1/usage/changes', { limit: 1000, cursor });
      for (const { id } of page.items) {
        if (seen.has(id)) repeated++;
        seen.add(id);
      }
      if (isWriting) seenMeanwhile = seen.size;
      cursor = page.nextCursor;
      if (page.hasMore) continue;
      catchUps++;
      if (isLast) break;
      isLast = !isWriting;
      if (isLast) await ledger.settled();
    }
    await writing;
    const lost = posted.flatMap((importId) =>
      Array.from({ length: ENTRIES }, (_, n) => `u${importId}-${n}-0-1`).filter((id) => !seen.has(id)),
    );
    expect({ lost: lost.length, repeated, all: seen.size }).toEqual({
      lost: 0,
      repeated: 0,
      all: WRITERS * TRANSACTIONS * ENTRIES,
    });
    expect(seenMeanwhile).toBeGreaterThan(0);
  }, 300_000);
});
