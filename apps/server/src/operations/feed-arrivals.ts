import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import { BriefCache } from '../common/index.js';
import { PG_POOL } from '../database/index.js';

/** When a feed last sent, and whether that is too long ago. */
export interface FeedArrival {
  /** API name. */
  readonly feed: string;
  /** Seconds since 1970; null where nothing has arrived yet. */
  readonly lastAt: number | null;
  /** Null where nobody expects the feed, and while it is disabled. */
  readonly isQuiet: boolean | null;
}

/** One look serves everybody who asks within this time. */
const BELIEVED_MS = 5000;

/**
 * The last arrival of each feed by the index (feed_id, submitted_at). What people reprocess and revert is no arrival; a feed that
 * has never sent counts from its creation. Durations are compared, not added: no date overflows.
 */
const ARRIVALS = `
SELECT f.api_name AS feed, extract(epoch FROM a.at)::float8 AS "lastAt",
  CASE WHEN f.enabled THEN clock_timestamp() - coalesce(a.at, f.created_at) > f.expect_every::interval END AS "isQuiet"
FROM feed f
LEFT JOIN LATERAL (
  SELECT submitted_at AS at FROM import WHERE feed_id = f.id AND channel IN ('api', 'file') ORDER BY submitted_at DESC LIMIT 1
) a ON true
ORDER BY f.id`;

/** Which feeds have gone quiet: the trouble that no error tells of. */
@Injectable()
export class FeedArrivals {
  private readonly arrivals: BriefCache<readonly FeedArrival[]>;

  constructor(@Inject(PG_POOL) pool: pg.Pool) {
    this.arrivals = new BriefCache(
      async () => (await pool.query<FeedArrival>({ name: 'feed-arrivals', text: ARRIVALS })).rows,
      BELIEVED_MS,
    );
  }

  /** Of every feed, at most five seconds old. */
  get(): Promise<readonly FeedArrival[]> {
    return this.arrivals.get('');
  }
}
