import { toExceptionId } from '../common/index.js';
import { type Selection, writeSelection } from './selection.js';
import type { Place } from './state-changes.js';

/** Ids of one change that the audit has; of the others it has the number. */
const MAX_LISTED = 100;

export const auditedSelection = (selection: Selection): object => writeSelection(selection, MAX_LISTED);

/** Which exceptions a change was about. */
export function auditedIds(places: readonly Place[]): {
  readonly exceptionIds: readonly string[];
  readonly moreExceptions?: number;
} {
  const exceptionIds = places
    .slice(0, MAX_LISTED)
    .map(({ import_id: importId, record_index: index }) => toExceptionId({ importId, index }));
  const moreExceptions = places.length - exceptionIds.length;
  return { exceptionIds, ...(moreExceptions > 0 && { moreExceptions }) };
}
