import {
  ConfigError,
  RecordError,
  compileEach,
  fieldGetter,
  fieldSetter,
  isMissing,
  shown,
  toText,
  usageFieldKind,
  type PipelineRecord,
} from 'feedmill/pipeline';
import type { TextOperation } from './config.js';
import { compileTransformation, MAX_TEXT_LENGTH } from './operation.js';

/**
 * Compiles the operations into one function that does them in order.
 * @throws ConfigError with every problem of every operation
 */
export function compileOperations(operations: readonly TextOperation[]): (record: PipelineRecord) => void {
  const compiled = compileEach(operations, (operation, i) => compileOperation(operation, `/operations/${i}`));
  return (record) => {
    for (const run of compiled) run(record);
  };
}

function compileOperation(operation: TextOperation, pointer: string): (record: PipelineRecord) => void {
  const { field, from = field, optional } = operation;
  const kind = usageFieldKind(field);
  if (kind !== undefined && kind !== 'text') {
    const message = `"${field}" is a ${kind}, not a text`;
    throw new ConfigError([{ pointer: `${pointer}/field`, code: 'invalid_value', message }]);
  }
  const set = fieldSetter(field, `${pointer}/field`);
  const get = fieldGetter(from);
  const transform = compileTransformation(operation, pointer);
  return (record) => {
    const value = get(record);
    if (isMissing(value)) {
      if (optional) return;
      throw new RecordError('missing_field', `${field}: the record has no "${from}"`, { field });
    }
    const text = bounded(toText(value), field);
    const transformed = transform(text);
    if (transformed === null) {
      if (optional) return;
      throw invalid(field, `there is nothing to extract in ${shown(text)}`);
    }
    if (transformed === '' && !optional) {
      throw new RecordError('missing_field', `${field}: nothing is left of ${shown(text)}`, { field });
    }
    set(record, bounded(transformed, field));
  };
}

function bounded(text: string | null, field: string): string {
  if (text === null) throw invalid(field, 'is not a text, a number or a boolean');
  if (text.length > MAX_TEXT_LENGTH) throw invalid(field, `is longer than ${MAX_TEXT_LENGTH} characters`);
  return text;
}

function invalid(field: string, message: string): RecordError {
  return new RecordError('invalid_value', `${field}: ${message}`, { field });
}
