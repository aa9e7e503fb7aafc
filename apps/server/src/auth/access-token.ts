import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** Tells a token from a key at a glance; a bootstrap key may begin with it too. */
const PREFIX = 'fmt_';
const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * A token that stands for a key until a moment. It holds the key encrypted, so that every process can
 * check it, a revoked key ends its tokens, and neither the token nor the secret alone gives the key away.
 * @param secret 32 bytes that all processes of an installation share
 * @param expiresAt milliseconds since 1970
 */
export function sealToken(secret: Buffer, key: string, expiresAt: number): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, secret, iv);
  const sealed = Buffer.concat([cipher.update(`${expiresAt} ${key}`, 'utf8'), cipher.final()]);
  return PREFIX + Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url');
}

/** Whether a text can be a token: only such are worth opening. */
export function isTokenLike(text: string): boolean {
  return text.startsWith(PREFIX);
}

/** The key that a token stands for at a moment; null for what is expired, changed or no token. */
export function openToken(secret: Buffer, token: string, now: number): string | null {
  const bytes = Buffer.from(token.slice(PREFIX.length), 'base64url');
  if (!isTokenLike(token) || bytes.length <= IV_BYTES + TAG_BYTES) return null;
  const opened = decrypted(secret, bytes);
  const [, expiresAt, key] = /^(\d+) (.+)$/.exec(opened ?? '') ?? [];
  return key !== undefined && Number(expiresAt) > now ? key : null;
}

function decrypted(secret: Buffer, bytes: Buffer): string | null {
  const decipher = createDecipheriv(CIPHER, secret, bytes.subarray(0, IV_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  try {
    const text = decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES));
    return Buffer.concat([text, decipher.final()]).toString('utf8');
  } catch {
    return null;
  }
}
