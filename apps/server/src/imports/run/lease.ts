import type pg from 'pg';

/** Keeps the chunks of a batch under way ours. */
export async function renewLeases(
  pool: pg.Pool,
  token: string,
  chunkIds: readonly number[],
  seconds: number,
): Promise<void> {
  await pool.query(
    `UPDATE chunk SET lease_until = clock_timestamp() + make_interval(secs => $3)
     WHERE id = ANY($1) AND lease_owner = $2 AND state = 0`,
    [chunkIds, token, seconds],
  );
}

/**
 * Gives back the chunks of a child that died, due at once: they leave the window, so that the next look
 * rings for them again. A record that was running at two deaths is known to
 * end the process; one death alone may have come from outside.
 * @param suspect index in the import of the record that was running, where that is known
 */
export async function reportDeath(
  pool: pg.Pool,
  token: string,
  chunkIds: readonly number[],
  suspect: number | null,
): Promise<void> {
  await pool.query(
    `WITH freed AS (
       UPDATE chunk SET lease_owner = NULL, lease_until = NULL, crashes = crashes + 1, suspect = $3,
         crashed = CASE WHEN suspect = $3 THEN array_append(coalesce(crashed, '{}'), $3) ELSE crashed END
       WHERE id = ANY($1) AND lease_owner = $2 AND state = 0
       RETURNING id
     )
     DELETE FROM ring WHERE chunk_id IN (SELECT id FROM freed)`,
    [chunkIds, token, suspect],
  );
}
