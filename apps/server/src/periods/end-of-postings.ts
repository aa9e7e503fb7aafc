import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';

const LOOK_AGAIN_MS = 50;

/** Whoever writes entries has opened a posting before it looks whether a period is closed, and holds this until it ends. */
const POSTING_NOW = `
SELECT virtualtransaction AS id FROM pg_locks
WHERE locktype = 'relation' AND relation = 'posting'::regclass AND mode = 'RowExclusiveLock' AND granted
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

/**
 * Waits until every transaction has ended that was posting when this was called: what posts after it sees all that
 * had been committed before.
 * @returns whether they ended in time
 */
export async function untilPostingsEnd(pool: Pick<pg.Pool, 'query'>, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  let awaited = await postingNow(pool);
  while (awaited.length > 0) {
    if (Date.now() >= deadline) return false;
    await sleep(LOOK_AGAIN_MS);
    const now = await postingNow(pool);
    awaited = awaited.filter((id) => now.includes(id));
  }
  return true;
}

async function postingNow(pool: Pick<pg.Pool, 'query'>): Promise<readonly string[]> {
  const { rows } = await pool.query<{ id: string }>(POSTING_NOW);
  return rows.map(({ id }) => id);
}
