import type { ConfigProblem } from 'feedmill/pipeline';

/** One of the problems of a refused request. */
export type ProblemDetail = ConfigProblem;

/**
 * A refusal: becomes `application/problem+json` (RFC 9457), on LogiSense-shaped routes their error
 * shape. The one way to answer with an error; no stack and no internals leave the server.
 */
export class Problem extends Error {
  readonly errors?: readonly ProblemDetail[];
  readonly retryAfterSeconds?: number;

  constructor(
    readonly status: number,
    /** Stable snake_case. */
    readonly code: string,
    /** A sentence for the person who has to act on it. */
    readonly detail: string,
    more: { errors?: readonly ProblemDetail[]; retryAfterSeconds?: number } = {},
  ) {
    super(`${status} ${code}: ${detail}`);
    this.name = 'Problem';
    this.errors = more.errors?.slice(0, 100);
    this.retryAfterSeconds = more.retryAfterSeconds;
  }
}

export const badParameter = (name: string, message: string) =>
  new Problem(400, 'invalid_parameter', `Parameter ${name} ${message}`, {
    errors: [{ pointer: name, code: 'invalid_parameter', message }],
  });

export const forbidden = (detail: string) => new Problem(403, 'forbidden', detail);

export const notFound = (detail: string) => new Problem(404, 'not_found', detail);

export const unavailable = () =>
  new Problem(503, 'unavailable', 'The database cannot be reached just now. Nothing was stored; try again.', {
    retryAfterSeconds: 5,
  });
