import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { AuthenticatedRequest } from '../auth/index.js';
import type { ChangedBy } from './audit.js';

/** The caller and the request of a changing route, for the audit. */
export const ByCaller = createParamDecorator((_: unknown, context: ExecutionContext): ChangedBy => {
  const { caller, id } = context.switchToHttp().getRequest<AuthenticatedRequest>();
  if (!caller) throw new Error('ByCaller on a route without authentication');
  return { actor: caller, requestId: String(id) };
});
