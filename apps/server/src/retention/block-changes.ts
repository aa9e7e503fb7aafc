import type { Client } from 'pg';
import type { Sql } from '../admin/index.js';
import { isInBlock, numberOf } from './block.js';
import { type Retention, blockDays } from './retention.js';

/** Changes of feeds, and of the blocks that they write into, are rare: one at a time, over all processes. */
export const FEED_LOCK = 7_301_994_231;

/** Numbers that may be given out while a block is open: far from where they begin anew. */
const MAX_NUMBERS = 2 ** 30;
const DAY_MS = 86_400_000;

/** What was on its way into a block when it closed has arrived by then: no statement of ours takes so long. */
const SETTLED_AFTER = '5 minutes';

/** Makes sure that a block is ready that no feed writes into, so that none is made while one is needed. */
export async function keepSpareBlock(sql: Sql): Promise<void> {
  await sql.query(
    'SELECT open_spare_block() WHERE NOT EXISTS (SELECT FROM import_block WHERE retention IS NULL)',
  );
}

/** Has a feed write into the open block of its retention. Under FEED_LOCK, in the transaction of the change. */
export async function placeFeed(sql: Sql, feedId: number): Promise<void> {
  await sql.query('UPDATE feed SET block_id = block_for(retention) WHERE id = $1', [feedId]);
}

interface OpenBlock {
  id: number;
  retention: Retention;
  first_id: number;
  age_ms: number;
  last_number: number;
  is_used: boolean;
}

/** Blocks that take imports and have some, each with its first. */
const OPEN_BLOCKS = `
SELECT b.id, b.retention, i.id AS first_id, extract(epoch FROM clock_timestamp() - i.submitted_at)::float8 * 1000 AS age_ms,
  (SELECT last_value & 4294967295 FROM import_id) AS last_number,
  EXISTS (SELECT FROM feed WHERE block_id = b.id) AS is_used
FROM import_block b
CROSS JOIN LATERAL (SELECT id, submitted_at FROM import WHERE ${isInBlock('id', 'b.id')} ORDER BY id LIMIT 1) i
WHERE b.closed_at IS NULL AND b.retention IS NOT NULL`;

/**
 * Closes the blocks that have been open for their time, and those that no feed writes into any more; their
 * feeds go on in the next. Under FEED_LOCK.
 */
export async function rotateBlocks(client: Client): Promise<number[]> {
  const { rows } = await client.query<OpenBlock>(OPEN_BLOCKS);
  const over = rows.filter(isOver).map((block) => block.id);
  for (const id of over) {
    await client.query('UPDATE import_block SET closed_at = clock_timestamp() WHERE id = $1', [id]);
    await client.query('UPDATE feed SET block_id = block_for(retention) WHERE block_id = $1', [id]);
  }
  return over;
}

function isOver({ retention, first_id, age_ms, last_number, is_used }: OpenBlock): boolean {
  const numbers = numberOf(last_number - numberOf(first_id) + 2 ** 32);
  return !is_used || age_ms > blockDays(retention) * DAY_MS || numbers > MAX_NUMBERS;
}

/** Writes down whose imports the blocks have that nothing can come into any more. */
export async function settleBlocks(client: Client): Promise<void> {
  const { rows } = await client.query<{ id: number }>(
    `SELECT id FROM import_block WHERE settled_at IS NULL AND closed_at < clock_timestamp() - interval '${SETTLED_AFTER}'`,
  );
  for (const { id } of rows) {
    await client.query(
      `WITH settled AS (
         UPDATE import_block SET settled_at = clock_timestamp() WHERE id = $1 AND settled_at IS NULL RETURNING id
       )
       INSERT INTO block_feed (block_id, feed_id, imports, oldest_at, newest_at)
       SELECT s.id, i.feed_id, count(*), min(i.submitted_at), max(i.submitted_at)
       FROM settled s JOIN import i ON ${isInBlock('i.id', '$1')} GROUP BY s.id, i.feed_id`,
      [id],
    );
  }
}
