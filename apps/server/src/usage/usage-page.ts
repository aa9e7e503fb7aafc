import {
  Conditions,
  type Cursor,
  LIST_PARAMETERS,
  type ValuesOf,
  booleanParameter,
  feedParameter,
  momentParameter,
  oneOf,
  textParameter,
  trackingIdParameter,
} from '../common/index.js';
import { newestFirst, reversalOf } from './usage-query.js';
import { USAGE_MODES } from './usage-view.js';

/** What narrows usage down, in lists and in totals. */
export const ENTRY_FILTERS = {
  feed: feedParameter(),
  account: textParameter('The account.'),
  service: textParameter('The service.'),
  from: momentParameter('Dated at or after.'),
  to: momentParameter('Dated before.'),
  usageKey: textParameter('The whole usage key: all records whose usage has or had it.'),
  usageIdentifier: textParameter('The whole usage identifier.'),
  trackingId: trackingIdParameter('The import that the record was accepted with.'),
};

export const USAGE_FILTERS = {
  ...LIST_PARAMETERS,
  ...ENTRY_FILTERS,
  live: booleanParameter(
    'Usage that has not been reversed, in whichever mode; false: what has been, and reversals.',
  ),
  mode: oneOf(USAGE_MODES, 'Of the feed when the record was mediated.'),
};

export type UsageQuery = ValuesOf<typeof USAGE_FILTERS>;
type EntryFilters = ValuesOf<typeof ENTRY_FILTERS>;

export interface PageRequest {
  readonly query: UsageQuery;
  /** The feeds to list; null: all. */
  readonly feedIds: readonly number[] | null;
  readonly order: readonly string[];
  readonly after: Cursor | null;
  readonly limit: number;
}

/** Of `usage.flags`. */
const TEST = 8;
/** Usage of a key, or of so many days by the index of dates, is collected and sorted; else it is read from the newest on. */
const COLLECTED_DAYS = 32;

/** The rows of `usage` of one page, in order. */
export function selectPage({ query, feedIds, order, after, limit }: PageRequest): {
  sql: string;
  values: unknown[];
} {
  const conditions = new Conditions();
  const isByArrival = order[0] === 'accepted_at';
  const from = fromClause(conditions, query, feedIds, isByArrival);
  addFilters(conditions, query);
  addLive(conditions, query);
  if (query.mode) conditions.add(`u.flags & ${TEST} ${query.mode === 'test' ? '<>' : '='} 0`);
  const columns = order.map((column) => (column === 'accepted_at' ? 'i.submitted_at' : `u.${column}`));
  if (after) {
    const parts = after.map((part) => conditions.value(part));
    conditions.add(`(${columns.join(', ')}) < (${parts.join(', ')})`);
    // The same for the index of imports, which ends where the entry's own columns begin.
    if (isByArrival) conditions.add(`i.submitted_at <= ${parts[0]}`);
  }
  const rows = `SELECT u.* ${isByArrival ? ', i.submitted_at AS accepted_at' : ''} ${from} ${conditions}`;
  // OFFSET 0 keeps the order outside: else the planner reads back through all that is newer.
  const ordered = isCollected(query)
    ? `SELECT * FROM (${rows} OFFSET 0) u ORDER BY ${newestFirst(order)}`
    : `${rows} ORDER BY ${columns.map((column) => `${column} DESC`).join(', ')}`;
  return { sql: `${ordered} LIMIT ${limit}`, values: conditions.values };
}

/**
 * Where a list begins: at the records of the key, else at the account's index, else at the imports of the feeds, else at
 * the ledger.
 * @param hasImports for an order by arrival: with the imports as `i`
 */
export function fromClause(
  conditions: Conditions,
  query: EntryFilters,
  feedIds: readonly number[] | null,
  hasImports = false,
): string {
  const imports = hasImports ? 'JOIN import i ON i.id = u.import_id' : '';
  const feeds = feedIds ? `= ANY(${conditions.value(feedIds)}::int[])` : null;
  if (query.usageKey !== undefined) {
    const key = conditions.value(query.usageKey);
    if (feeds) conditions.add(`u.feed_id ${feeds}`);
    // OFFSET 0 keeps the look-up record by record: else the planner may read all entries for the few of the key.
    return `FROM (${recordsOfKey(key)}) h CROSS JOIN LATERAL (
        SELECT * FROM usage WHERE import_id = h.import_id AND record_index = h.record_index AND usage_key = ${key} OFFSET 0
      ) u ${imports}`;
  }
  if (!feeds || query.account !== undefined || query.trackingId !== undefined) {
    if (feeds) conditions.add(`u.feed_id ${feeds}`);
    return `FROM usage u ${imports}`;
  }
  conditions.add(`i.feed_id ${feeds}`);
  return 'FROM import i JOIN usage u ON u.import_id = i.id';
}

/**
 * The records whose usage has or had a key. What has given it up has left a reversal under it, which the partial index of what
 * was corrected has.
 */
function recordsOfKey(key: string): string {
  const scopes = 'ANY(ARRAY(SELECT unnest(ARRAY[id, -id]) FROM key_scope))';
  const holders = ['key_cell', 'key_version'].map(
    (table) => `SELECT import_id, record_index FROM ${table} WHERE scope_id = ${scopes} AND key = ${key}`,
  );
  const corrected = `SELECT import_id, record_index FROM usage
    WHERE (kind = 1 OR produced_by <> import_id) AND usage_key = ${key}`;
  return [...holders, corrected].join(' UNION ');
}

export function addFilters(conditions: Conditions, query: EntryFilters): void {
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
}

function addLive(conditions: Conditions, { live }: UsageQuery): void {
  const isReversed = `EXISTS (${reversalOf('u')})`;
  if (live === true) conditions.add(`u.kind = 0 AND NOT ${isReversed}`);
  if (live === false)
    conditions.add(`(u.kind = 1 OR ${isReversed}) AND u.import_id = ANY(${CORRECTED_IMPORTS})`);
}

/** By the partial index of what was corrected. */
const CORRECTED_IMPORTS =
  'ARRAY(SELECT DISTINCT c.import_id FROM usage c WHERE c.kind = 1 OR c.produced_by <> c.import_id)';

function isCollected({ from, to, account, trackingId, usageKey }: UsageQuery): boolean {
  if (usageKey !== undefined) return true;
  if (account !== undefined || trackingId !== undefined) return false;
  if (from === undefined || to === undefined) return false;
  return Date.parse(to) - Date.parse(from) <= COLLECTED_DAYS * 86_400_000;
}
