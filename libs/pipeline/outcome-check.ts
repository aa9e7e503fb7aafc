import { RecordError, ReferenceUnavailable } from './errors.js';
import type { Outcome, Rejection } from './outcome.js';
import { PipelineRecord } from './record.js';

const SNAKE_CASE = /^[a-z][a-z0-9_]{0,62}$/;

/** Whether a text can be a code or a reason. */
export function isSnakeCase(text: unknown): text is string {
  return typeof text === 'string' && SNAKE_CASE.test(text);
}

/** What is wrong with what a step gave; null where it is an outcome. */
export function outcomeProblem(outcome: Outcome): string | null {
  if (typeof outcome !== 'object' || outcome === null) return 'gave no outcome';
  switch (outcome.kind) {
    case 'ok': {
      const { records } = outcome;
      if (records === undefined) return null;
      const areRecords = Array.isArray(records) && records.every((part) => part instanceof PipelineRecord);
      return areRecords && records.length > 0 ? null : 'gave parts that are no records';
    }
    case 'skip':
      return isSnakeCase(outcome.reason) ? null : 'gave a skip without a snake_case reason';
    case 'reject':
      return rejectionProblem(outcome);
    default:
      return 'gave no outcome';
  }
}

/**
 * What a step threw, as the rejection it stands for: a RecordError's own, else a defect of the step.
 * @throws ReferenceUnavailable where that is what it was: no step's fault
 */
export function toRejection(error: unknown, step: string): Rejection {
  const unavailable = unavailableIn(error);
  if (unavailable) throw unavailable;
  if (isRecordError(error) && rejectionProblem(error) === null) {
    const { code, message, field, details, missing } = error;
    return { code, message, field, details, missing };
  }
  const { name, message } = error instanceof Error ? error : { name: typeof error, message: String(error) };
  return stepCrashed(`${step} failed: ${message}`, { error: name });
}

/** A defect of a step, not of the record. */
export function stepCrashed(message: string, details?: Rejection['details']): Rejection {
  return { code: 'step_crashed', message, ...(details && { details }) };
}

/** Also where a step has said more about it (`new Error('looking up ...', { cause })`). */
function unavailableIn(error: unknown): ReferenceUnavailable | null {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof ReferenceUnavailable) return cause;
  }
  return null;
}

/** By name as well: a plugin may bring its own copy of this library. */
function isRecordError(error: unknown): error is RecordError {
  return error instanceof RecordError || (error instanceof Error && error.name === 'RecordError');
}

function rejectionProblem({ code, message, field, missing }: Rejection): string | null {
  if (!isSnakeCase(code)) return 'gave a rejection without a snake_case code';
  if (typeof message !== 'string' || message === '') return `gave the rejection ${code} without a message`;
  if (field !== undefined && typeof field !== 'string')
    return `gave the rejection ${code} with a field that is no text`;
  const isNamed = (text: unknown) => text === undefined || typeof text === 'string';
  if (missing && (typeof missing.value !== 'string' || !isNamed(missing.type)))
    return `gave the rejection ${code} with nothing missing`;
  return null;
}
