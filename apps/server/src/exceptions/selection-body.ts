import type { ConfigClass } from 'feedmill/pipeline';
import { bodyProblems, refusedBody } from '../common/index.js';
import { type Selection, readSelection } from './selection.js';

/** Where a selection stands in the requests that have one. */
export const SELECTION = '/selection';

/**
 * As `readBody`, for a body with a member `selection`.
 * @throws Problem 422 with every problem under `code`
 */
export function readSelectionBody<Dto extends { selection: object }>(
  dto: ConfigClass<Dto>,
  body: unknown,
  code: string,
): Omit<Dto, 'selection'> & { readonly selection: Selection } {
  const problems = bodyProblems(dto, body);
  const isKnown = problems.some(({ pointer }) => pointer === '' || pointer.startsWith(SELECTION));
  const selection = isKnown ? null : readSelection((body as Dto).selection, SELECTION, problems);
  if (problems.length > 0 || !selection) throw refusedBody(code, problems);
  return { ...(body as Dto), selection };
}
