/** One problem inside a request, as `errors[]` of problem+json. */
export interface ProblemDetail {
  pointer: string;
  code: string;
  message: string;
}

/** The command line, a file or a setting is wrong; nothing the server could help with. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Somebody was asked whether to go on, and did not say yes. */
export class Declined extends Error {
  override readonly name = 'Declined';
}

/** The server answered, and not with a 2xx. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly problems: readonly ProblemDetail[] = [],
    /** The server's `Retry-After`, null where it gave none. */
    readonly retryAfterMs: number | null = null,
    readonly requestId: string | null = null,
  ) {
    super(detail);
  }

  /** The same, said to be about `place`. */
  at(place: string): ApiError {
    const { status, code, message, problems, retryAfterMs, requestId } = this;
    return new ApiError(status, code, `${place}: ${message}`, problems, retryAfterMs, requestId);
  }
}

/** No answer: refused, reset, unknown host, or too slow. The request may have been received. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';

  constructor(
    message: string,
    /** Nothing was listening: the request certainly was not received. */
    readonly isRefused: boolean,
  ) {
    super(message);
  }
}

/** The error as a person reads it: one clear line, then one for each problem with its pointer. */
export function describeError(error: unknown): string {
  if (!(error instanceof ApiError)) return error instanceof Error ? error.message : String(error);
  const request = error.requestId === null ? '' : ` (request ${error.requestId})`;
  const head = `${error.status} ${error.code}: ${error.message}${request}`;
  return [
    head,
    ...error.problems.map((each) => `  ${each.pointer || '/'}: ${each.message} [${each.code}]`),
  ].join('\n');
}
