export { AccessTokens } from './access-tokens.js';
export { AuthModule } from './auth.module.js';
export { Authenticator, requireRole } from './authenticator.js';
export { hashOf, isPlausibleKey, newKey, publicIdOf } from './key-text.js';
export { pageHook } from './page-hook.js';
export {
  ALL_FEEDS,
  AllFeeds,
  Allow,
  CurrentCaller,
  HtmlPage,
  KEY_ROLES,
  POLICY,
  Public,
  READERS,
  requireFeed,
  type AuthenticatedRequest,
  type Caller,
  type KeyRole,
  type Policy,
} from './policy.js';
