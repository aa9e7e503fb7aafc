/** Import ids are in the order of arrival within a block only. */
export const PRIMARY_KEY = ['import_id', 'record_index', 'part', 'generation', 'kind'] as const;

/** Newest first: by arrival, and of one account by usage date, as the indexes of imports and of the ledger are. */
export const BY_ARRIVAL = ['accepted_at', ...PRIMARY_KEY] as const;
export const BY_DATE = ['date', ...PRIMARY_KEY] as const;

export const newestFirst = (order: readonly string[]): string =>
  order.map((column) => `u.${column} DESC`).join(', ');

/**
 * The entries of a CTE `page` (rows of `usage`, with `accepted_at` where the order has it), joined with all they
 * name. The page is cut before anything but the import is joined to it.
 * @param orderBy of `usage` as `u` and `posting` as `t`
 */
export const selectUsage = (page: string, orderBy: string): string => `
WITH page AS MATERIALIZED (${page})
SELECT u.import_id, u.record_index, u.part, u.generation, u.kind, u.flags, u.date, u.time_zone, u.usage_key,
  u.identifier_type, u.originating_identifier, u.terminating_identifier, u.usage_identifier, u.value, u.usage_class,
  u.usage_class_type, u.primary_data_row, u.extensions::text AS extensions, u.resolved_field, u.account_id, u.service_id,
  u.rate_id, u.quantity, u.unit_price, u.amount, u.currency,
  u.cost_rate_id, u.cost_quantity, u.cost_unit_price, u.cost_amount, u.cost_currency,
  o.submitted_at AS accepted_at, o.tracking_id, w.tracking_id AS produced_by, f.id AS feed_id, f.name AS feed_name, f.api_name AS feed_api_name,
  p.name AS profile_name, v.version AS profile_version, t.posted_at, rp.name AS plan, cp.name AS cost_plan,
  n.type AS resolved_type, n.value AS resolved_value,
  u.kind = 0 AND NOT EXISTS (${reversalOf('u')}) AS live
FROM page u
JOIN import o ON o.id = u.import_id
JOIN import w ON w.id = u.produced_by
JOIN feed f ON f.id = u.feed_id
JOIN profile_version v ON v.id = u.profile_version_id
JOIN profile p ON p.id = v.profile_id
JOIN posting t ON t.id = u.posting_id
LEFT JOIN rate r ON r.id = u.rate_id LEFT JOIN rate_plan rp ON rp.id = r.plan_id
LEFT JOIN rate c ON c.id = u.cost_rate_id LEFT JOIN rate_plan cp ON cp.id = c.plan_id
LEFT JOIN identifier n ON n.id = u.identifier_id
ORDER BY ${orderBy}`;

/** A subquery with a row where an entry of the alias has been reversed. */
export function reversalOf(alias: string): string {
  const columns = ['import_id', 'record_index', 'part', 'generation'];
  return `SELECT FROM usage x WHERE ${columns.map((c) => `x.${c} = ${alias}.${c}`).join(' AND ')} AND x.kind = 1`;
}

export interface UsageRow {
  readonly accepted_at: string;
  readonly import_id: number;
  readonly record_index: number;
  readonly part: number;
  readonly generation: number;
  readonly kind: 0 | 1;
  readonly flags: number;
  readonly date: string;
  readonly time_zone: string;
  readonly usage_key: string | null;
  readonly identifier_type: string | null;
  readonly originating_identifier: string | null;
  readonly terminating_identifier: string | null;
  readonly usage_identifier: string | null;
  readonly value: string;
  readonly usage_class: string | null;
  readonly usage_class_type: string | null;
  readonly primary_data_row: number | null;
  readonly extensions: string | null;
  readonly resolved_field: string | null;
  readonly account_id: string | null;
  readonly service_id: string | null;
  readonly rate_id: number | null;
  readonly quantity: string | null;
  readonly unit_price: string | null;
  readonly amount: string | null;
  readonly currency: string | null;
  readonly cost_rate_id: number | null;
  readonly cost_quantity: string | null;
  readonly cost_unit_price: string | null;
  readonly cost_amount: string | null;
  readonly cost_currency: string | null;
  readonly tracking_id: string;
  readonly produced_by: string;
  readonly feed_id: number;
  readonly feed_name: string;
  readonly feed_api_name: string;
  readonly profile_name: string;
  readonly profile_version: number;
  readonly posted_at: string;
  readonly plan: string | null;
  readonly cost_plan: string | null;
  readonly resolved_type: string | null;
  readonly resolved_value: string | null;
  readonly live: boolean;
}
