import type pg from 'pg';
import type { Selected } from './selected.js';

export type Place = Pick<Selected, 'import_id' | 'record_index'>;

/** Exceptions with the cells of their usage keys, as rows `u`: $1 to $4. */
const GIVEN = `unnest($1::bigint[], $2::int[], $3::int[], $4::text[]) AS u(import_id, record_index, scope_id, key)`;

const given = (exceptions: readonly Selected[]): unknown[] => [
  exceptions.map((one) => one.import_id),
  exceptions.map((one) => one.record_index),
  exceptions.map((one) => one.scope_id),
  exceptions.map((one) => one.usage_key),
];

/** In the order in which chunks lock them, so that neither waits for the other in a circle. */
const LOCK_CELLS = `
SELECT FROM key_cell c WHERE (c.scope_id, c.key) IN (SELECT u.scope_id, u.key FROM ${GIVEN})
ORDER BY c.scope_id, c.key COLLATE "C" FOR UPDATE OF c`;

/** Only open exceptions hold a key: what is discarded lets go of it, and remembers what it held. */
const DISCARD = `
INSERT INTO exception_state (import_id, record_index, status, reason, changed_by, held_hash, held_usage_hash, held_cancels)
SELECT u.import_id, u.record_index, 'discarded', $5, $6, c.open_hash, c.open_usage_hash, c.open_cancels
FROM ${GIVEN} LEFT JOIN key_cell c ON c.scope_id = u.scope_id AND c.key = u.key
  AND c.open_import_id = u.import_id AND c.open_index = u.record_index
ORDER BY u.import_id, u.record_index
ON CONFLICT (import_id, record_index) DO UPDATE
  SET status = 'discarded', reason = EXCLUDED.reason, changed_by = EXCLUDED.changed_by, changed_at = EXCLUDED.changed_at,
    held_hash = EXCLUDED.held_hash, held_usage_hash = EXCLUDED.held_usage_hash, held_cancels = EXCLUDED.held_cancels
  WHERE exception_state.status = 'open'
RETURNING import_id, record_index`;

const LET_GO = `
UPDATE key_cell c SET open_import_id = NULL, open_index = NULL, open_hash = NULL, open_usage_hash = NULL,
  open_cancels = NULL
FROM ${GIVEN} WHERE c.scope_id = u.scope_id AND c.key = u.key
  AND c.open_import_id = u.import_id AND c.open_index = u.record_index`;

/** As `LOCK_CELLS`, of those that held their keys: a cell that has gone with what it held comes back in its turn. */
const LOCK_OR_MAKE_CELLS = `
INSERT INTO key_cell (scope_id, key, state, generation)
SELECT DISTINCT u.scope_id, u.key COLLATE "C", 0, 0 FROM ${GIVEN} JOIN exception_state t USING (import_id, record_index)
WHERE t.status = 'discarded' AND t.held_hash IS NOT NULL ORDER BY 1, 2
ON CONFLICT (scope_id, key) DO UPDATE SET state = EXCLUDED.state WHERE false`;

/** Of several of one key the first; none where another exception waits for the key by now. */
const HOLD_AGAIN = `
UPDATE key_cell c SET open_import_id = h.import_id, open_index = h.record_index, open_hash = h.held_hash,
  open_usage_hash = h.held_usage_hash, open_cancels = h.held_cancels
FROM (
  SELECT DISTINCT ON (u.scope_id, u.key COLLATE "C") u.*, t.held_hash, t.held_usage_hash, t.held_cancels
  FROM ${GIVEN} JOIN exception_state t USING (import_id, record_index)
  WHERE t.status = 'discarded' AND t.held_hash IS NOT NULL
  ORDER BY u.scope_id, u.key COLLATE "C", u.import_id, u.record_index
) h
WHERE c.scope_id = h.scope_id AND c.key = h.key AND c.open_import_id IS NULL`;

const REOPEN = `
UPDATE exception_state t SET status = 'open', reason = $5, changed_by = $6, changed_at = clock_timestamp(),
  held_hash = NULL, held_usage_hash = NULL, held_cancels = NULL
FROM ${GIVEN} WHERE t.import_id = u.import_id AND t.record_index = u.record_index AND t.status = 'discarded'
RETURNING t.import_id, t.record_index`;

export interface Change {
  readonly reason: string;
  /** Name of who asks for it. */
  readonly actor: string;
}

/**
 * Discards exceptions in the caller's transaction.
 * @returns those that were open still
 */
export async function discardExceptions(
  client: pg.PoolClient,
  exceptions: readonly Selected[],
  { reason, actor }: Change,
): Promise<Place[]> {
  await client.query(LOCK_CELLS, given(exceptions));
  const { rows } = await client.query<Place>(DISCARD, [...given(exceptions), reason, actor]);
  await client.query(LET_GO, given(ofPlaces(exceptions, rows)));
  return rows;
}

/**
 * Opens discarded exceptions again in the caller's transaction.
 * @returns those that were discarded still
 */
export async function reopenExceptions(
  client: pg.PoolClient,
  exceptions: readonly Selected[],
  { reason, actor }: Change,
): Promise<Place[]> {
  await client.query(LOCK_OR_MAKE_CELLS, given(exceptions));
  await client.query(HOLD_AGAIN, given(exceptions));
  const { rows } = await client.query<Place>(REOPEN, [...given(exceptions), reason, actor]);
  return rows;
}

function ofPlaces(exceptions: readonly Selected[], places: readonly Place[]): Selected[] {
  const wanted = new Set(places.map(toText));
  return exceptions.filter((one) => wanted.has(toText(one)));
}

const toText = ({ import_id: importId, record_index: index }: Place): string => `${importId}-${index}`;
