import { pointerTo } from 'feedmill/pipeline';
import { type ProblemDetail, isTrackingId } from '../common/index.js';
import { SELECTION, type Selection, readSelection, writeSelection } from '../exceptions/index.js';

/** What is reprocessed: what any correction can be about, or what reverts of an import have orphaned. */
export type ReprocessSelection = Selection | { readonly by: 'orphanedBy'; readonly trackingId: string };

const FILTER = `${SELECTION}/filter`;
const MEMBER = 'orphanedBy';

/**
 * As `readSelection`; a filter may say `orphanedBy`, and then nothing else.
 * @returns null where a problem was found
 */
export function readReprocessSelection(value: unknown, problems: ProblemDetail[]): ReprocessSelection | null {
  const filter = filterOf(value);
  if (!filter || !Object.hasOwn(filter, MEMBER)) return readSelection(value, SELECTION, problems);
  const found: ProblemDetail[] = Object.keys(value as object)
    .filter((name) => name !== 'filter')
    .map((name) => invalid(pointerTo(SELECTION, name.slice(0, 100)), 'has no place beside filter.'));
  for (const name of Object.keys(filter)) {
    if (name === MEMBER) continue;
    found.push(invalid(pointerTo(FILTER, name.slice(0, 100)), `has no place beside ${MEMBER}.`));
  }
  const { orphanedBy: trackingId } = filter;
  const isId = typeof trackingId === 'string' && isTrackingId(trackingId);
  if (!isId) found.push(invalid(pointerTo(FILTER, MEMBER), 'must be a tracking id.'));
  problems.push(...found);
  return found.length === 0 && isId ? { by: MEMBER, trackingId: trackingId.toLowerCase() } : null;
}

/** As requests say it. @param write what is written of selections that any correction can be about */
export const writeReprocessSelection = (
  selection: ReprocessSelection,
  write: (selection: Selection) => object = writeSelection,
): object => (selection.by === MEMBER ? { filter: { [MEMBER]: selection.trackingId } } : write(selection));

function filterOf(value: unknown): Record<string, unknown> | null {
  const isObject = (one: unknown) => typeof one === 'object' && one !== null;
  const filter = isObject(value) ? (value as Record<string, unknown>).filter : null;
  return isObject(filter) ? (filter as Record<string, unknown>) : null;
}

const invalid = (pointer: string, message: string): ProblemDetail => ({
  pointer,
  code: 'invalid_value',
  message,
});
