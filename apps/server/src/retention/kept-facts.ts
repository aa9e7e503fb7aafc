import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import { Problem, toRfc3339 } from '../common/index.js';
import { PG_POOL } from '../database/index.js';
import { blockOf } from './block.js';
import type { Fact } from './retention.js';

const WORDS: Readonly<Record<Fact, readonly [code: string, what: string]>> = {
  bodies: ['body_expired', 'The body'],
  exceptions: ['exception_expired', 'The exception'],
  usage: ['usage_expired', 'The usage'],
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
    refuse(fact, await this.expiredAt(this.pool, fact, [importId]));
  }

  /**
   * Holds facts for a transaction that needs them or writes beside them: they do not leave before it has ended.
   * @throws Problem 410 as `refuseExpired`, where one of the imports has lost it
   */
  async hold(client: Pick<pg.Client, 'query'>, fact: Fact, importIds: readonly number[]): Promise<void> {
    await client.query('SELECT 1 FROM import_block WHERE id = ANY($1) ORDER BY id FOR SHARE', [
      importIds.map(blockOf),
    ]);
    refuse(fact, await this.expiredAt(client, fact, importIds));
  }

  private async expiredAt(
    sql: Pick<pg.Client, 'query'>,
    fact: Fact,
    importIds: readonly number[],
  ): Promise<string | null> {
    const { rows } = await sql.query<{ expired_at: string }>(
      'SELECT expired_at FROM expired_facts WHERE fact = $1 AND block_id = ANY($2) ORDER BY expired_at LIMIT 1',
      [fact, importIds.map(blockOf)],
    );
    return rows[0]?.expired_at ?? null;
  }
}

function refuse(fact: Fact, expiredAt: string | null): void {
  if (expiredAt === null) return;
  const [code, what] = WORDS[fact];
  throw new Problem(
    410,
    code,
    `${what} has left: its feed keeps ${fact} no longer, since ${toRfc3339(expiredAt)}.`,
  );
}
