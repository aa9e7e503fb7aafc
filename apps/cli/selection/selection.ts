import { UsageError } from '../errors.js';

/** Which exceptions, or records of which imports, a command is about; as the API takes it. */
export type Selection =
  | { trackingIds: string[] }
  | { exceptionIds: string[] }
  | { healedBy: string }
  | { filter: Record<string, string> };

/** The filters of a selection by their options; each is named as the member of the API's `filter`. */
export const filterNames = [
  'feed',
  'stage',
  'code',
  'step',
  'field',
  'status',
  'identifier',
  'usageKey',
  'fingerprint',
  'from',
  'to',
  'q',
] as const;

export type SelectionOptions = {
  import?: string[];
  exception?: string[];
  healedBy?: string;
} & Partial<Record<(typeof filterNames)[number], string>>;

/**
 * One import and one change of reference data may be narrowed down by filters; several imports, and exceptions by
 * their ids, are all there is to say.
 * @param ids exceptions that were named as arguments
 * @throws UsageError where nothing is selected, or more than one way at once
 */
export function toSelection(options: SelectionOptions, ids: readonly string[] = []): Selection {
  const { import: imports = [], healedBy } = options;
  const exceptions = [...ids, ...(options.exception ?? [])];
  const filter = Object.fromEntries(
    filterNames.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])),
  ) as Record<string, string>;
  const hasFilter = Object.keys(filter).length > 0;
  if (exceptions.length > 0) {
    if (imports.length > 0 || healedBy !== undefined || hasFilter)
      throw new UsageError('--exception names the exceptions themselves: leave the other selections out');
    return { exceptionIds: exceptions };
  }
  if (imports.length > 1 && (hasFilter || healedBy !== undefined))
    throw new UsageError('several imports cannot be filtered: give one --import, or no filter');
  const isFiltered = hasFilter || (imports.length === 1 && healedBy !== undefined);
  if (isFiltered) {
    const [trackingId] = imports;
    const more = { ...(trackingId && { trackingId }), ...(healedBy !== undefined && { healedBy }) };
    return { filter: { ...filter, ...more } };
  }
  if (imports.length > 0) return { trackingIds: imports };
  if (healedBy !== undefined) return { healedBy };
  throw new UsageError('say which: --import, --exception, --healed-by, or a filter such as --code or --feed');
}

const EXCEPTION_ID = /^e\d+-\d+$/;
const TRACKING_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Options with what was named as arguments too.
 * @param ids exceptions or imports; which, their form says
 * @throws UsageError for what is neither
 */
export function withNamed<Options extends SelectionOptions>(
  options: Options,
  ids: readonly string[],
): Options {
  const neither = ids.find((id) => !EXCEPTION_ID.test(id) && !TRACKING_ID.test(id));
  if (neither !== undefined)
    throw new UsageError(`"${neither}" is neither an exception (e17-3) nor the tracking id of an import`);
  const exceptions = ids.filter((id) => EXCEPTION_ID.test(id));
  const imports = ids.filter((id) => !EXCEPTION_ID.test(id));
  return {
    ...options,
    ...(exceptions.length > 0 && { exception: [...exceptions, ...(options.exception ?? [])] }),
    ...(imports.length > 0 && { import: [...imports, ...(options.import ?? [])] }),
  };
}

/** Whether options select anything. */
export function namesAny(options: SelectionOptions): boolean {
  return [...filterNames, 'import', 'exception', 'healedBy'].some(
    (name) => options[name as keyof SelectionOptions] !== undefined,
  );
}

/** Whether no more than one exception can be meant. */
export function isOne(selection: Selection): boolean {
  return 'exceptionIds' in selection && selection.exceptionIds.length === 1;
}

/** A selection in words, for a question or a headline. */
export function describeSelection(selection: Selection): string {
  if ('exceptionIds' in selection) return describeIds('exception', selection.exceptionIds);
  if ('trackingIds' in selection) return describeIds('import', selection.trackingIds);
  if ('healedBy' in selection) return `what change ${selection.healedBy} heals`;
  return Object.entries(selection.filter)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}

function describeIds(what: string, ids: readonly string[]): string {
  return ids.length === 1 ? `${what} ${ids[0]}` : `${ids.length} ${what}s`;
}
