import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import { Problem, toRfc3339 } from '../common/index.js';
import { PG_POOL } from '../database/index.js';
import { blockOf } from './block.js';
import type { Fact } from './retention.js';

const WORDS: Readonly<Record<Fact, readonly [code: string, what: string]>> = {
  bodies: ['body_expired', 'The body has left'],
  exceptions: [
    'exception_expired',
    'The exceptions of the import have left, and revisions of its records with them',
  ],
  usage: ['usage_expired', 'The usage has left'],
};

/** What of an import has left by retention. */
@Injectable()
export class KeptFacts {
  constructor(@Inject(PG_POOL) private readonly pool: pg.Pool) {}

  /**
   * For what was looked for and not found.
   * @throws Problem 410 `body_expired`, `exception_expired`, `usage_expired` where its time to be kept is over
   */
  async refuseExpired(fact: Fact, importId: number): Promise<void> {
    const { rows } = await this.pool.query<{ expired_at: string }>(
      'SELECT expired_at FROM expired_facts WHERE fact = $1 AND block_id = $2',
      [fact, blockOf(importId)],
    );
    if (!rows[0]) return;
    const [code, what] = WORDS[fact];
    const since = toRfc3339(rows[0].expired_at);
    throw new Problem(410, code, `${what}: its feed keeps ${fact} no longer, since ${since}.`);
  }
}
