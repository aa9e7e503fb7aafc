import {
  ConfigError,
  ExactNumber,
  MAX_PARTS,
  PipelineRecord,
  RecordError,
  compare,
  compileEach,
  fieldGetter,
  fieldReader,
  fieldSetter,
  isMissing,
  multiply,
  ok,
  shown,
  skip,
  usageFieldKind,
  type DecodedRecord,
  type FieldGetter,
  type Outcome,
  type ZonePolicy,
} from 'feedmill/pipeline';
import type { ElementField, ElementSplit } from './config.js';
import { invalid, partOf, requireOwnValues, type Sharing } from './shared-fields.js';

type ElementReader = (part: PipelineRecord, element: unknown, policy: ZonePolicy) => void;

const NO_ELEMENTS = skip('no_elements');
/** Weights have at most 18 digits behind the point. */
const WEIGHT_UNITS = `1${'0'.repeat(18)}`;

/**
 * @param shared the fields that are shared
 * @throws ConfigError with every problem
 */
export function compileElementSplit(
  config: ElementSplit,
  shared: readonly string[],
  share: Sharing,
): (record: PipelineRecord, policy: ZonePolicy) => Outcome {
  const { from, weight, empty } = config;
  if (weight !== undefined && shared.length === 0) {
    throw configError('/elements/weight', 'needs share: there is nothing to share by it');
  }
  const readers = compileEach(config.fields, (field, i) =>
    compileField(field, `/elements/fields/${i}`, shared),
  );
  const get = fieldGetter(from);
  const weightOf = weight === undefined ? () => 1n : compileWeight(weight);
  const sharesValue = shared.includes('value');

  return (record, policy) => {
    const elements = get(record);
    if (elements === undefined || elements === null) {
      throw new RecordError('missing_field', `${from}: the record has no such list`, { field: from });
    }
    if (!Array.isArray(elements)) throw invalid(from, `${shown(elements)} is not a list`);
    if (elements.length > MAX_PARTS)
      throw invalid(from, `has ${elements.length} elements, more than ${MAX_PARTS}`);
    if (elements.length === 0) {
      if (empty === 'reject') throw invalid(from, 'the list is empty');
      return empty === 'skip' ? NO_ELEMENTS : ok();
    }
    const parts = elements.map((element: unknown, i) => {
      const part = partOf(record, i);
      if (elements.length > 1) delete part.fields.value;
      for (const read of readers) at(from, i, () => read(part, element, policy));
      return part;
    });
    requireOwnValues(record, parts, (part) => sharesValue || part.fields.value !== undefined);
    if (shared.length > 0) {
      const weights = elements.map((element: unknown, i) => at(from, i, () => weightOf(element, policy)));
      if (weights.every((w) => w === 0n)) throw invalid(`${from}.${weight}`, 'all weights are zero');
      share(record, parts, weights, policy);
    }
    return ok(parts);
  };
}

function compileField(
  { field, from, as, optional }: ElementField,
  pointer: string,
  shared: readonly string[],
): ElementReader {
  const own = usageFieldKind(field);
  if (own !== undefined && as !== undefined && own !== as)
    throw configError(`${pointer}/as`, `"${field}" is always ${own}`);
  if (shared.includes(field)) throw configError(`${pointer}/field`, `"${field}" is shared already`);
  const kind = as ?? own;
  const read = kind === undefined ? null : fieldReader(field, { as: kind }, pointer);
  const set = fieldSetter(field, `${pointer}/field`);
  const get = memberGetter(from);
  return (part, element, policy) => {
    const value = get(element);
    if (!isMissing(value)) set(part, read ? read(value, policy) : value);
    else if (!optional) {
      const what = from === undefined ? 'the element is empty' : `the element has no "${from}"`;
      throw new RecordError('missing_field', `${field}: ${what}`, { field });
    }
  };
}

function compileWeight(weight: string): (element: unknown, policy: ZonePolicy) => bigint {
  const get = memberGetter(weight);
  const read = fieldReader(weight, { as: 'decimal' }, '/elements/weight');
  return (element, policy) => {
    const value = get(element);
    if (isMissing(value)) {
      throw new RecordError('missing_field', `${weight}: the element has none to share by`, {
        field: weight,
      });
    }
    const decimal = String(read(value, policy));
    if (compare(decimal, '0') < 0) throw invalid(weight, `${shown(value)} is negative, and no weight`);
    return BigInt(multiply(decimal, WEIGHT_UNITS));
  };
}

/** A member of an element by the same paths as fields of a record; undefined of what has no members. */
function memberGetter(path: string | undefined): (element: unknown) => unknown {
  if (path === undefined) return (element) => element;
  const get: FieldGetter = fieldGetter(path);
  return (element) => {
    const hasMembers = typeof element === 'object' && element !== null && !(element instanceof ExactNumber);
    return hasMembers ? get(new PipelineRecord(0, 0, element as DecodedRecord)) : undefined;
  };
}

/** Says of a problem in an element which one it is; they count from 0. */
function at<T>(list: string, index: number, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    const { code, message, field } = error;
    throw new RecordError(code, `${list}[${index}]: ${message}`, {
      ...(field !== undefined && { field }),
      details: { element: index },
    });
  }
}

function configError(pointer: string, message: string): ConfigError {
  return new ConfigError([{ pointer, code: 'invalid_value', message }]);
}
