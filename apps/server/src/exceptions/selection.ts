import { didYouMean, pointerTo } from 'feedmill/pipeline';
import {
  type ProblemDetail,
  type RecordPlace,
  isTrackingId,
  parseExceptionId,
  readTexts,
  toExceptionId,
} from '../common/index.js';
import { EXCEPTION_FILTERS, type ExceptionFilters, changeIdParameter } from './exception-filters.js';

const MAX_TRACKING_IDS = 1000;
const MAX_EXCEPTION_IDS = 10_000;

/** What a correction is about, as its request says it. */
export type Selection =
  | { readonly by: 'trackingIds'; readonly trackingIds: readonly string[] }
  | { readonly by: 'exceptionIds'; readonly places: readonly RecordPlace[] }
  | { readonly by: 'healedBy'; readonly changeId: string }
  | { readonly by: 'filter'; readonly filter: ExceptionFilters };

const READERS: Readonly<
  Record<string, (value: unknown, pointer: string, problems: ProblemDetail[]) => Selection>
> = {
  trackingIds(value, pointer, problems) {
    const trackingIds = readList(value, pointer, MAX_TRACKING_IDS, problems, (id) =>
      isTrackingId(id) ? id.toLowerCase() : null,
    );
    return { by: 'trackingIds', trackingIds };
  },
  exceptionIds(value, pointer, problems) {
    const places = readList(value, pointer, MAX_EXCEPTION_IDS, problems, parseExceptionId);
    return { by: 'exceptionIds', places };
  },
  healedBy(value, pointer, problems) {
    const texts = [['healedBy', value]] as const;
    const refuse = (_: string, message: string) => problems.push(invalid(pointer, message));
    const { healedBy = '' } = readTexts(texts, { healedBy: changeIdParameter }, refuse, 'must be a text.');
    return { by: 'healedBy', changeId: healedBy };
  },
  filter(value, pointer, problems) {
    if (!isObject(value) || Object.keys(value).length === 0) {
      const known = Object.keys(EXCEPTION_FILTERS).join(', ');
      problems.push(invalid(pointer, `must be an object with at least one of ${known}.`));
      return { by: 'filter', filter: {} };
    }
    const texts = Object.entries(value).map(
      ([name, text]) => [name, name === 'feed' ? toText(text) : text] as const,
    );
    const refuse = (name: string, message: string) =>
      problems.push({ ...invalid(pointerTo(pointer, name.slice(0, 100)), message), ...codeOf(name) });
    return { by: 'filter', filter: readTexts(texts, EXCEPTION_FILTERS, refuse, 'must be a text.') };
  },
};

/**
 * Reads a selection: exactly one of `trackingIds`, `exceptionIds`, `healedBy` and `filter`.
 * @param pointer where it stands in the request, e.g. `/selection`
 * @returns null where a problem was found
 */
export function readSelection(value: unknown, pointer: string, problems: ProblemDetail[]): Selection | null {
  const known = Object.keys(READERS);
  const one = `must be an object with exactly one of ${known.join(', ')}.`;
  if (!isObject(value)) {
    problems.push({ pointer, code: value === undefined ? 'required' : 'invalid_value', message: one });
    return null;
  }
  const names = Object.keys(value);
  const unknown = names.filter((name) => !Object.hasOwn(READERS, name));
  const found: ProblemDetail[] = unknown.map((name) => ({
    pointer: pointerTo(pointer, name.slice(0, 100)),
    code: 'unknown_key',
    message: `"${name.slice(0, 100)}" is not known here${didYouMean(name, known)}`,
  }));
  const [only, another] = names.filter((name) => Object.hasOwn(READERS, name));
  if (another !== undefined || (only === undefined && unknown.length === 0))
    found.push(invalid(pointer, one));
  const selection = only === undefined ? null : READERS[only]!(value[only], pointerTo(pointer, only), found);
  problems.push(...found);
  return found.length > 0 ? null : selection;
}

/**
 * A selection as requests say it.
 * @param maxIds of a longer list the first, and how many more there are
 */
export function writeSelection(selection: Selection, maxIds = Infinity): object {
  if (selection.by === 'healedBy') return { healedBy: selection.changeId };
  if (selection.by === 'filter') return { filter: selection.filter };
  const { by } = selection;
  const ids = by === 'exceptionIds' ? selection.places.map(toExceptionId) : selection.trackingIds;
  return { [by]: ids.slice(0, maxIds), ...(ids.length > maxIds && { more: ids.length - maxIds }) };
}

/** A list of at least one text, each read by `read`, which gives null for what it does not take. */
function readList<T>(
  value: unknown,
  pointer: string,
  max: number,
  problems: ProblemDetail[],
  read: (text: string) => T | null,
): T[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > max) {
    problems.push(invalid(pointer, `must be a list of 1 to ${max} ids.`));
    return [];
  }
  return [...new Set(value as unknown[])].flatMap((text) => {
    const item = typeof text === 'string' ? read(text) : null;
    if (item !== null) return [item];
    problems.push(invalid(pointerTo(pointer, value.indexOf(text)), 'is no id of this kind.'));
    return [];
  });
}

/** A feed's id is a number where feeds are shown. */
const toText = (value: unknown): unknown => (Number.isSafeInteger(value) ? String(value) : value);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const codeOf = (name: string) => (Object.hasOwn(EXCEPTION_FILTERS, name) ? {} : { code: 'unknown_key' });

const invalid = (pointer: string, message: string): ProblemDetail => ({
  pointer,
  code: 'invalid_value',
  message,
});
