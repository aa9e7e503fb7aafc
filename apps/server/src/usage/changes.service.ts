import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import type { Caller } from '../auth/index.js';
import {
  type Cursor,
  DEFAULT_LIMIT,
  LIST_PARAMETERS,
  Problem,
  type ValuesOf,
  feedParameter,
  readCursor,
  toCursorText,
} from '../common/index.js';
import { PG_POOL, byIndexOnly, inTransaction } from '../database/index.js';
import { NamedFeeds, seesMasked } from '../history/index.js';
import type { UsageChanges } from './changes-view.js';
import { type EntryRow, SELECT_BY_KEYS, SELECT_IS_COUNTED_ANEW, inLedgerOrder } from './ledger-order.js';
import { LEDGER_START, POSITION_SHAPE, readEntries } from './read-entries.js';
import { toUsageView } from './to-usage-view.js';
import { PRIMARY_KEY, type UsageRow, selectUsage } from './usage-query.js';

export const CHANGES_FILTERS = { ...LIST_PARAMETERS, feed: feedParameter() };

type ChangesQuery = ValuesOf<typeof CHANGES_FILTERS>;

/** The ledger in its own order, for billing systems that follow it. */
@Injectable()
export class ChangesService {
  constructor(
    @Inject(PG_POOL) private readonly pool: pg.Pool,
    private readonly feeds: NamedFeeds,
  ) {}

  /** @throws Problem 400, 403; 409 `ledger_order_lost` */
  async read(caller: Caller, query: ChangesQuery): Promise<UsageChanges> {
    const { limit = DEFAULT_LIMIT } = query;
    const feedId = await this.feeds.idOf(caller, query.feed);
    const feedIds = feedId === undefined ? caller.feeds : [feedId];
    // What has been passed over as of other feeds would never be seen: each choice of feeds has cursors of its own.
    const list = `usage-changes of ${feedIds ? [...feedIds].sort((a, b) => a - b).join() : 'all'}`;
    const from = readCursor(list, POSITION_SHAPE, query.cursor) ?? LEDGER_START;
    return inTransaction(this.pool, async (client) => {
      await client.query(byIndexOnly('SET LOCAL'));
      await requireOrder(client, from);
      const { entries, position, hasMore, hasExpired } = await readEntries(client, from, { limit, feedIds });
      const rows = await wholeEntries(client, entries);
      const isMasked = seesMasked(caller);
      return {
        items: rows.map((row) => toUsageView(row, isMasked)),
        nextCursor: toCursorText(list, position),
        hasMore,
        expired: hasExpired,
      };
    });
  }
}

async function wholeEntries(client: pg.ClientBase, entries: readonly EntryRow[]): Promise<UsageRow[]> {
  if (entries.length === 0) return [];
  const keys = PRIMARY_KEY.map((column) => entries.map((entry) => entry[column]));
  const { rows } = await client.query<UsageRow>(selectUsage(SELECT_BY_KEYS, inLedgerOrder('t')), keys);
  return rows;
}

/** @throws Problem 409 where a cursor would pass over what is posted from now on */
async function requireOrder(client: pg.ClientBase, from: Cursor): Promise<void> {
  const { rows } = await client.query<{ isCountedAnew: boolean }>(SELECT_IS_COUNTED_ANEW, [from[0]]);
  if (!rows[0]!.isCountedAnew) return;
  const detail =
    'This database was restored from a dump, so its transactions are counted anew and the ledger has lost its order. ' +
    'See "How a billing system reads changes" in the operations guide.';
  throw new Problem(409, 'ledger_order_lost', detail);
}
