import { Problem } from './problem.js';

interface Queryable {
  query(sql: string, values: unknown[]): Promise<{ rows: unknown[] }>;
}

/** SQLSTATE of a statement that took longer than its connection allows. */
const STATEMENT_TIMEOUT = '57014';

/**
 * The rows of a list.
 * @throws Problem 422 `query_too_broad` where reading them takes too long: no filter makes the server unavailable
 */
export async function selectRows<Row>(pool: Queryable, sql: string, values: unknown[]): Promise<Row[]> {
  try {
    return (await pool.query(sql, values)).rows as Row[];
  } catch (error) {
    if ((error as { code?: string }).code !== STATEMENT_TIMEOUT) throw error;
    throw new Problem(
      422,
      'query_too_broad',
      'Reading this takes too long. Narrow it: an import, account, feed or dates.',
    );
  }
}
