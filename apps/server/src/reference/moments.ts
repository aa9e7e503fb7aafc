import { fromMicros } from 'feedmill/pipeline';

/** SQL of a bound as microseconds since 1970; null where open. */
export const microsOf = (column: string): string =>
  `CASE WHEN isfinite(${column}) THEN (extract(epoch FROM ${column}) * 1000000)::bigint END`;

/** A bound as Postgres reads it. */
export function toTimestamptz(micros: number): string {
  if (Number.isFinite(micros)) return fromMicros(micros);
  return micros < 0 ? '-infinity' : 'infinity';
}
