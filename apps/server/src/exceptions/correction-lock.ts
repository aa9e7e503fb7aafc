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

/** Whether records of an import are being decided again. `importId` is a column or a placeholder. */
export const isUnderCorrection = (importId: string): string =>
  `EXISTS (SELECT FROM correction_origin o JOIN chunk h ON h.id = o.chunk_id WHERE o.import_id = ${importId} AND h.state = 0)`;
