import type { EntityManager } from 'typeorm';
import { type PeriodChange, closedUntil } from './period.js';

/** The changes of all feeds, in their order: they hold for those that are created later too. */
export const changesForNewFeeds = (
  query: (sql: string) => Promise<PeriodChange[]>,
): Promise<PeriodChange[]> =>
  query(
    `SELECT action, replace(replace(moment::text, ' ', 'T'), '+00', 'Z') AS moment, local_date::text AS "localDate"
     FROM period_change WHERE feeds IS NULL ORDER BY id`,
  );

/**
 * Closes for a new feed what is closed for all feeds. In the transaction that creates it, under FEED_LOCK, as
 * closing is.
 */
export async function closeForNewFeed(
  manager: EntityManager,
  feedId: number,
  timeZone: string,
): Promise<void> {
  const changes = await changesForNewFeeds((sql) => manager.query(sql));
  const until = closedUntil(null, changes, timeZone);
  if (until !== null) await manager.query('UPDATE feed SET closed_until = $2 WHERE id = $1', [feedId, until]);
}
