import type pg from 'pg';
import { inTransaction } from '../../database/index.js';
import { completeCorrections } from '../correct/correction.js';

/** Running imports looked at in one go. */
const PAGE = 2000;

/** A worker's sign of life; workers that have been silent for long are forgotten. */
export async function beat(pool: pg.Pool, workerId: string, slots: number): Promise<void> {
  await pool.query(
    `INSERT INTO worker (id, slots, seen_at) VALUES ($1, $2, clock_timestamp())
     ON CONFLICT (id) DO UPDATE SET seen_at = EXCLUDED.seen_at`,
    [workerId, slots],
  );
  await pool.query(`DELETE FROM worker WHERE seen_at < clock_timestamp() - interval '1 hour'`);
}

/**
 * Repairs what a death between a chunk's commit and its import's end leaves: imports whose chunks are
 * all done and that nobody has ended. Looks at one page of the running imports, behind a cursor.
 * @returns the cursor of the next page; 0 after the last
 */
export async function endForgottenImports(pool: pg.Pool, cursor: number): Promise<number> {
  const { rows } = await pool.query<{ id: number; forgotten: boolean }>(
    `SELECT id, NOT EXISTS (SELECT FROM chunk c WHERE c.import_id = i.id AND c.state = 0) AS forgotten
     FROM import i WHERE status = 'running' AND id > $1 ORDER BY id LIMIT ${PAGE}`,
    [cursor],
  );
  const forgotten = rows.filter((r) => r.forgotten).map((r) => r.id);
  if (forgotten.length) await inTransaction(pool, (client) => completeCorrections(client, forgotten));
  return rows.length < PAGE ? 0 : rows.at(-1)!.id;
}
