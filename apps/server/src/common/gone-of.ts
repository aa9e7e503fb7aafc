import type { FastifyReply } from 'fastify';

/** Aborted when the connection of a request has closed. */
export function goneOf(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  return gone.signal;
}
