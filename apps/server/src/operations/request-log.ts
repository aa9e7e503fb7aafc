import { Logger } from '@nestjs/common';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { AuthenticatedRequest } from '../auth/index.js';

/** Asked every few seconds by machines: of interest only when they fail. */
const QUIET = /^\/(healthz|metrics)/;
const TRACKING_ID = /\/imports\/([0-9a-f-]{36})$/;

/** One line for every request, when it has been answered; never its query, body or key. */
export function installRequestLog(server: FastifyInstance): void {
  const log = new Logger('http');
  server.addHook('onResponse', (request: AuthenticatedRequest, reply: FastifyReply, done) => {
    const route = request.routeOptions.url ?? 'unknown';
    if (!QUIET.test(route) || reply.statusCode >= 400) {
      const trackingId = TRACKING_ID.exec(String(reply.getHeader('location') ?? ''))?.[1];
      log.log(
        {
          method: request.method,
          route,
          status: reply.statusCode,
          ms: Math.round(reply.elapsedTime * 10) / 10,
          requestId: request.id,
          ...(request.caller && { keyId: request.caller.publicId }),
          ...(trackingId && { trackingId }),
        },
        'request',
      );
    }
    done();
  });
}
