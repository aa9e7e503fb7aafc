import type { FastifyInstance, FastifyReply } from 'fastify';

/** What is no page loads nothing and stands in no frame. */
const DATA_POLICY = "default-src 'none'; frame-ancestors 'none'";

/** Pages load what this server gives them: no inline scripts or styles, nothing from elsewhere. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** Headers of every answer. What says nothing of caching is not to be kept by anybody. */
export function installSecurityHeaders(server: FastifyInstance): void {
  server.addHook('onSend', (request, reply, payload, done) => {
    const isPage = String(reply.getHeader('content-type') ?? '').startsWith('text/html');
    set(reply, 'x-request-id', String(request.id));
    set(reply, 'x-content-type-options', 'nosniff');
    set(reply, 'referrer-policy', 'no-referrer');
    set(reply, 'content-security-policy', isPage ? PAGE_POLICY : DATA_POLICY);
    set(reply, 'cache-control', 'no-store');
    done(null, payload);
  });
}

function set(reply: FastifyReply, name: string, value: string): void {
  if (!reply.hasHeader(name)) void reply.header(name, value);
}
