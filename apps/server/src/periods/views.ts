import { toRfc3339 } from '../common/index.js';
import type { PeriodChangeView, PeriodView } from './period.dto.js';

export interface FeedRow {
  id: number;
  name: string;
  api_name: string;
  time_zone: string;
  late_usage: PeriodView['lateUsage'];
  /** RFC 3339. */
  closed_until: string | null;
}

export const SELECT_FEEDS = `
SELECT id, name, api_name, time_zone, late_usage, replace(replace(closed_until::text, ' ', 'T'), '+00', 'Z') AS closed_until
FROM feed`;

export const toPeriod = (row: FeedRow): PeriodView => ({
  feed: { id: row.id, name: row.name, apiName: row.api_name },
  timeZone: row.time_zone,
  closedUntil: row.closed_until,
  lateUsage: row.late_usage,
});

export interface ChangeRow {
  id: number;
  at: string;
  action: PeriodChangeView['action'];
  moment: string;
  local_date: string | null;
  /** API names. */
  feeds: string[] | null;
  reason: string | null;
  actor: string;
}

/** With the feeds that a key (`$1`, null: all feeds) may see. */
export const SELECT_CHANGES = `
SELECT c.id, c.at, c.action, c.moment, c.local_date::text, c.reason, c.actor,
  CASE WHEN c.feeds IS NOT NULL THEN ARRAY(
    SELECT api_name FROM feed f WHERE f.id = ANY(c.feeds) AND ($1::int[] IS NULL OR f.id = ANY($1)) ORDER BY f.id) END AS feeds
FROM period_change c`;

export const toChange = (row: ChangeRow): PeriodChangeView => ({
  id: String(row.id),
  at: toRfc3339(row.at),
  action: row.action,
  boundary: row.local_date ?? toRfc3339(row.moment),
  feeds: row.feeds,
  reason: row.reason,
  actor: row.actor,
});
