import {
  ConfigError,
  RecordError,
  extensionName,
  fieldReader,
  fieldSetter,
  usageFieldKind,
  type ConfigProblem,
  type DecodedValue,
  type FieldKind,
  type FieldReader,
  type PipelineRecord,
  type UsageFields,
  type ZonePolicy,
} from 'feedmill/pipeline';
import type { Config, FieldMapping } from './config.js';
import { compileExtensions, extensionProblems } from './extensions.js';
import { problem } from './problem.js';
import { missingBy, sourceOf, type IsMissing } from './source.js';

type ValueReader = (record: PipelineRecord, policy: ZonePolicy) => unknown;

const SOURCES = ['from', 'fromFirst', 'constant', 'template'] as const;
/** Checks constants and defaults when the profile is saved, where no feed is known yet. */
const ANY_ZONE: ZonePolicy = { timeZone: 'UTC', dstOverlap: 'earlier', dstGap: 'shift' };
const ALWAYS_REQUIRED = new Set(['date', 'value']);

/**
 * Compiles a mapping. The function it gives reads everything before it sets anything, so that
 * fields may trade places.
 * @throws ConfigError with every problem
 */
export function compileMapping(config: Config): (record: PipelineRecord, policy: ZonePolicy) => void {
  const missing = missingBy(config.blankAs);
  const problems: ConfigProblem[] = [];
  const mappings: { target: string; extension: string | null; read: ValueReader }[] = [];
  config.fields.forEach((mapping, i) => {
    const pointer = `/fields/${i}`;
    const first = config.fields.findIndex((other) => other.field === mapping.field);
    if (first < i)
      problems.push(problem(`${pointer}/field`, `"${mapping.field}" is set by /fields/${first} already`));
    try {
      fieldSetter(mapping.field, `${pointer}/field`);
      const read = compileField(mapping, missing, pointer);
      mappings.push({ target: mapping.field, extension: extensionName(mapping.field), read });
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.push(...error.problems);
    }
  });
  problems.push(...extensionProblems(config));
  if (problems.length > 0) throw new ConfigError(problems);
  const copyExtensions = config.extensions ? compileExtensions(config.extensions, missing) : null;

  return (record, policy) => {
    const values = mappings.map(({ read }) => read(record, policy));
    let extensions = copyExtensions?.(record);
    const fields: UsageFields = record.fields;
    for (let i = 0; i < mappings.length; i++) {
      const value = values[i];
      if (value === undefined) continue;
      const { target, extension } = mappings[i]!;
      if (extension === null) fields[target] = value;
      else (extensions ??= { ...fields.extensions })[extension] = value as DecodedValue;
    }
    if (extensions) fields.extensions = extensions;
  };
}

function compileField(mapping: FieldMapping, missing: IsMissing, pointer: string): ValueReader {
  const { field } = mapping;
  const problems = combinationProblems(mapping, pointer);
  if (problems.length > 0) throw new ConfigError(problems);
  const convert = fieldReader(field, { ...mapping, as: kindOf(mapping) }, pointer);
  if (mapping.constant !== undefined) return compileFixed('constant', mapping, convert, pointer);
  const { get, name } = sourceOf(mapping, missing, pointer);
  const otherwise = compileOtherwise(mapping, convert, name, pointer);
  return (record, policy) => {
    const value = get(record);
    return missing(value) ? otherwise(record, policy) : convert(value, policy);
  };
}

function compileOtherwise(
  mapping: FieldMapping,
  convert: FieldReader,
  name: string,
  pointer: string,
): ValueReader {
  const { field } = mapping;
  if (mapping.default !== undefined) return compileFixed('default', mapping, convert, pointer);
  if (!(mapping.required ?? ALWAYS_REQUIRED.has(field))) return () => undefined;
  return () => {
    throw new RecordError('missing_field', `${field}: the record has no ${name}`, { field });
  };
}

/** A fixed value is converted once; a timestamp for each record, as it depends on the feed's zone. */
function compileFixed(
  member: 'constant' | 'default',
  mapping: FieldMapping,
  convert: FieldReader,
  pointer: string,
): ValueReader {
  const value = mapping[member]!;
  try {
    const converted = convert(value, ANY_ZONE);
    return kindOf(mapping) === 'timestamp' ? (_, policy) => convert(value, policy) : () => converted;
  } catch (error) {
    if (error instanceof RecordError) throw new ConfigError([problem(`${pointer}/${member}`, error.message)]);
    throw error;
  }
}

function kindOf({ field, as }: FieldMapping): FieldKind {
  return as ?? usageFieldKind(field) ?? 'text';
}

function combinationProblems(mapping: FieldMapping, pointer: string): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const given = SOURCES.filter((name) => mapping[name] !== undefined && mapping[name] !== null);
  if (given.length !== 1) {
    problems.push(
      problem(pointer, `needs exactly one of ${SOURCES.join(', ')}; has ${given.join(' and ') || 'none'}`),
    );
  }
  const kind = kindOf(mapping);
  const own = usageFieldKind(mapping.field);
  if (own !== undefined && own !== kind)
    problems.push(problem(`${pointer}/as`, `"${mapping.field}" is always ${own}`));
  const onlyFor = (member: keyof FieldMapping, wanted: FieldKind) => {
    if (mapping[member] !== undefined && kind !== wanted) {
      problems.push(
        problem(`${pointer}/${member}`, `is for ${wanted} values; "${mapping.field}" is ${kind}`),
      );
    }
  };
  onlyFor('formats', 'timestamp');
  onlyFor('timeZone', 'timestamp');
  onlyFor('trueValues', 'boolean');
  onlyFor('falseValues', 'boolean');
  if (mapping.default !== undefined && mapping.required === true) {
    problems.push(problem(`${pointer}/required`, 'a field with a default is never missing'));
  }
  if (mapping.constant !== undefined && (mapping.default !== undefined || mapping.required !== undefined)) {
    problems.push(problem(pointer, 'a constant has neither default nor required'));
  }
  return problems;
}
