import type { QueryConfig } from 'pg';

/** A statement that is given up when the database does not answer in time; its connection is closed then. */
export interface TimedQuery extends QueryConfig {
  readonly query_timeout: number;
}

/** For the look-ups of a post: with the pool's wait for a connection they stay under five seconds. */
export const LOOK_UP_MS = 1500;
