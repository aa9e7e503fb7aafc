import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import { type Caller, requireFeed } from '../auth/index.js';
import {
  DEFAULT_LIMIT,
  type Page,
  notFound,
  pageOf,
  parseUsageId,
  readCursor,
  selectRows,
} from '../common/index.js';
import { PG_POOL } from '../database/index.js';
import { ImportsService, NamedFeeds, seesMasked } from '../history/index.js';
import { toUsageView } from './to-usage-view.js';
import { type UsageQuery, selectPage } from './usage-page.js';
import { BY_ARRIVAL, BY_DATE, PRIMARY_KEY, type UsageRow, newestFirst, selectUsage } from './usage-query.js';
import type { UsageView } from './usage-view.js';

const SHAPE = ['moment', 'integer', 'integer', 'integer', 'integer', 'integer'] as const;
const BY_ARRIVAL_LIST = { name: 'usage', order: BY_ARRIVAL } as const;
const BY_DATE_LIST = { name: 'usage-of-account', order: BY_DATE } as const;

/** The ledger, entry by entry. */
@Injectable()
export class UsageService {
  constructor(
    @Inject(PG_POOL) private readonly pool: pg.Pool,
    private readonly feeds: NamedFeeds,
    private readonly imports: ImportsService,
  ) {}

  async list(caller: Caller, query: UsageQuery): Promise<Page<UsageView>> {
    const { limit = DEFAULT_LIMIT } = query;
    const { name, order } = query.account === undefined ? BY_ARRIVAL_LIST : BY_DATE_LIST;
    const after = readCursor(name, SHAPE, query.cursor);
    const feedId = await this.feeds.idOf(caller, query.feed);
    const feedIds = feedId === undefined ? caller.feeds : [feedId];
    const page = selectPage({ query, feedIds, order, after, limit: limit + 1 });
    const rows = await selectRows<UsageRow>(
      this.pool,
      selectUsage(page.sql, newestFirst(order)),
      page.values,
    );
    const isMasked = seesMasked(caller);
    return pageOf(
      name,
      rows,
      limit,
      (row) => toUsageView(row, isMasked),
      (row) => order.map((column) => row[column]),
    );
  }

  /** @throws Problem 404, 403, 410 `usage_expired` */
  async get(caller: Caller, id: string): Promise<UsageView> {
    return toUsageView(await this.find(caller, id), seesMasked(caller));
  }

  /**
   * An entry that the caller may see, as it is stored.
   * @throws Problem 404, 403, 410 `usage_expired`
   */
  async find(caller: Caller, id: string): Promise<UsageRow> {
    const ref = parseUsageId(id);
    if (!ref) throw notFound('There is no usage with this id.');
    const kind = ref.kind === 'reversal' ? 1 : 0;
    const { rows } = await this.pool.query<UsageRow>(selectUsage(ONE, newestFirst(PRIMARY_KEY)), [
      ref.importId,
      ref.index,
      ref.part,
      ref.generation,
      kind,
    ]);
    const [row] = rows;
    if (!row) {
      await this.imports.refuseExpired(caller, 'usage', ref);
      throw notFound('There is no usage with this id.');
    }
    requireFeed(caller, row.feed_id);
    return row;
  }
}

const ONE = `SELECT * FROM usage WHERE (${PRIMARY_KEY.join(', ')}) = ($1, $2, $3, $4, $5)`;
