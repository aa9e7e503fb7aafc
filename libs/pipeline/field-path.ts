import { ConfigError } from './errors.js';
import type { DecodedValue, PipelineRecord } from './record.js';

export type FieldGetter = (record: PipelineRecord) => unknown;
export type FieldSetter = (record: PipelineRecord, value: unknown) => void;

const EXTENSION = 'extensions.';
/** Fields that hold more than one value and are set by the steps that find it. */
const STRUCTURED = ['attributes', 'resolvedIdentifier', 'rating', 'cost'];
const MAX_NAME_LENGTH = 200;

/**
 * Compiles a path such as `Value` or `Extensions.region`: a usage field set by a step, else a field
 * of the source. A name that has a dot itself goes before a path into an object.
 */
export function fieldGetter(path: string): FieldGetter {
  const names = path.split('.');
  if (names.length === 1) return (record) => record.get(path);
  const [head, ...rest] = names as [string, ...string[]];
  return (record) => {
    const whole = record.get(path);
    if (whole !== undefined) return whole;
    let value = record.get(head);
    for (const name of rest) {
      if (value === null || typeof value !== 'object' || !Object.hasOwn(value, name)) return undefined;
      value = (value as Readonly<Record<string, unknown>>)[name];
    }
    return value;
  };
}

/**
 * Compiles where a step puts a value: a name, or `extensions.name`.
 * @throws ConfigError at `pointer` for what steps may not set
 */
export function fieldSetter(target: string, pointer: string): FieldSetter {
  const problem = targetProblem(target);
  if (problem) throw new ConfigError([{ pointer, code: 'invalid_value', message: problem }]);
  const extension = extensionName(target);
  if (extension === null) {
    return (record, value) => {
      record.fields[target] = value;
    };
  }
  return (record, value) => {
    record.fields.extensions = { ...record.fields.extensions, [extension]: value as DecodedValue };
  };
}

/** The extension that a target names (`extensions.region` is `region`); null for all others. */
export function extensionName(target: string): string | null {
  return target.startsWith(EXTENSION) ? target.slice(EXTENSION.length) : null;
}

function targetProblem(target: string): string | null {
  const name = extensionName(target) ?? target;
  if (name === '' || name.length > MAX_NAME_LENGTH)
    return `a field name has 1 to ${MAX_NAME_LENGTH} characters`;
  if (name === '__proto__') return '"__proto__" cannot be a field';
  if (target === 'extensions') return 'name one extension, such as "extensions.region"';
  if (STRUCTURED.includes(target)) return `"${target}" is set by the steps that find it`;
  if (name !== target || !name.includes('.')) return null;
  return `"${target}" has a dot: only extensions are set by a path, such as "extensions.region"`;
}
