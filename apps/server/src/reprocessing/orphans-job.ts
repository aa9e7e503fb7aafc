import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import { Audit } from '../admin/index.js';
import { PG_POOL, RepeatedJob, inTransaction } from '../database/index.js';
import { Dispatcher } from '../imports/index.js';
import { findDue, postpone, reprocessOrphans } from './orphan-reprocessing.js';

const LOOK_MS = 500;

/** Has duplicates decided again that a revert has orphaned, those that came while it ran too, once it has ended. */
@Injectable()
export class OrphansJob extends RepeatedJob {
  constructor(
    @Inject(PG_POOL) private readonly pool: pg.Pool,
    private readonly dispatcher: Dispatcher,
    private readonly audit: Audit,
  ) {
    super('orphans', LOOK_MS);
  }

  async run(): Promise<void> {
    for (const id of await findDue(this.pool)) await this.reprocess(id);
  }

  private async reprocess(id: number): Promise<void> {
    if (this.isStopped) return;
    try {
      const found = await inTransaction(this.pool, (client) => reprocessOrphans(client, this.audit, id));
      if (found?.eligible) this.dispatcher.ring();
    } catch (error) {
      this.log.warn({ reprocess: id }, `Orphans are looked for again later: ${(error as Error).message}`);
      await postpone(this.pool, id);
    }
  }
}
