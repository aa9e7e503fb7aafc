import { SetMetadata, createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { forbidden } from '../common/index.js';

export const KEY_ROLES = ['integrator', 'viewer', 'operator', 'implementer', 'admin'] as const;
export type KeyRole = (typeof KEY_ROLES)[number];

/** Everybody who may read what is not their own; viewers see identifiers and raw records masked. */
export const READERS: readonly KeyRole[] = ['viewer', 'operator', 'implementer', 'admin'];

/** The key that a request came with. */
export interface Caller {
  /** Row id of the key. */
  readonly keyId: number;
  readonly publicId: string;
  readonly name: string;
  readonly role: KeyRole;
  /** Feed ids that the key is limited to; null: all feeds. */
  readonly feeds: readonly number[] | null;
}

export const POLICY = 'feedmill:policy';
export type Policy = readonly KeyRole[] | 'public';

/** Who may call a route. A route without a policy is refused to everybody. Admins may always. */
export const Allow = (...roles: KeyRole[]) => SetMetadata(POLICY, roles satisfies Policy);

export const ALL_FEEDS = 'feedmill:all-feeds';

/** A route that speaks of the whole installation: refused to keys that are limited to feeds. */
export const AllFeeds = () => SetMetadata(ALL_FEEDS, true);

/** A route that needs no key: health, the API's own description. */
export const Public = () => SetMetadata(POLICY, 'public' satisfies Policy);

export const HTML_PAGE = 'feedmill:html-page';

/** A page for browsers: takes HTTP Basic too, with the key as password. */
export const HtmlPage = () => SetMetadata(HTML_PAGE, true);

export interface AuthenticatedRequest extends FastifyRequest {
  caller?: Caller;
}

/** The caller of an authenticated route. */
export const CurrentCaller = createParamDecorator((_: unknown, context: ExecutionContext): Caller => {
  const { caller } = context.switchToHttp().getRequest<AuthenticatedRequest>();
  if (!caller) throw new Error('CurrentCaller on a route without authentication');
  return caller;
});

/** Refuses a caller whose key is limited to feeds at all. */
export function requireAllFeeds(caller: Caller): void {
  if (caller.feeds) throw forbidden('This is of the whole installation, and the key is limited to feeds.');
}

/** Refuses a caller whose key is limited to other feeds. */
export function requireFeed(caller: Caller, feedId: number): void {
  if (caller.feeds && !caller.feeds.includes(feedId)) throw forbidden('This key is not for this feed.');
}
