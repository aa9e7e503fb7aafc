import type { ConfigClass } from 'feedmill/pipeline';
import { type ProblemDetail, bodyProblems, refusedBody, storableProblems } from '../common/index.js';

/** Stands for the record while the rest of the body is checked: a record may have any names, and be as deep as in a post. */
const SOME_RECORD = '';

/**
 * As `readBody`, for a body with a member `raw` that holds a record.
 * @throws Problem 422 with every problem under `code`
 */
export function readBodyWithRaw<Dto extends { raw: unknown }>(
  dto: ConfigClass<Dto>,
  body: unknown,
  code: string,
): Dto {
  const problems = problemsOf(dto, body);
  if (problems.length > 0) throw refusedBody(code, problems);
  return body as Dto;
}

function problemsOf(dto: ConfigClass, body: unknown): ProblemDetail[] {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return bodyProblems(dto, body ?? []);
  const { raw } = body as { raw?: unknown };
  const problems = bodyProblems(dto, { ...body, raw: SOME_RECORD });
  return raw === undefined
    ? [...problems, { pointer: '/raw', code: 'required', message: '"raw" is required' }]
    : [...problems, ...storableProblems(raw, '/raw')];
}
