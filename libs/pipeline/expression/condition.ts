import { RecordError } from '../errors.js';
import type { PipelineRecord } from '../record.js';
import type { Expression, StepContext } from '../step.js';

/**
 * Whether a condition holds for a record. Synchronous where the expression is.
 * @param name how an error calls the condition, where a record may meet several: `cancelWhen`, say
 * @throws RecordError `expression_failed` where it gives anything but true or false
 */
export function evaluateCondition(
  expression: Expression,
  record: PipelineRecord,
  context: StepContext,
  name?: string,
): boolean | Promise<boolean> {
  const given = valueOf(expression, record, context, name);
  return given instanceof Promise
    ? given.then(
        (value) => toBoolean(value, expression, name),
        (error: unknown) => {
          throw named(error, name);
        },
      )
    : toBoolean(given, expression, name);
}

function valueOf(
  expression: Expression,
  record: PipelineRecord,
  context: StepContext,
  name?: string,
): unknown {
  try {
    return expression.evaluate(record, context);
  } catch (error) {
    throw named(error, name);
  }
}

function named(error: unknown, name?: string): unknown {
  if (name === undefined || !(error instanceof RecordError)) return error;
  const { code, message, field, details, missing } = error;
  return new RecordError(code, `${name}: ${message}`, { field, details, missing });
}

function toBoolean(value: unknown, { source }: Expression, name?: string): boolean {
  if (typeof value === 'boolean') return value;
  const given =
    value === undefined
      ? 'nothing'
      : value === null
        ? 'null'
        : `a ${Array.isArray(value) ? 'list' : typeof value}`;
  const message = `the condition gives ${given} where true or false is needed: ${source.slice(0, 100)}; use $exists() or $boolean()`;
  const error = new RecordError('expression_failed', message, { details: { code: 'not_boolean' } });
  throw named(error, name);
}
