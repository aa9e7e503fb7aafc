import { type ConfigClass, checkConfig } from 'feedmill/pipeline';
import { Problem, type ProblemDetail } from './problem.js';
import { storableProblems } from './storable.js';

/** Every problem of a JSON body against the class that describes it, also what the database could not hold. */
export function bodyProblems(dto: ConfigClass, body: unknown): ProblemDetail[] {
  const problems = checkConfig(dto, body ?? {}, '');
  return problems.some((p) => p.code === 'too_deep') ? problems : [...problems, ...storableProblems(body)];
}

/**
 * A JSON body as its class describes it. Unknown members are refused.
 * @throws Problem 422 with every problem under `code`
 */
export function readBody<Dto extends object>(dto: ConfigClass<Dto>, body: unknown, code: string): Dto {
  const problems = bodyProblems(dto, body);
  if (problems.length) throw refusedBody(code, problems);
  return (body ?? {}) as Dto;
}

class Nothing {}

/**
 * Of a route that takes no body: anything in one is refused.
 * @throws Problem 422 `invalid_request` with every problem
 */
export function readNoBody(body: unknown): void {
  readBody(Nothing, body, 'invalid_request');
}

export const refusedBody = (code: string, errors: readonly ProblemDetail[]) =>
  new Problem(422, code, 'The request cannot be carried out; see errors.', { errors });
