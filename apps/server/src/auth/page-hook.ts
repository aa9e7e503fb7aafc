import type { FastifyReply } from 'fastify';
import { problemBody, toProblem } from '../common/index.js';
import { type Authenticator, requireRole } from './authenticator.js';
import { type AuthenticatedRequest, type KeyRole, requireAllFeeds } from './policy.js';

/**
 * The guard of pages that are not routes of ours, such as the queue board: a Fastify `onRequest` hook for the scope
 * that serves them. Takes the key as Bearer or as password of HTTP Basic.
 */
export function pageHook(authenticator: Authenticator, ...roles: KeyRole[]) {
  return async (request: AuthenticatedRequest, reply: FastifyReply): Promise<void> => {
    try {
      request.caller = await authenticator.authenticate(request.headers.authorization, {
        acceptsBasic: true,
      });
      requireRole(request.caller, roles);
      requireAllFeeds(request.caller);
    } catch (error) {
      const problem = toProblem(error, request);
      if (problem.status === 401)
        void reply.header('www-authenticate', 'Basic realm="feedmill", charset="UTF-8"');
      await reply
        .status(problem.status)
        .header('content-type', 'application/problem+json; charset=utf-8')
        .send(JSON.stringify(problemBody(problem, String(request.id))));
    }
  };
}
