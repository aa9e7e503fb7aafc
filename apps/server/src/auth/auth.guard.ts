import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { forbidden } from '../common/index.js';
import { Authenticator, requireRole } from './authenticator.js';
import {
  ALL_FEEDS,
  type AuthenticatedRequest,
  HTML_PAGE,
  POLICY,
  type Policy,
  requireAllFeeds,
} from './policy.js';

/** Stands before every route: what has no policy is refused to everybody. */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly authenticator: Authenticator,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const targets = [context.getHandler(), context.getClass()];
    const policy = this.reflector.getAllAndOverride<Policy | undefined>(POLICY, targets);
    if (policy === 'public') return true;
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const acceptsBasic = this.reflector.getAllAndOverride<boolean | undefined>(HTML_PAGE, targets);
    request.caller = await this.authenticator.authenticate(request.headers.authorization, { acceptsBasic });
    if (!policy) throw forbidden('This route is open to nobody.');
    requireRole(request.caller, policy);
    if (this.reflector.getAllAndOverride<boolean | undefined>(ALL_FEEDS, targets))
      requireAllFeeds(request.caller);
    return true;
  }
}
