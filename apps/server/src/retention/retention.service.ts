import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import type { Caller } from '../auth/index.js';
import {
  Conditions,
  DEFAULT_LIMIT,
  type ListValues,
  type Page,
  pageOf,
  readCursor,
} from '../common/index.js';
import { PG_POOL } from '../database/index.js';
import { type Block, SELECT_BLOCKS, blockDueAt } from './block.js';
import type { BlockFactView, BlockView } from './retention-view.js';
import { FACTS, type Fact } from './retention.js';

const LIST = 'retention';

/** What is kept where, and when it leaves. */
@Injectable()
export class RetentionService {
  constructor(@Inject(PG_POOL) private readonly pool: pg.Pool) {}

  async list(caller: Caller, { limit = DEFAULT_LIMIT, cursor }: ListValues): Promise<Page<BlockView>> {
    const [before] = readCursor(LIST, ['integer'], cursor) ?? [];
    const where = new Conditions().add('b.retention IS NOT NULL').compare('b.id <', before);
    if (caller.feeds) where.add(hasFeedOf(where.value(caller.feeds)));
    const { rows } = await this.pool.query<Block>(
      `${SELECT_BLOCKS} ${where} ORDER BY b.id DESC LIMIT ${limit + 1}`,
      where.values,
    );
    return pageOf(
      LIST,
      rows,
      limit,
      (block) => toView(caller, block),
      (block) => [block.id],
    );
  }
}

const hasFeedOf = (feeds: string): string => `(
  EXISTS (SELECT FROM block_feed WHERE block_id = b.id AND feed_id = ANY(${feeds}::int[]))
  OR b.settled_at IS NULL AND EXISTS (SELECT FROM feed WHERE block_id = b.id AND id = ANY(${feeds}::int[])))`;

function toView(caller: Caller, block: Block): BlockView {
  const isVisible = ({ id }: { id: number }) => !caller.feeds || caller.feeds.includes(id);
  const seesAll = block.feeds.every(isVisible);
  const [bodies, exceptions, usage] = FACTS.map((fact) => toFactView(block, fact, seesAll));
  return {
    block: block.id,
    retention: block.retention,
    openedAt: block.openedAt,
    closedAt: block.closedAt,
    feeds: block.feeds
      .filter(isVisible)
      .map(({ id, name, apiName, retention, imports, oldestAt, newestAt }) => ({
        id,
        name,
        apiName,
        retention,
        imports,
        acceptedFrom: oldestAt,
        acceptedUntil: newestAt,
      })),
    facts: { bodies: bodies!, exceptions: exceptions!, usage: usage! },
  };
}

function toFactView(block: Block, fact: Fact, seesAll: boolean): BlockFactView {
  const { expiredAt = null, droppedAt = null, rows = null } = block.expired[fact] ?? {};
  return {
    dueAt: blockDueAt(block, fact)?.toISO() ?? null,
    expiredAt,
    droppedAt,
    rows: seesAll ? rows : null,
  };
}
