import {
  RecordError,
  fieldGetter,
  pointerTo,
  type ConfigProblem,
  type DecodedValue,
  type PipelineRecord,
} from 'feedmill/pipeline';
import type { Config, ExtensionsMapping } from './config.js';
import { problem } from './problem.js';
import type { IsMissing } from './source.js';

/** What class-validator cannot see of the extensions. */
export function extensionProblems({ extensions, fields }: Config): ConfigProblem[] {
  if (!extensions) return [];
  if (extensions.from === undefined && extensions.fields === undefined) {
    return [problem('/extensions', 'needs from or fields')];
  }
  return Object.entries(extensions.fields ?? {}).flatMap(([name, path]) => {
    const pointer = pointerTo('/extensions/fields', name);
    if (typeof path !== 'string' || path === '') return [problem(pointer, 'must name a field of the source')];
    const other = fields.findIndex(({ field }) => field === `extensions.${name}`);
    return other < 0 ? [] : [problem(pointer, `"${name}" is set by /fields/${other} already`)];
  });
}

/** Compiles the copying of extensions: those set by earlier steps, then an object's, then the named ones. */
export function compileExtensions(
  { from, fields = {} }: ExtensionsMapping,
  missing: IsMissing,
): (record: PipelineRecord) => Record<string, DecodedValue> {
  const getAll = from === undefined ? () => undefined : fieldGetter(from);
  const getters = Object.entries(fields).map(([name, path]) => ({ name, get: fieldGetter(path) }));
  return (record) => {
    const all = getAll(record);
    if (!missing(all) && !isPlainObject(all)) {
      throw new RecordError('invalid_value', `extensions: "${from}" is not an object`, {
        field: 'extensions',
      });
    }
    const extensions: Record<string, DecodedValue> = {
      ...record.fields.extensions,
      ...(all as object | undefined),
    };
    for (const { name, get } of getters) {
      const value = get(record);
      if (!missing(value)) extensions[name] = value as DecodedValue;
    }
    return extensions;
  };
}

/** An object of JSON: no array, and no number that is kept as its text. */
function isPlainObject(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
