import type { Client } from 'pg';
import type { Audit } from '../admin/index.js';
import { tryLockCorrections } from '../database/index.js';
import { type Block, SELECT_BLOCKS, blockDueAt, isInBlock, moment } from './block.js';
import { type PartitionSummary, detach, dropPartition, leaveReasons, partitionOf } from './partition.js';
import { FACTS, type Fact } from './retention.js';

/** A fact of a block whose table has been dropped. */
export interface Dropped extends PartitionSummary {
  readonly fact: Fact;
  readonly partition: string;
}

interface Leaving {
  readonly blockId: number;
  readonly fact: Fact;
}

/** Facts that have expired and are not dropped yet, then those that are due. */
export async function findLeaving(client: Client): Promise<Leaving[]> {
  const { rows } = await client.query<Block>(`${SELECT_BLOCKS} WHERE b.settled_at IS NOT NULL ORDER BY b.id`);
  const having = (is: (block: Block, fact: Fact) => boolean): Leaving[] =>
    rows.flatMap((block) =>
      FACTS.filter((fact) => is(block, fact)).map((fact) => ({ blockId: block.id, fact })),
    );
  return [
    ...having(({ expired }, fact) => expired[fact] !== undefined && expired[fact].droppedAt === null),
    ...having((block, fact) => block.expired[fact] === undefined && isDue(block, fact)),
  ];
}

function isDue(block: Block, fact: Fact): boolean {
  const due = blockDueAt(block, fact);
  return due !== null && due.toMillis() <= Date.now();
}

/**
 * Drops one fact of a block in three steps, each of which may be the last that a process takes: the fact
 * expires for whoever asks; its partition is detached; the table, its mark and the audit go in one transaction.
 * @returns null where it may not leave yet: work is under way in the block, or its feeds keep it longer since
 */
export async function dropFact(
  client: Client,
  audit: Audit,
  { blockId, fact }: Leaving,
): Promise<Dropped | null> {
  try {
    await inOwnTransaction(client, () => expire(client, blockId, fact));
  } catch (error) {
    if (error instanceof StillNeeded) return null;
    throw error;
  }
  await detach(client, fact, blockId);
  return inOwnTransaction(client, () => drop(client, audit, blockId, fact));
}

/** A fact may not leave yet: what has been written on its way out is taken back. */
class StillNeeded extends Error {}

/**
 * A correction is created before or after a fact expires, never in between: before, and the fact stays until the
 * correction has ended; after, and it finds the records ineligible. What takes its time is done without its lock.
 * @throws StillNeeded
 */
async function expire(client: Client, blockId: number, fact: Fact): Promise<void> {
  const block = await readBlock(client, blockId);
  if (block.expired[fact]) return;
  const { rows } = await client.query<{ now: string }>('SELECT clock_timestamp() AS now');
  await refuseUnderWay(client, blockId, 'infinity');
  if (!isDue(block, fact)) throw new StillNeeded();
  if (fact === 'usage' && !isDue(await withCorrections(client, block), fact)) throw new StillNeeded();
  // Readers have them from the import from now on.
  if (fact === 'exceptions') await leaveReasons(client, blockId);
  if (!(await tryLockCorrections(client))) throw new StillNeeded();
  await refuseUnderWay(client, blockId, rows[0]!.now);
  await client.query('INSERT INTO expired_facts (block_id, fact) VALUES ($1, $2)', [blockId, fact]);
}

/**
 * @param since corrections that have ended since then are under way too
 * @throws StillNeeded
 */
async function refuseUnderWay(client: Client, blockId: number, since: string): Promise<void> {
  const { rows } = await client.query<{ is_running: boolean }>(
    `SELECT EXISTS (SELECT FROM import WHERE status = 'running' AND ${isInBlock('id', '$1')}) OR EXISTS (
       SELECT FROM correction_origin o JOIN chunk c ON c.id = o.chunk_id
       WHERE (c.state = 0 OR c.ended_at >= $2) AND ${isInBlock('o.import_id', '$1')}) AS is_running`,
    [blockId, since],
  );
  if (rows[0]!.is_running) throw new StillNeeded();
}

/** A reversal lies in the block of what it reverses: usage counts from the newest correction too. */
async function withCorrections(client: Client, block: Block): Promise<Block> {
  const { rows } = await client.query<{ feed_id: number; newest_at: string }>(
    `SELECT u.feed_id, ${moment('max(p.posted_at)')} AS newest_at FROM ${partitionOf('usage', block.id)} u
     JOIN posting p ON p.id = u.posting_id WHERE u.kind = 1 OR u.produced_by <> u.import_id GROUP BY u.feed_id`,
  );
  const newest = new Map(rows.map((row) => [row.feed_id, row.newest_at]));
  return {
    ...block,
    feeds: block.feeds.map((feed) => ({ ...feed, newestAt: newest.get(feed.id) ?? feed.newestAt })),
  };
}

async function drop(client: Client, audit: Audit, blockId: number, fact: Fact): Promise<Dropped> {
  const block = await readBlock(client, blockId);
  const summary = await dropPartition(client, fact, blockId);
  const dropped = { fact, partition: partitionOf(fact, blockId), ...summary };
  await client.query(
    'UPDATE expired_facts SET dropped_at = clock_timestamp(), rows = $3 WHERE block_id = $1 AND fact = $2',
    [blockId, fact, summary.rows],
  );
  const feeds = block.feeds.map(({ apiName, imports, oldestAt, newestAt, retention }) => ({
    feed: apiName,
    kept: retention[fact],
    imports,
    acceptedFrom: oldestAt,
    acceptedUntil: newestAt,
  }));
  await audit.record(
    client,
    { actor: 'retention', requestId: null },
    { action: 'retention.dropped', subject: `block/${blockId}`, before: { ...dropped, feeds }, after: null },
  );
  return dropped;
}

async function readBlock(client: Client, blockId: number): Promise<Block> {
  return (await client.query<Block>(`${SELECT_BLOCKS} WHERE b.id = $1`, [blockId])).rows[0]!;
}

export async function inOwnTransaction<T>(client: Client, work: () => Promise<T>): Promise<T> {
  await client.query('BEGIN');
  try {
    const result = await work();
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}
