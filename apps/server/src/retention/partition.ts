import type { Client } from 'pg';
import { isInBlock, moment } from './block.js';
import type { Fact } from './retention.js';

const TABLES: Readonly<Record<Fact, string>> = {
  bodies: 'import_body',
  exceptions: 'exception',
  usage: 'usage',
};

export const partitionOf = (fact: Fact, blockId: number): string => `${TABLES[fact]}_${blockId}`;

/**
 * Takes a block's partition out of its table. Waits for those who are reading or writing there now and keeps
 * nobody waiting; where it was ended before it was done, it goes on there. Not within a transaction.
 */
export async function detach(client: Client, fact: Fact, blockId: number): Promise<void> {
  const partition = partitionOf(fact, blockId);
  const { rows } = await client.query<{ is_begun: boolean }>(
    'SELECT inhdetachpending AS is_begun FROM pg_inherits WHERE inhrelid = to_regclass($1)',
    [partition],
  );
  if (!rows[0]) return;
  const how = rows[0].is_begun ? 'FINALIZE' : 'CONCURRENTLY';
  await client.query(`ALTER TABLE ${TABLES[fact]} DETACH PARTITION ${partition} ${how}`);
}

/** What the audit says of what a detached partition has; money by currency, all entries summed up. */
const SUMMARIES: Readonly<Record<Fact, (partition: string) => string>> = {
  bodies: (partition) =>
    `SELECT count(*) AS rows, coalesce(sum(octet_length(body)), 0)::bigint AS bytes FROM ${partition}`,
  exceptions: (partition) => `
    SELECT count(*) AS rows,
      count(*) FILTER (WHERE x.attempt = coalesce(t.attempt, 0) AND coalesce(t.status, 'open') = 'open') AS open
    FROM ${partition} x LEFT JOIN exception_state t USING (import_id, record_index)`,
  usage: (partition) => `
    SELECT coalesce(sum(rows), 0)::bigint AS rows, ${moment('min(from_date)')} AS "fromDate", ${moment('max(to_date)')} AS "toDate",
      coalesce(json_object_agg(currency, amount::text) FILTER (WHERE currency IS NOT NULL), '{}') AS amounts
    FROM (
      SELECT currency, count(*) AS rows, trim_scale(sum(amount)) AS amount, min(date) AS from_date, max(date) AS to_date
      FROM ${partition} GROUP BY currency
    ) by_currency`,
};

export interface PartitionSummary {
  readonly rows: number;
  readonly [figure: string]: unknown;
}

/** Drops a detached partition, with what stands beside its rows. In the caller's transaction. */
export async function dropPartition(client: Client, fact: Fact, blockId: number): Promise<PartitionSummary> {
  const partition = partitionOf(fact, blockId);
  const { rows } = await client.query<PartitionSummary>(SUMMARIES[fact](partition));
  if (fact === 'exceptions') {
    await client.query(`DELETE FROM exception_state WHERE ${isInBlock('import_id', '$1')}`, [blockId]);
    await client.query(`DROP TABLE record_revision_${blockId}`);
  }
  await client.query(`DROP TABLE ${partition}`);
  return rows[0]!;
}

/** Writes to imports what the reasons of their exceptions were: those of the block, and corrections of its records. */
export async function leaveReasons(client: Client, blockId: number): Promise<void> {
  const partition = partitionOf('exceptions', blockId);
  await client.query(
    `UPDATE import i SET exception_reasons = r.reasons, exceptions_unrated = r.unrated
     FROM (
       SELECT import_id, jsonb_object_agg(code, records) AS reasons, sum(unrated) AS unrated
       FROM (
         SELECT import_id, code, count(*) AS records, count(*) FILTER (WHERE stage IN ('resolve', 'rate')) AS unrated
         FROM ${partition} WHERE produced_by = import_id GROUP BY 1, 2
       ) by_code GROUP BY import_id
     ) r WHERE i.id = r.import_id`,
  );
  // A correction has exceptions in several blocks: they are added to what it has been left before.
  await client.query(
    `UPDATE import i SET
       exceptions_unrated = coalesce(exceptions_unrated, 0) + (
         SELECT count(*) FROM ${partition} WHERE produced_by = i.id AND stage IN ('resolve', 'rate')),
       exception_reasons = (
         SELECT jsonb_object_agg(code, records) FROM (
           SELECT code, sum(records) AS records FROM (
             SELECT code, count(*) AS records FROM ${partition} WHERE produced_by = i.id GROUP BY code
             UNION ALL SELECT key, value::bigint FROM jsonb_each_text(i.exception_reasons)
           ) both_times GROUP BY code
         ) by_code)
     WHERE id IN (SELECT produced_by FROM ${partition} WHERE produced_by <> import_id)`,
  );
}
