import type { Client } from 'pg';
import type { Audit } from '../admin/index.js';
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
 * @returns null where it may not leave: work is under way in the block, or its feeds keep it longer since
 */
export async function dropFact(
  client: Client,
  audit: Audit,
  { blockId, fact }: Leaving,
): Promise<Dropped | null> {
  if (!(await inOwnTransaction(client, () => expire(client, blockId, fact)))) return null;
  await detach(client, fact, blockId);
  return inOwnTransaction(client, () => drop(client, audit, blockId, fact));
}

async function expire(client: Client, blockId: number, fact: Fact): Promise<boolean> {
  const block = await readBlock(client, blockId);
  if (block.expired[fact]) return true;
  const { rows } = await client.query<{ is_running: boolean }>(
    `SELECT EXISTS (SELECT FROM import WHERE status = 'running' AND ${isInBlock('id', '$1')}) OR EXISTS (
       SELECT FROM correction_origin o JOIN chunk c ON c.id = o.chunk_id
       WHERE c.state = 0 AND ${isInBlock('o.import_id', '$1')}) AS is_running`,
    [blockId],
  );
  if (rows[0]!.is_running || !isDue(block, fact)) return false;
  if (fact === 'usage' && !isDue(await withCorrections(client, block), fact)) return false;
  // Readers have them from the import from now on.
  if (fact === 'exceptions') await leaveReasons(client, blockId);
  await client.query('INSERT INTO expired_facts (block_id, fact) VALUES ($1, $2)', [blockId, fact]);
  return true;
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
