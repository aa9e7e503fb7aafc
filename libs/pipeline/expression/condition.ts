import { RecordError } from '../errors.js';
import type { PipelineRecord } from '../record.js';
import type { Expression, StepContext } from '../step.js';

/**
 * Whether a condition holds for a record. Synchronous where the expression is.
 * @throws RecordError `expression_failed` where it gives anything but true or false
 */
export function evaluateCondition(
  expression: Expression,
  record: PipelineRecord,
  context: StepContext,
): boolean | Promise<boolean> {
  const result = expression.evaluate(record, context);
  return result instanceof Promise
    ? result.then((value) => toBoolean(value, expression))
    : toBoolean(result, expression);
}

function toBoolean(value: unknown, { source }: Expression): boolean {
  if (typeof value === 'boolean') return value;
  const given =
    value === undefined
      ? 'nothing'
      : value === null
        ? 'null'
        : `a ${Array.isArray(value) ? 'list' : typeof value}`;
  throw new RecordError(
    'expression_failed',
    `the condition gives ${given} where true or false is needed: ${source.slice(0, 100)}; use $exists() or $boolean()`,
    { details: { code: 'not_boolean' } },
  );
}
