import type { QueryConfig } from 'pg';

/** A statement that is given up when the database does not answer in time; its connection is closed then. */
export interface TimedQuery extends QueryConfig {
  readonly query_timeout: number;
}
