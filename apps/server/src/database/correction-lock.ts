import type pg from 'pg';

const CORRECTION_LOCK = 7_301_994_233;

/**
 * Until the transaction ends, no correction is created by others (`exclusive`), or none while what it would meet is
 * changed (`shared`).
 */
export async function lockCorrections(
  client: Pick<pg.PoolClient, 'query'>,
  mode: 'exclusive' | 'shared',
): Promise<void> {
  const lock = mode === 'shared' ? 'pg_advisory_xact_lock_shared' : 'pg_advisory_xact_lock';
  await client.query(`SELECT ${lock}(${CORRECTION_LOCK})`);
}

/**
 * As `shared`, at once or not at all: for whoever holds rows that a correction in the making may wait for.
 * @returns whether it is held
 */
export async function tryLockCorrections(client: Pick<pg.Client, 'query'>): Promise<boolean> {
  const { rows } = await client.query<{ is_held: boolean }>(
    `SELECT pg_try_advisory_xact_lock_shared(${CORRECTION_LOCK}) AS is_held`,
  );
  return rows[0]!.is_held;
}

/** Whether records of an import are being decided again. `importId` is a column or a placeholder. */
export const isUnderCorrection = (importId: string): string =>
  `EXISTS (SELECT FROM correction_origin o JOIN chunk h ON h.id = o.chunk_id WHERE o.import_id = ${importId} AND h.state = 0)`;
