import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isLogisenseUrl } from './paths.js';

interface ProblemJson {
  readonly status: number;
  readonly detail: string;
  readonly requestId: string;
  readonly errors?: readonly { readonly pointer: string; readonly message: string }[];
}

/** LogiSense's error codes are eight digits; ours say the HTTP status: 400 is 10400000. */
const CODE_BASE = 10_000_000;
const CODES_PER_STATUS = 1000;

/** A refusal in the shape of LogiSense's API: all errors at once, the request's id as tracking id. */
export function toLogisenseErrors(
  { status, detail, requestId, errors }: ProblemJson,
  type: 'create' | 'read',
): object {
  const code = CODE_BASE + status * CODES_PER_STATUS;
  const messages = errors?.length ? errors.map((error) => `${error.pointer}: ${error.message}`) : [detail];
  return { trackingId: requestId, type, errors: messages.map((message) => ({ code, message })) };
}

/**
 * Gives every problem on a LogiSense-shaped URL their shape, wherever it was found: in a controller,
 * in the guard before it, in Fastify before both. Before the server is ready.
 */
export function installErrorShape(server: FastifyInstance): void {
  server.addHook('onSend', async (request: FastifyRequest, reply: FastifyReply, payload: unknown) => {
    const type = String(reply.getHeader('content-type') ?? '');
    if (!type.startsWith('application/problem+json') || !isLogisenseUrl(request.url)) return payload;
    void reply.header('content-type', 'application/json; charset=utf-8');
    const problem = JSON.parse(String(payload)) as ProblemJson;
    return JSON.stringify(toLogisenseErrors(problem, request.method === 'GET' ? 'read' : 'create'));
  });
}
