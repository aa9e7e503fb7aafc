import { type Caller, requireFeed } from '../auth/index.js';
import { type Conditions, forbidden } from '../common/index.js';

/** Whether a caller may see every import. */
export const seesAll = (caller: Caller): boolean => !caller.feeds && caller.role !== 'integrator';

/** Keeps a query to the imports that a caller may see; `alias` is the import table in it. */
export function onlyVisible(conditions: Conditions, caller: Caller, alias = 'i'): void {
  if (caller.feeds) conditions.add(`${alias}.feed_id = ANY(${conditions.value(caller.feeds)}::int[])`);
  if (caller.role === 'integrator') conditions.add(`${alias}.key_id = ${conditions.value(caller.keyId)}`);
}

/**
 * Refuses what a caller may not see of an import that it named.
 * @throws Problem 403
 */
export function requireVisible(
  caller: Caller,
  owner: { readonly feedId: number; readonly keyId: number | null },
): void {
  requireFeed(caller, owner.feedId);
  if (caller.role === 'integrator' && owner.keyId !== caller.keyId) {
    throw forbidden('This came with another key. An integrator sees what its own key sent.');
  }
}

/** Viewers get identifiers and raw records masked. */
export const seesMasked = (caller: Caller): boolean => caller.role === 'viewer';
