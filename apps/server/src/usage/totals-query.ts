import { Conditions, type Cursor } from '../common/index.js';
import type { Group, TotalsQuery } from './totals-parameters.js';
import { addFilters, fromClause } from './usage-page.js';
import type { ZoneOffset } from './zone-offsets.js';

export interface TotalsRequest {
  readonly query: TotalsQuery;
  /** The feeds to add; null: all. */
  readonly feedIds: readonly number[] | null;
}

export interface TotalsPage extends TotalsRequest {
  readonly groups: readonly Group[];
  /** Of every zone of the usage, where it is added by local dates; else null. */
  readonly zones: ReadonlyMap<string, readonly ZoneOffset[]> | null;
  readonly after: Cursor | null;
  readonly limit: number;
}

interface Statement {
  readonly sql: string;
  readonly values: unknown[];
}

/** SQL of each group: of entries as `u`, of exceptions as `x`, both with their zone's offset as `z`. */
const GROUP_SQL: Readonly<Record<Group, readonly [ofEntry: string, ofException: string]>> = {
  account: ['u.account_id', 'x.account'],
  service: ['u.service_id', 'x.service'],
  usageClass: ['u.usage_class', 'x.usage_class'],
  usageClassType: ['u.usage_class_type', 'x.usage_class_type'],
  feed: ['u.feed_id::text', 'x.feed_id::text'],
  day: [localDate('u'), localDate('x')],
  month: [`left(${localDate('u')}, 7)`, `left(${localDate('x')}, 7)`],
};

function localDate(alias: string): string {
  return `((${alias}.date AT TIME ZONE 'UTC') + z.ahead * interval '1 minute')::date::text`;
}

/** The zones of the usage that will be added, with their first and last date in milliseconds since 1970. */
export function selectZones({ query, feedIds }: TotalsRequest): Statement {
  const entries = new Conditions();
  let dates = `SELECT u.time_zone AS zone, u.date ${entriesFrom(entries, query, feedIds)} ${entries}`;
  if (query.include) {
    const rejected = new Conditions(entries.values);
    addExceptionFilters(rejected, query, feedIds);
    dates += ` UNION ALL SELECT x.zone, x.date FROM ${OPEN_EXCEPTIONS} x ${rejected.add('x.date IS NOT NULL')}`;
  }
  const millis = (bound: string) => `(extract(epoch FROM ${bound}(date)) * 1000)`;
  const sql = `SELECT zone, floor(${millis('min')})::bigint AS first, ceil(${millis('max')})::bigint AS last
    FROM (${dates}) d GROUP BY zone`;
  return { sql, values: entries.values };
}

/**
 * Sums by group, unit and currencies, in the order of the groups. Entries are added by class first: classes have their
 * units joined when few rows are left. A class without a unit is never added to another.
 */
export function selectTotals({ query, feedIds, groups, zones, after, limit }: TotalsPage): Statement {
  const entries = new Conditions();
  const names = groups.map((group) => `"${group}"`);
  const keys = (side: 0 | 1) => groups.map((group) => `${GROUP_SQL[group][side]} AS "${group}",`).join(' ');
  const numbered = (count: number) => Array.from({ length: count }, (_, n) => n + 1).join(', ');
  const zone = zones ? zoneRows(entries, zones) : null;
  const zoneOf = (alias: string, column: string) =>
    zone ? `${zone} z ON z.name = ${column} AND ${alias}.date >= z.since AND ${alias}.date < z.until` : '';

  const from = entriesFrom(entries, query, feedIds);
  const parts = [
    `SELECT ${keys(0)} u.usage_class AS class, u.currency, u.cost_currency, count(*) AS entries, sum(u.value) AS value,
       sum(u.amount) AS amount, sum(u.cost_amount) AS cost_amount, 0::bigint AS exceptions, NULL::numeric AS rejected
     ${from} ${zone ? 'JOIN' : ''} ${zoneOf('u', 'u.time_zone')} ${entries} GROUP BY ${numbered(groups.length + 3)}`,
  ];
  if (query.include) {
    const rejected = new Conditions(entries.values);
    addExceptionFilters(rejected, query, feedIds);
    parts.push(
      `SELECT ${keys(1)} x.usage_class, NULL, NULL, 0, 0, NULL, NULL, count(*), sum(x.value)
       FROM ${OPEN_EXCEPTIONS} x ${zone ? 'LEFT JOIN' : ''} ${zoneOf('x', 'x.zone')} ${rejected}
       GROUP BY ${numbered(groups.length + 1)}`,
    );
  }
  const unitless = 'CASE WHEN c.unit IS NULL THEN t.class END';
  const grouping = [...names.map((name) => `t.${name}`), 'c.unit', unitless, 't.currency', 't.cost_currency'];
  const key = `ARRAY[${grouping.map((column) => `${column} COLLATE "C"`).join(', ')}]`;
  const having = after ? `HAVING ${key} > ${entries.value(after)}::text[]` : '';
  const columns = grouping.map((column) => (column === unitless ? `${column} AS unitless` : column));
  const page = `SELECT ${columns.join(', ')}, ${key} AS key, sum(t.entries)::bigint AS entries, sum(t.value) AS value,
      sum(t.amount) AS amount, sum(t.cost_amount) AS cost_amount, sum(t.exceptions)::bigint AS exceptions,
      sum(t.rejected) AS rejected
    FROM (${parts.join(' UNION ALL ')}) t LEFT JOIN usage_class c ON c.name = t.class
    GROUP BY ${grouping.join(', ')} ${having} ORDER BY key LIMIT ${limit}`;
  const isByFeed = groups.includes('feed');
  const sql = isByFeed
    ? `SELECT p.*, f.id AS feed_id, f.name AS feed_name, f.api_name AS feed_api_name
       FROM (${page}) p JOIN feed f ON f.id::text = p.feed ORDER BY p.key`
    : page;
  return { sql, values: entries.values };
}

/** FROM of the entries that count; their conditions are added. Test usage never counts. */
function entriesFrom(conditions: Conditions, query: TotalsQuery, feedIds: readonly number[] | null): string {
  const from = fromClause(conditions, query, feedIds);
  addFilters(conditions, query);
  conditions
    .add('u.flags & 8 = 0')
    .compare('u.usage_class =', query.usageClass)
    .compare('u.usage_class_type =', query.usageClassType);
  if (query.asOf !== undefined) {
    conditions.add(
      `u.posting_id IN (SELECT id FROM posting WHERE posted_at <= ${conditions.value(query.asOf)})`,
    );
  }
  return from;
}

const CANONICAL_DATE = '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,6})?(Z|[+-]\\d\\d:\\d\\d)$';
const DECIMAL = '^-?\\d{1,38}(\\.\\d{1,18})?$';

/**
 * Open exceptions that came as far as resolving or rating, but not of test usage, with the fields of their records. A
 * plugin may have left anything there: what is no date or decimal is none.
 */
const OPEN_EXCEPTIONS = `(
  SELECT e.import_id, e.feed_id, e.usage_key, r->>'accountId' AS account, r->>'serviceId' AS service,
    r->>'usageClass' AS usage_class, r->>'usageClassType' AS usage_class_type, r->>'usageIdentifier' AS usage_identifier,
    coalesce(r->>'timeZone', f.time_zone) AS zone,
    CASE WHEN r->>'date' ~ '${CANONICAL_DATE}' AND pg_input_is_valid(r->>'date', 'timestamptz')
      THEN (r->>'date')::timestamptz END AS date,
    CASE WHEN r->>'value' ~ '${DECIMAL}' THEN (r->>'value')::numeric END AS value
  FROM exception e JOIN feed f ON f.id = e.feed_id LEFT JOIN exception_state s USING (import_id, record_index),
    LATERAL (SELECT CASE WHEN pg_input_is_valid(e.record, 'jsonb') THEN e.record::jsonb END OFFSET 0) j(r)
  WHERE e.stage IN ('resolve', 'rate') AND e.attempt = coalesce(s.attempt, 0) AND coalesce(s.status, 'open') = 'open'
    AND NOT e.is_test)`;

function addExceptionFilters(
  conditions: Conditions,
  query: TotalsQuery,
  feedIds: readonly number[] | null,
): void {
  conditions
    .compare('x.account =', query.account)
    .compare('x.service =', query.service)
    .compare('x.usage_class =', query.usageClass)
    .compare('x.usage_class_type =', query.usageClassType)
    .compare('x.usage_identifier =', query.usageIdentifier)
    .compare('x.usage_key =', query.usageKey)
    .compare('x.date >=', query.from)
    .compare('x.date <', query.to);
  if (feedIds) conditions.add(`x.feed_id = ANY(${conditions.value(feedIds)}::int[])`);
  if (query.trackingId !== undefined) {
    const trackingId = conditions.value(query.trackingId);
    conditions.add(`x.import_id = (SELECT id FROM import WHERE tracking_id = ${trackingId})`);
  }
}

/** The offsets of zones as rows. */
function zoneRows(conditions: Conditions, zones: ReadonlyMap<string, readonly ZoneOffset[]>): string {
  const rows = [...zones].flatMap(([name, offsets]) => offsets.map((offset) => ({ name, ...offset })));
  const bound = (millis: number) => new Date(millis).toISOString();
  const columns = [
    `${conditions.value(rows.map(({ name }) => name))}::text[]`,
    `${conditions.value(rows.map(({ since }) => bound(since)))}::timestamptz[]`,
    `${conditions.value(rows.map(({ until }) => bound(until)))}::timestamptz[]`,
    `${conditions.value(rows.map(({ aheadMinutes }) => aheadMinutes))}::int[]`,
  ];
  return `(SELECT * FROM unnest(${columns.join(', ')}) AS o(name, since, until, ahead))`;
}

export interface TotalRow extends Partial<Readonly<Record<Group, string | null>>> {
  readonly key: readonly (string | null)[];
  readonly unit: string | null;
  /** The class, where it has no unit. */
  readonly unitless: string | null;
  readonly currency: string | null;
  readonly cost_currency: string | null;
  readonly entries: number;
  readonly value: string;
  readonly amount: string | null;
  readonly cost_amount: string | null;
  readonly exceptions: number;
  readonly rejected: string | null;
  readonly feed_id: number;
  readonly feed_name: string;
  readonly feed_api_name: string;
}
