import type { ErrorObject } from 'ajv';
import { ExactNumber, reject, toDecimal, type Outcome, type UsageFields } from 'feedmill/pipeline';

const MAX_LISTED = 15;
const MAX_FIELD_LENGTH = 100;
const MAX_MESSAGE_LENGTH = 150;

/** Usage fields as a schema sees them: the value is a number, as it is to expressions. */
export function fieldsAsData(fields: UsageFields): Readonly<Record<string, unknown>> {
  const value = toDecimal(fields.value);
  return value === null ? fields : { ...fields, value: new ExactNumber(value) };
}

/**
 * The exception: the first problem, and all of them in its details. They go by field: the order of a schema's keywords
 * is not kept where profiles are.
 */
export function toOutcome(errors: readonly ErrorObject[]): Outcome {
  const problems = errors.map(toProblem).sort((a, b) => (a.field < b.field ? -1 : a.field > b.field ? 1 : 0));
  const [first] = problems;
  if (!first) return reject('invalid_value', 'the record does not fit the schema');
  const more = problems.length > 1 ? `, and ${problems.length - 1} more` : '';
  const name = first.field === '' ? 'the record' : first.field;
  return reject(first.code, `${name}: ${first.message}${more}`, {
    ...(first.field !== '' && { field: first.field }),
    details: { count: problems.length, problems: problems.slice(0, MAX_LISTED) },
  });
}

interface Problem {
  readonly field: string;
  readonly code: 'missing_field' | 'invalid_value';
  readonly message: string;
}

function toProblem({ keyword, instancePath, params, message = 'does not fit' }: ErrorObject): Problem {
  const names = instancePath
    .split('/')
    .slice(1)
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
  const { missingProperty, additionalProperty, unevaluatedProperty } = params as Record<string, unknown>;
  const isMissing = keyword === 'required' || keyword === 'dependentRequired';
  const further = isMissing ? missingProperty : (additionalProperty ?? unevaluatedProperty);
  if (typeof further === 'string') names.push(further);
  return {
    field: shortened(names.join('.'), MAX_FIELD_LENGTH),
    code: isMissing ? 'missing_field' : 'invalid_value',
    message: shortened(
      typeof further === 'string' && !isMissing
        ? 'is not known to the schema'
        : isMissing
          ? 'is missing'
          : message,
      MAX_MESSAGE_LENGTH,
    ),
  };
}

function shortened(text: string, maxLength: number): string {
  return text.length > maxLength ? `${text.slice(0, maxLength)}...` : text;
}
