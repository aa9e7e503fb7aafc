import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ConfigError } from 'feedmill/pipeline';
import { takenBy } from './body.js';
import { Problem, unavailable } from './problem.js';

type Refused = Pick<FastifyRequest, 'routeOptions'>;

/** Status, code and detail. */
type FastifyRefusal = [number, string, string | ((request: Refused) => string)];

/** Fastify's own refusals, in our words. */
const FASTIFY_CODES: Record<string, FastifyRefusal> = {
  FST_ERR_CTP_BODY_TOO_LARGE: [
    413,
    'body_too_large',
    ({ routeOptions }) =>
      `The body is larger than the ${routeOptions.bodyLimit} bytes that this server takes as sent.`,
  ],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    415,
    'unsupported_media_type',
    (request) => `The Content-Type cannot be read; taken are ${takenBy(request)}.`,
  ],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: [
    400,
    'malformed_body',
    'The body does not have the length it announced.',
  ],
  FST_ERR_CTP_EMPTY_JSON_BODY: [400, 'malformed_body', 'The body is empty.'],
  FST_ERR_BAD_URL: [400, 'malformed_url', 'The URL cannot be decoded.'],
  FST_ERR_MAX_PARAM_LENGTH: [414, 'url_too_long', 'A part of the URL is too long.'],
};

const HTTP_CODES: Record<number, string> = {
  400: 'bad_request',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  413: 'body_too_large',
  415: 'unsupported_media_type',
  429: 'rate_limited',
};

/** SQLSTATEs and socket errors that mean "the database is not there", not "we are wrong". */
const DATABASE_DOWN =
  /^(08|57P|53|25006|40001|40P01|55P03)|^(ECONNREFUSED|ECONNRESET|ETIMEDOUT|EPIPE|ENOTFOUND|EAI_AGAIN|ENOENT|57014)$/;
const POOL_TROUBLE =
  /timeout exceeded when trying to connect|Connection terminated|Query read timeout|Client has encountered/i;

/** Turns whatever was thrown into the one problem that the client sees. */
export function toProblem(error: unknown, request: Refused): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof ConfigError) {
    return new Problem(422, 'invalid_configuration', 'The configuration cannot work; see errors.', {
      errors: error.problems,
    });
  }
  const refusal = fastifyRefusal(error);
  if (refusal) {
    const [status, name, detail] = refusal;
    return new Problem(status, name, typeof detail === 'string' ? detail : detail(request));
  }
  if (error instanceof HttpException) {
    const status = error.getStatus();
    return new Problem(status, HTTP_CODES[status] ?? 'error', error.message);
  }
  const { code, statusCode, message, driverError } = (error ?? {}) as {
    code?: string;
    statusCode?: number;
    message?: string;
    driverError?: { code?: string };
  };
  // Also a client that has gone in the middle of its body, which is ECONNRESET as well.
  if (statusCode && statusCode >= 400 && statusCode < 500) {
    return new Problem(
      statusCode,
      HTTP_CODES[statusCode] ?? 'bad_request',
      message ?? 'The request was refused.',
    );
  }
  if (DATABASE_DOWN.test(driverError?.code ?? code ?? '') || POOL_TROUBLE.test(message ?? ''))
    return unavailable();
  return new Problem(500, 'internal_error', 'The server made a mistake. It is logged under the request id.');
}

/** Nest wraps what Fastify refuses; on routes that are not Nest's it comes as it is. */
function fastifyRefusal(error: unknown): FastifyRefusal | undefined {
  const { code } = ((error instanceof HttpException ? error.cause : error) ?? {}) as { code?: string };
  return code === undefined ? undefined : FASTIFY_CODES[code];
}

/** The `application/problem+json` body of a problem. */
export function problemBody(problem: Problem, requestId: string): object {
  return {
    type: `https://feedmill.dev/problems/${problem.code}`,
    title: STATUS_CODES[problem.status] ?? 'Error',
    status: problem.status,
    detail: problem.detail,
    code: problem.code,
    requestId,
    ...(problem.errors ? { errors: problem.errors } : {}),
  };
}

/** Answers every error of every route. The only place where an HTTP status of an error is decided. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly log = new Logger('http');

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const problem = toProblem(error, request);
    if (problem.status >= 500 && problem.code !== 'backlog_full') {
      this.log.error(
        { requestId: request.id, method: request.method, path: request.url.split('?')[0], err: error },
        problem.message,
      );
    }
    if (reply.sent) return;
    if (problem.retryAfterSeconds) void reply.header('retry-after', String(problem.retryAfterSeconds));
    if (problem.status === 401) void reply.header('www-authenticate', 'Bearer realm="feedmill"');
    send(problem, request, reply);
  }
}

/** Answers what the router refuses before there is a route: a URL that cannot be decoded or is too long. */
export function answerRefusedUrl(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  send(toProblem(error, request), request, reply);
}

const BROKEN_REQUESTS: Record<string, [number, string, string]> = {
  HPE_HEADER_OVERFLOW: [431, 'headers_too_large', 'The URL and the headers are too long.'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'request_timeout', 'The request did not come to its end in time.'],
};

/** Answers what cannot be read as HTTP at all, and so has no request: the connection ends with it. */
export function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const refusal = BROKEN_REQUESTS[error.code ?? ''] ?? [
    400,
    'malformed_request',
    'This is not readable as HTTP.',
  ];
  const problem = new Problem(...refusal);
  const body = JSON.stringify(problemBody(problem, randomUUID()));
  const lines = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    'content-type: application/problem+json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
}

function send(problem: Problem, request: FastifyRequest, reply: FastifyReply): void {
  void reply
    .status(problem.status)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .send(JSON.stringify(problemBody(problem, String(request.id))));
}
