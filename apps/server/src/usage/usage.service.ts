import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import { type Caller, requireFeed } from '../auth/index.js';
import {
  Conditions,
  DEFAULT_LIMIT,
  LIST_PARAMETERS,
  type Page,
  type ValuesOf,
  booleanParameter,
  feedParameter,
  momentParameter,
  notFound,
  pageOf,
  parseUsageId,
  readCursor,
  textParameter,
  trackingIdParameter,
} from '../common/index.js';
import { PG_POOL } from '../database/index.js';
import { NamedFeeds, seesMasked } from '../history/index.js';
import { toUsageView } from './to-usage-view.js';
import { BY_ARRIVAL, BY_DATE, type UsageRow, reversalOf, selectUsage } from './usage-query.js';
import type { UsageView } from './usage-view.js';

export const USAGE_FILTERS = {
  ...LIST_PARAMETERS,
  feed: feedParameter(),
  account: textParameter('The account; its usage is listed by date, newest first.'),
  service: textParameter('The service.'),
  from: momentParameter('Dated at or after.'),
  to: momentParameter('Dated before.'),
  usageKey: textParameter('The whole usage key: the record that holds it.'),
  usageIdentifier: textParameter('The whole usage identifier.'),
  trackingId: trackingIdParameter('The import that the record was accepted with.'),
  live: booleanParameter('Whether the entry counts: usage that has not been reversed.'),
};

type UsageQuery = ValuesOf<typeof USAGE_FILTERS>;

const BY_ARRIVAL_LIST = {
  name: 'usage',
  order: BY_ARRIVAL,
  shape: ['integer', 'integer', 'integer', 'integer', 'integer'],
} as const;
const BY_DATE_LIST = {
  name: 'usage-of-account',
  order: BY_DATE,
  shape: ['moment', ...BY_ARRIVAL_LIST.shape],
} as const;

/** The ledger, entry by entry. */
@Injectable()
export class UsageService {
  constructor(
    @Inject(PG_POOL) private readonly pool: pg.Pool,
    private readonly feeds: NamedFeeds,
  ) {}

  async list(caller: Caller, query: UsageQuery): Promise<Page<UsageView>> {
    const { limit = DEFAULT_LIMIT } = query;
    const { name, order, shape } = query.account === undefined ? BY_ARRIVAL_LIST : BY_DATE_LIST;
    const cursor = readCursor(name, shape, query.cursor);
    const feedId = await this.feeds.idOf(caller, query.feed);
    const conditions = new Conditions();
    const from = fromClause(conditions, query, feedId === undefined ? caller.feeds : [feedId]);
    addFilters(conditions, query);
    if (cursor) {
      const after = cursor.map((part) => conditions.value(part));
      conditions.add(`(${order.map((column) => `u.${column}`).join(', ')}) < (${after.join(', ')})`);
    }
    const newestFirst = order.map((column) => `u.${column} DESC`).join(', ');
    const page = `SELECT u.* ${from} ${conditions} ORDER BY ${newestFirst} LIMIT ${limit + 1}`;
    const { rows } = await this.pool.query<UsageRow>(selectUsage(page, order), conditions.values);
    const isMasked = seesMasked(caller);
    return pageOf(
      name,
      rows,
      limit,
      (row) => toUsageView(row, isMasked),
      (row) => order.map((column) => row[column]),
    );
  }

  /** @throws Problem 404, 403 */
  async get(caller: Caller, id: string): Promise<UsageView> {
    const ref = parseUsageId(id);
    const { rows } = ref
      ? await this.pool.query<UsageRow>(selectUsage(ONE, BY_ARRIVAL), [
          ref.importId,
          ref.index,
          ref.part,
          ref.generation,
          ref.kind === 'reversal' ? 1 : 0,
        ])
      : { rows: [] };
    const [row] = rows;
    if (!row) throw notFound('There is no usage with this id.');
    requireFeed(caller, row.feed_id);
    return toUsageView(row, seesMasked(caller));
  }
}

const ONE = `SELECT * FROM usage WHERE (${BY_ARRIVAL.join(', ')}) = ($1, $2, $3, $4, $5)`;

/**
 * Where a list begins: at the key's cell, else at the account's index, else at the imports of the
 * feeds, else at the ledger's end.
 */
function fromClause(conditions: Conditions, query: UsageQuery, feedIds: readonly number[] | null): string {
  const feeds = feedIds ? `= ANY(${conditions.value(feedIds)}::int[])` : null;
  if (query.usageKey !== undefined) {
    const key = conditions.value(query.usageKey);
    conditions.add(`u.usage_key = ${key}`);
    if (feeds) conditions.add(`u.feed_id ${feeds}`);
    return `FROM key_scope s JOIN key_cell h ON h.scope_id = s.id AND h.key = ${key}
      JOIN usage u ON u.import_id = h.import_id AND u.record_index = h.record_index`;
  }
  if (!feeds || query.account !== undefined || query.trackingId !== undefined) {
    if (feeds) conditions.add(`u.feed_id ${feeds}`);
    return 'FROM usage u';
  }
  conditions.add(`i.feed_id ${feeds}`);
  return 'FROM import i JOIN usage u ON u.import_id = i.id';
}

function addFilters(conditions: Conditions, query: UsageQuery): void {
  conditions
    .compare('u.account_id =', query.account)
    .compare('u.service_id =', query.service)
    .compare('u.usage_identifier =', query.usageIdentifier)
    .compare('u.date >=', query.from)
    .compare('u.date <', query.to);
  if (query.trackingId !== undefined) {
    const trackingId = conditions.value(query.trackingId);
    conditions.add(`u.import_id = (SELECT id FROM import WHERE tracking_id = ${trackingId})`);
  }
  if (query.live === undefined) return;
  const isLive = `(u.kind = 0 AND NOT EXISTS (${reversalOf('u')}))`;
  conditions.add(query.live ? isLive : `NOT ${isLive}`);
}
