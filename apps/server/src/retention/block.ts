import type { DateTime } from 'luxon';
import { type Fact, type Retention, dueAt } from './retention.js';

/** Import ids of a block: its number in the upper half, the place in the order of acceptance in the lower. */
const IDS = 2 ** 32;

export const blockOf = (importId: number): number => Math.floor(importId / IDS);

/** The place of an import in the order of acceptance, over all blocks; begins anew after 2^32 imports. */
export const numberOf = (importId: number): number => importId % IDS;

/** A condition on the import ids that stand in a block. */
export const isInBlock = (importId: string, blockId: string): string =>
  `${importId} >= ${blockId}::bigint << 32 AND ${importId} < (${blockId}::bigint + 1) << 32`;

export interface BlockFeed {
  readonly id: number;
  readonly name: string;
  readonly apiName: string;
  readonly retention: Retention;
  readonly futureTolerance: string;
  /** Null while the block is open. */
  readonly imports: number | null;
  readonly oldestAt: string | null;
  readonly newestAt: string | null;
}

export interface ExpiredFact {
  readonly expiredAt: string;
  /** Null until its table is gone. */
  readonly droppedAt: string | null;
  readonly rows: number | null;
}

/** A block that takes or took imports; all moments RFC 3339. */
export interface Block {
  readonly id: number;
  readonly retention: Retention;
  readonly openedAt: string;
  readonly closedAt: string | null;
  readonly settledAt: string | null;
  /** Those whose imports it has; while it is open, those that write into it. */
  readonly feeds: readonly BlockFeed[];
  readonly expired: Readonly<Partial<Record<Fact, ExpiredFact>>>;
}

/** When a fact of a block may leave; null: never, or not known while imports may still come. */
export function blockDueAt(block: Block, fact: Fact): DateTime | null {
  if (block.settledAt === null) return null;
  return dueAt(
    fact,
    block.feeds.map((feed) => ({ ...feed, newestAt: feed.newestAt! })),
  );
}

/** A timestamp as RFC 3339, in a session in UTC. */
export const moment = (column: string): string => `replace(replace(${column}::text, ' ', 'T'), '+00', 'Z')`;

/** The columns of `Block`, of blocks `b`. */
export const SELECT_BLOCKS = `
SELECT b.id, b.retention, ${moment('b.opened_at')} AS "openedAt", ${moment('b.closed_at')} AS "closedAt",
  ${moment('b.settled_at')} AS "settledAt",
  coalesce((
    SELECT json_agg(json_build_object('id', f.id, 'name', f.name, 'apiName', f.api_name, 'retention', f.retention,
      'futureTolerance', f.future_tolerance, 'imports', s.imports, 'oldestAt', ${moment('s.oldest_at')},
      'newestAt', ${moment('s.newest_at')}) ORDER BY f.id)
    FROM feed f LEFT JOIN block_feed s ON s.block_id = b.id AND s.feed_id = f.id
    WHERE s.feed_id IS NOT NULL OR b.settled_at IS NULL AND f.block_id = b.id
  ), '[]') AS feeds,
  coalesce((
    SELECT json_object_agg(fact, json_build_object('expiredAt', ${moment('expired_at')},
      'droppedAt', ${moment('dropped_at')}, 'rows', rows))
    FROM expired_facts WHERE block_id = b.id
  ), '{}') AS expired
FROM import_block b`;
