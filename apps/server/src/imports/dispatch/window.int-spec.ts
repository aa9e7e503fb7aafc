import type pg from 'pg';
import { createPool, inTransaction } from '../../database/index.js';
import { type TestDatabase, createTestDatabase } from '../../../../../test/support/database.js';
import { insertChunks, insertFeed } from '../testing/rows.js';
import { fillWindow } from './window.js';

describe('fillWindow', () => {
  let database: TestDatabase;
  let pool: pg.Pool;

  beforeEach(async () => {
    database = await createTestDatabase();
    pool = createPool(database.url, 'test', 4, () => undefined);
  });
  afterEach(async () => {
    await pool.end();
    await database.drop();
  });

  const fill = () => inTransaction(pool, fillWindow);
  const finish = (ids: readonly number[]) =>
    pool.query(`UPDATE chunk SET state = 1, verdicts = 'i', imported = 1 WHERE id = ANY($1)`, [ids]);
  const feedsOf = async (ids: readonly number[]) => {
    const { rows } = await pool.query<{ feed_id: number }>(
      'SELECT c.feed_id FROM unnest($1::bigint[]) WITH ORDINALITY AS u(id, n) JOIN chunk c USING (id) ORDER BY n',
      [ids],
    );
    return rows.map((r) => r.feed_id);
  };

  it('gives each feed its turn, however long another feed has queued', async () => {
    const loud = await insertFeed(pool, 'loud');
    const quiet = await insertFeed(pool, 'quiet');
    await insertChunks(pool, loud, 100);
    await insertChunks(pool, quiet, 2);
    const { due, size } = await fill();
    expect(size).toBe(8);
    const feeds = await feedsOf(due.map((c) => c.id));
    expect(feeds.filter((f) => f === quiet.feedId)).toHaveLength(2);
    expect(feeds.slice(0, 4).sort()).toEqual([loud.feedId, loud.feedId, quiet.feedId, quiet.feedId].sort());
  });

  it('takes turns when there is room for one chunk at a time', async () => {
    const a = await insertFeed(pool, 'a');
    const b = await insertFeed(pool, 'b');
    await insertChunks(pool, a, 20);
    await insertChunks(pool, b, 20);
    const first = (await fill()).due;
    const order: number[] = [];
    const last = first.map((c) => c.id);
    for (let n = 0; n < 6; n++) {
      await finish([last.shift()!]);
      const { due } = await fill();
      expect(due).toHaveLength(1);
      last.push(due[0]!.id);
      order.push(...(await feedsOf([due[0]!.id])));
    }
    expect(order.slice(0, 2).sort()).toEqual([a.feedId, b.feedId].sort());
    expect(order).toEqual([order[0], order[1], order[0], order[1], order[0], order[1]]);
  });

  it('keeps fresh usage moving beside a reprocessing of the same feed', async () => {
    const feed = await insertFeed(pool, 'f');
    await insertChunks(pool, feed, 50, { kind: 1 });
    await insertChunks(pool, feed, 50);
    const ids = (await fill()).due.map((c) => c.id);
    const { rows } = await pool.query('SELECT kind, count(*) FROM chunk WHERE id = ANY($1) GROUP BY kind', [
      ids,
    ]);
    expect(rows.map((r: { count: number }) => r.count)).toEqual([4, 4]);
  });

  it('gives corrections half of the window at most, however many feeds are corrected', async () => {
    const corrected = [];
    for (let n = 0; n < 20; n++) corrected.push(await insertFeed(pool, `corrected${n}`));
    for (const feed of corrected) await insertChunks(pool, feed, 5, { kind: 1 });
    let inWindow = (await fill()).due.map((c) => c.id);
    expect(inWindow).toHaveLength(4);
    const fresh = await insertFeed(pool, 'fresh');
    const posted = await insertChunks(pool, fresh, 6);
    inWindow.push(...(await fill()).due.map((c) => c.id));
    expect(inWindow.slice(4)).toEqual(posted.slice(0, 4).map(({ chunkId }) => chunkId));
    const order: number[] = [];
    for (let n = 0; n < 14; n++) {
      const [done, ...rest] = inWindow;
      await finish([done!]);
      order.push(...(await feedsOf([done!])));
      inWindow = [...rest, ...(await fill()).due.map((c) => c.id)];
    }
    expect(order.filter((id) => id === fresh.feedId)).toHaveLength(6);
    // The corrections take turns among themselves.
    const others = order.filter((id) => id !== fresh.feedId);
    expect(new Set(others).size).toBe(others.length);
    expect(inWindow).toHaveLength(4);
  });

  it('does not count corrections that wait for their feed', async () => {
    const paused = await insertFeed(pool, 'paused');
    const other = await insertFeed(pool, 'other');
    await insertChunks(pool, paused, 10, { kind: 1 });
    expect((await fill()).due).toHaveLength(4);
    await pool.query('UPDATE feed SET paused = true WHERE id = $1', [paused.feedId]);
    await insertChunks(pool, other, 10, { kind: 1 });
    const { due, size } = await fill();
    expect(await feedsOf(due.map((c) => c.id))).toEqual(Array(4).fill(other.feedId));
    expect(size).toBe(4);
  });

  it('has corrections that do not wait for their feed, and leaves what does', async () => {
    const feed = await insertFeed(pool, 'paused');
    await pool.query('UPDATE feed SET paused = true WHERE id = $1', [feed.feedId]);
    await insertChunks(pool, feed, 2);
    await insertChunks(pool, feed, 2, { kind: 1 });
    const unheld = await insertChunks(pool, feed, 2, { kind: 2 });
    for (let look = 0; look < 2; look++) {
      const { due, size } = await fill();
      expect([due.map(({ id }) => id), size]).toEqual([look ? [] : unheld.map(({ chunkId }) => chunkId), 2]);
    }
  });

  it('grows with the worker slots that are alive', async () => {
    const feed = await insertFeed(pool, 'f');
    await insertChunks(pool, feed, 50);
    await pool.query(
      `INSERT INTO worker VALUES (gen_random_uuid(), 3, now()), (gen_random_uuid(), 5, now() - interval '1 minute')`,
    );
    expect((await fill()).due).toHaveLength(12);
  });

  it('rings again for a chunk whose bell was lost or whose lease ran out, not for one that is leased', async () => {
    const feed = await insertFeed(pool, 'f');
    await insertChunks(pool, feed, 3);
    const [lost, expired, leased] = (await fill()).due;
    await pool.query(`UPDATE ring SET rung_at = now() - interval '1 minute'`);
    await pool.query(
      `UPDATE chunk SET lease_until = now() - interval '1 second', attempts = 1 WHERE id = $1`,
      [expired!.id],
    );
    await pool.query(`UPDATE chunk SET lease_until = now() + interval '1 minute' WHERE id = $1`, [
      leased!.id,
    ]);
    expect((await fill()).due).toEqual(expect.arrayContaining([lost, { id: expired!.id, attempts: 1 }]));
    expect((await fill()).due).toEqual([]);
  });

  it('takes a chunk up again that was claimed as a companion and never rung', async () => {
    const feed = await insertFeed(pool, 'f');
    const [only] = await insertChunks(pool, feed, 1);
    await pool.query(`UPDATE chunk SET lease_until = now() + interval '1 minute', attempts = 1`);
    expect((await fill()).due).toEqual([]);
    await pool.query(`UPDATE chunk SET lease_until = now() - interval '1 second'`);
    expect((await fill()).due).toEqual([{ id: only!.chunkId, attempts: 1 }]);
  });

  it('leaves chunks of a paused feed, and those that are not due yet, alone', async () => {
    const feed = await insertFeed(pool, 'f');
    const other = await insertFeed(pool, 'other');
    await insertChunks(pool, feed, 3);
    const [later] = await insertChunks(pool, other, 1);
    expect((await fill()).due).toHaveLength(4);
    await pool.query('UPDATE feed SET paused = true WHERE id = $1', [feed.feedId]);
    await pool.query(`UPDATE chunk SET next_at = now() + interval '1 minute' WHERE id = $1`, [
      later!.chunkId,
    ]);
    expect(await fill()).toEqual({ due: [], size: 0 });
    await pool.query('UPDATE feed SET paused = false');
    expect((await fill()).due).toHaveLength(3);
  });

  it('stays the same window when many dispatchers look at once', async () => {
    const feed = await insertFeed(pool, 'f');
    await insertChunks(pool, feed, 100);
    const looks = await Promise.all(Array.from({ length: 10 }, fill));
    const rung = looks.flatMap((l) => l.due.map((c) => c.id));
    expect(rung).toHaveLength(8);
    expect(new Set(rung).size).toBe(8);
  });
});
