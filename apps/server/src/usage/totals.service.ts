import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import type { Caller } from '../auth/index.js';
import {
  DEFAULT_LIMIT,
  badParameter,
  pageOf,
  readCursor,
  selectRows,
  toDecimalText,
  toDecimalTextOrNull,
  toRfc3339,
} from '../common/index.js';
import { PG_POOL, inTransaction } from '../database/index.js';
import { NamedFeeds } from '../history/index.js';
import { type Group, type TotalsQuery, groupsOf } from './totals-parameters.js';
import { type TotalRow, type TotalsRequest, selectTotals, selectZones } from './totals-query.js';
import type { UsageTotal, UsageTotals } from './totals-view.js';
import { type ZoneOffset, zoneOffsets } from './zone-offsets.js';

/** The ledger, added up. */
@Injectable()
export class TotalsService {
  constructor(
    @Inject(PG_POOL) private readonly pool: pg.Pool,
    private readonly feeds: NamedFeeds,
  ) {}

  /** @throws Problem 400, 403; 422 `query_too_broad` */
  async read(caller: Caller, query: TotalsQuery): Promise<UsageTotals> {
    if (query.include && query.asOf !== undefined)
      throw badParameter('include', 'tells of exceptions that are open now, and cannot be had with asOf.');
    const groups = groupsOf(query);
    const { limit = DEFAULT_LIMIT } = query;
    const list = `usage-totals by ${groups.join(',')}`;
    const shape = Array.from({ length: groups.length + 4 }, () => 'text' as const);
    const after = readCursor(list, shape, query.cursor);
    const feedId = await this.feeds.idOf(caller, query.feed);
    const feedIds = feedId === undefined ? caller.feeds : [feedId];
    const moment = await this.moment(query.asOf);
    return inTransaction(this.pool, async (client) => {
      await client.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
      const zones = groups.some(isLocalDate) ? await offsetsOf(client, { query, feedIds }) : null;
      const page = selectTotals({ query, feedIds, groups, zones, after, limit: limit + 1 });
      const rows = await selectRows<TotalRow>(client, page.sql, page.values);
      const isWithExceptions = query.include !== undefined;
      const toItem = (row: TotalRow) => toTotal(row, groups, isWithExceptions);
      const { items, nextCursor } = pageOf(list, rows, limit, toItem, ({ key }) => key);
      return { items: [...items], nextCursor, ...moment };
    });
  }

  /**
   * The moment of the sums, and whether all that was posted until then can be seen. An entry is dated before it is
   * committed, but never before its transaction began. To be asked before the sums are read.
   */
  private async moment(asOf: string | undefined): Promise<{ asOf: string; final: boolean }> {
    const { rows } = await this.pool.query<{ as_of: string; final: boolean }>(
      `SELECT m.as_of, m.as_of <= clock_timestamp() AND NOT EXISTS (
         SELECT FROM pg_stat_activity a WHERE a.datname = current_database() AND a.backend_xid IS NOT NULL
           AND (a.xact_start IS NULL OR a.xact_start <= m.as_of)) AS final
       FROM (SELECT coalesce($1::timestamptz, clock_timestamp()) AS as_of OFFSET 0) m`,
      [asOf],
    );
    const { as_of, final } = rows[0]!;
    return { asOf: toRfc3339(as_of), final };
  }
}

const isLocalDate = (group: Group) => group === 'day' || group === 'month';

async function offsetsOf(
  client: pg.ClientBase,
  request: TotalsRequest,
): Promise<ReadonlyMap<string, readonly ZoneOffset[]>> {
  const { sql, values } = selectZones(request);
  const rows = await selectRows<{ zone: string; first: number; last: number }>(client, sql, values);
  return new Map(rows.map(({ zone, first, last }) => [zone, zoneOffsets(zone, first, last + 1)]));
}

function toTotal(row: TotalRow, groups: readonly Group[], isWithExceptions: boolean): UsageTotal {
  const feed = { id: row.feed_id, name: row.feed_name, apiName: row.feed_api_name };
  return {
    ...Object.fromEntries(groups.map((group) => [group, group === 'feed' ? feed : row[group]])),
    ...(row.unit === null && { usageClass: row.unitless }),
    unit: row.unit,
    currency: row.currency,
    costCurrency: row.cost_currency,
    count: row.entries,
    value: toDecimalText(row.value),
    amount: toDecimalTextOrNull(row.amount),
    costAmount: toDecimalTextOrNull(row.cost_amount),
    ...(isWithExceptions && {
      exceptions: { count: row.exceptions, value: toDecimalText(row.rejected ?? '0') },
    }),
  };
}
