import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import { Audit, type ChangedBy } from '../../admin/index.js';
import { type Caller, requireFeed } from '../../auth/index.js';
import { Problem } from '../../common/index.js';
import { PG_POOL, inTransaction } from '../../database/index.js';
import { FeedsService } from '../../feeds/index.js';
import { readSeeds } from './seed.js';

/** What became of the keys of a request. */
export class SeededKeys {
  /** Known from now on as billed elsewhere. */
  seeded!: number;
  /** Were so already. */
  unchanged!: number;
  /** Hold usage of Feedmill's own, and keep it. */
  held!: number;
}

/** A cell that is free becomes seeded, in key order; others stay as they are. */
const SEED = `
INSERT INTO key_cell (scope_id, key, state, generation)
SELECT $1, k.key, 3, 0 FROM unnest($2::text[]) AS k(key) ORDER BY k.key COLLATE "C"
ON CONFLICT (scope_id, key) DO UPDATE SET state = 3 WHERE key_cell.state = 0
RETURNING key`;

/** Usage keys that were billed before Feedmill: their records are duplicates. */
@Injectable()
export class UsageKeysService {
  constructor(
    @Inject(PG_POOL) private readonly pool: pg.Pool,
    private readonly feeds: FeedsService,
    private readonly audit: Audit,
  ) {}

  /** @throws Problem 404, 403; 409 `feed_without_keys`; 422 `invalid_usage_keys` */
  async seed(caller: Caller, by: ChangedBy, ref: string, body: unknown): Promise<SeededKeys> {
    const feed = await this.feeds.byRef(ref);
    requireFeed(caller, feed.id);
    const { usageKey } = feed;
    const scopeId = feed.mode === 'test' ? -feed.keyScopeId : feed.keyScopeId;
    if (!('fields' in usageKey))
      throw new Problem(409, 'feed_without_keys', `The feed ${feed.apiName} has no usage keys.`);
    const keys = readSeeds(body, usageKey.fields, feed);
    return inTransaction(this.pool, async (client) => {
      const { rows } = await client.query<{ key: string }>(SEED, [scopeId, keys]);
      const already = await client.query<{ n: number }>(
        'SELECT count(*) AS n FROM key_cell WHERE scope_id = $1 AND key = ANY($2::text[]) AND state = 3',
        [scopeId, keys],
      );
      const seeded = rows.length;
      const unchanged = already.rows[0]!.n - seeded;
      const counts = { seeded, unchanged, held: keys.length - seeded - unchanged };
      await this.audit.record(client, by, {
        action: 'usage-keys.seeded',
        subject: `feed/${feed.id}`,
        before: null,
        after: { ...counts, ...auditedKeys(rows.map(({ key }) => key)) },
      });
      return counts;
    });
  }
}

/** Keys of one request that the audit has; of the others it has the number. */
const MAX_LISTED = 100;

function auditedKeys(keys: readonly string[]): {
  readonly usageKeys: string[];
  readonly moreUsageKeys?: number;
} {
  const usageKeys = keys.slice(0, MAX_LISTED);
  const moreUsageKeys = keys.length - usageKeys.length;
  return { usageKeys, ...(moreUsageKeys > 0 && { moreUsageKeys }) };
}
