import { toRfc3339 } from '../common/index.js';
import type { StatusChangeView } from './correction-view.js';

/**
 * The last change of an exception's status: columns over its state, the import `w` that settled it, the correction `c` that
 * this is, and the key `n` that it came with.
 * @param state an alias that has the columns of `exception_state`
 */
export const statusChangeColumns = (state: string): string =>
  `${state}.changed_at, coalesce(${state}.changed_by, c.actor, n.name) AS changed_by, coalesce(${state}.reason, c.reason) AS change_reason`;

/** Joins `w`, `c` and `n` of `statusChangeColumns`. */
export const joinSettledBy = (state: string): string => `
LEFT JOIN import w ON w.id = ${state}.resolved_by
LEFT JOIN correction c ON c.import_id = w.id
LEFT JOIN api_key n ON n.id = w.key_id`;

export interface StatusChangeRow {
  readonly changed_at: string | null;
  readonly changed_by: string | null;
  readonly change_reason: string | null;
}

/** Null where nobody has changed it: a record that was rejected once more is open as before. */
export function toStatusChange(row: StatusChangeRow & { readonly status: string }): StatusChangeView | null {
  if (row.changed_at === null || (row.status === 'open' && row.changed_by === null)) return null;
  return { at: toRfc3339(row.changed_at), by: row.changed_by, reason: row.change_reason };
}
