import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import { Audit } from '../admin/index.js';
import { SETTINGS, type Settings } from '../common/index.js';
import { RepeatedJob } from '../database/index.js';
import { FEED_LOCK, keepSpareBlock, rotateBlocks, settleBlocks } from './block-changes.js';
import { dropFact, findLeaving, inOwnTransaction } from './expiry.js';
import { countDropped } from './metrics.js';

/** One process at a time; freed when its session ends. */
const RETENTION_LOCK = 7_301_994_232;

/** Waits are bounded; what does not end within them goes on with the next round. */
const TIMEOUTS = {
  statement_timeout: 600_000,
  query_timeout: 610_000,
  lock_timeout: 10_000,
  idle_in_transaction_session_timeout: 60_000,
} as const;

/** Opens blocks of import ids ahead of their time, and has facts leave whose time is over. */
@Injectable()
export class RetentionJob extends RepeatedJob {
  constructor(
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'databaseUrl' | 'retentionSeconds'>,
    private readonly audit: Audit,
  ) {
    super('retention', settings.retentionSeconds * 1000);
  }

  /** Everything that is due now; where another process is at it, nothing. */
  run(): Promise<void> {
    return this.onOwnConnection(this.settings.databaseUrl, TIMEOUTS, async (client) => {
      const { rows } = await client.query<{ is_ours: boolean }>(
        'SELECT pg_try_advisory_lock($1) AS is_ours',
        [RETENTION_LOCK],
      );
      if (rows[0]!.is_ours) await this.work(client);
    });
  }

  private async work(client: pg.Client): Promise<void> {
    const closed = await inOwnTransaction(client, async () => {
      await client.query('SELECT pg_advisory_xact_lock($1)', [FEED_LOCK]);
      const ids = await rotateBlocks(client);
      await keepSpareBlock(client);
      return ids;
    });
    if (closed.length) this.log.log({ blocks: closed }, 'Blocks of import ids closed');
    await settleBlocks(client);
    for (const leaving of await findLeaving(client)) {
      try {
        const dropped = await dropFact(client, this.audit, leaving);
        if (!dropped) continue;
        countDropped(dropped.fact, dropped.rows);
        this.log.log({ partition: dropped.partition, rows: dropped.rows }, 'A partition has been dropped');
      } catch (error) {
        if (this.isStopped) return;
        this.log.warn(leaving, `A partition stays for now: ${(error as Error).message}`);
      }
    }
  }
}
