import type pg from 'pg';
import { type Conditions, Problem, selectRows } from '../common/index.js';
import { isUnderCorrection } from '../database/index.js';
import { FROM_EXCEPTIONS } from './exception-query.js';
import type { ExceptionView } from './exception-view.js';
import type { Ineligible } from './state-change.dto.js';

/** An exception of a selection. */
export interface Selected {
  readonly import_id: number;
  readonly record_index: number;
  readonly feed_id: number;
  readonly code: string;
  readonly status: ExceptionView['status'];
  readonly usage_key: string | null;
  /** Of the cell of its usage key; negative for test usage. */
  readonly scope_id: number;
  readonly is_under_correction: boolean;
}

/**
 * The exceptions of a selection in the order of their places.
 * @throws Problem 422 `selection_too_large`
 */
export async function selectSelected(
  client: Pick<pg.Pool, 'query'>,
  conditions: Conditions,
  max: number,
): Promise<Selected[]> {
  const rows = await selectRows<Selected>(
    client,
    `SELECT e.import_id, e.record_index, e.feed_id, e.code, coalesce(t.status, 'open') AS status, e.usage_key,
       CASE WHEN e.is_test THEN -f.key_scope_id ELSE f.key_scope_id END AS scope_id,
       ${isUnderCorrection('e.import_id')} AS is_under_correction
     ${FROM_EXCEPTIONS} JOIN feed f ON f.id = e.feed_id ${conditions}
     ORDER BY e.import_id, e.record_index LIMIT ${max + 1}`,
    conditions.values,
  );
  if (rows.length <= max) return rows;
  const detail = `The selection has more than ${max.toLocaleString('en')} exceptions; narrow it, and go on with the rest.`;
  throw new Problem(422, 'selection_too_large', detail);
}

export interface Sorted<T> {
  readonly eligible: readonly T[];
  readonly ineligible: Ineligible[];
}

/** @param whyNot the reason why one is left out; null where it is not */
export function sortOut<T>(selected: readonly T[], whyNot: (one: T) => string | null): Sorted<T> {
  const eligible: T[] = [];
  const counts = new Map<string, number>();
  for (const one of selected) {
    const reason = whyNot(one);
    if (reason === null) eligible.push(one);
    else counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  return { eligible, ineligible: [...counts].map(([reason, count]) => ({ reason, count })) };
}
