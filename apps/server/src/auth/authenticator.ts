import { Injectable } from '@nestjs/common';
import { Problem, forbidden } from '../common/index.js';
import { AccessTokens } from './access-tokens.js';
import { KeyUse } from './key-use.js';
import { KnownKeys } from './known-keys.js';
import type { Caller, KeyRole } from './policy.js';

/** A header line longer than this holds no key of ours. */
const MAX_HEADER_LENGTH = 1024;

export interface AuthenticateOptions {
  /** HTML pages also take HTTP Basic, with the key as password: browsers can ask for that. */
  readonly acceptsBasic?: boolean;
}

const unauthorized = (detail: string) => new Problem(401, 'unauthorized', detail);

/** Who is calling, by the Authorization header and nothing else: a key in a URL ends up in logs. */
@Injectable()
export class Authenticator {
  constructor(
    private readonly tokens: AccessTokens,
    private readonly keys: KnownKeys,
    private readonly use: KeyUse,
  ) {}

  /** @throws Problem 401 */
  async authenticate(authorization: string | undefined, options: AuthenticateOptions = {}): Promise<Caller> {
    if (!authorization) throw unauthorized('Send a key: Authorization: Bearer <key>.');
    const text = keyIn(authorization, options.acceptsBasic ?? false);
    const caller = text === null ? null : await this.keys.callerOf((await this.tokens.keyOf(text)) ?? text);
    if (!caller) throw unauthorized('The key is unknown, expired or revoked.');
    this.use.note(caller.keyId);
    return caller;
  }

  /** Makes this process see at once that a key was changed or revoked; the others see it within two seconds. */
  forget(publicId: string): void {
    this.keys.forget(publicId);
  }

  /**
   * The caller of a key that came another way than in the header, as in a login form; null where the key does not
   * work or is not the key of that id. A token is no key here: it cannot be renewed by itself.
   */
  async verifySecret(publicId: string | null, text: string): Promise<Caller | null> {
    const caller = await this.keys.callerOf(text);
    if (!caller || (publicId !== null && publicId !== caller.publicId)) return null;
    this.use.note(caller.keyId);
    return caller;
  }
}

/** @throws Problem 403 unless the caller has one of the roles. Admins may always. */
export function requireRole(caller: Caller, roles: readonly KeyRole[]): void {
  if (caller.role === 'admin' || roles.includes(caller.role)) return;
  throw forbidden(`This needs a key of role ${roles.join(', ') || 'admin'}; yours is ${caller.role}.`);
}

function keyIn(authorization: string, acceptsBasic: boolean): string | null {
  if (authorization.length > MAX_HEADER_LENGTH) return null;
  const [, scheme, value] = /^(\w+) +(\S+) *$/.exec(authorization) ?? [];
  if (scheme?.toLowerCase() === 'bearer') return value!;
  if (scheme?.toLowerCase() !== 'basic' || !acceptsBasic) return null;
  const pair = Buffer.from(value!, 'base64').toString('utf8');
  return pair.includes(':') ? pair.slice(pair.indexOf(':') + 1) : null;
}
