import type pg from 'pg';

/** One statement on the connection at hand. Bigints come as numbers, `numeric` as text. */
export type Query = <Row extends pg.QueryResultRow>(
  text: string,
  values: unknown[],
) => Promise<{ rows: Row[] }>;
