import { timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import { BriefCache } from '../common/index.js';
import { PG_POOL } from '../database/index.js';
import { hashOf, isPlausibleKey, publicIdOf } from './key-text.js';
import type { Caller, KeyRole } from './policy.js';

/** How long a look-up is believed: a revoked key works at most so long on any process. */
const BELIEVED_MS = 2000;
/** Whoever waits longer is told that the database is not there. */
const ANSWER_MS = 3000;

interface StoredSecret {
  readonly sha256: Buffer;
  /** Milliseconds since 1970; Infinity where the secret does not expire. */
  readonly expiresAt: number;
}

interface StoredKey {
  readonly caller: Caller;
  readonly expiresAt: number;
  readonly secrets: readonly StoredSecret[];
}

interface KeyRow {
  id: number;
  public_id: string;
  name: string;
  role: KeyRole;
  feeds: number[] | null;
  key_expires: number | null;
  sha256: Buffer;
  secret_expires: number | null;
}

const LOOK_UP = `
  SELECT k.id, k.public_id, k.name, k.role, k.feeds, s.sha256,
         (extract(epoch FROM k.expires_at) * 1000)::float8 AS key_expires,
         (extract(epoch FROM s.expires_at) * 1000)::float8 AS secret_expires
  FROM api_key k JOIN api_key_secret s ON s.key_id = k.id
  WHERE k.public_id = $1 AND k.revoked_at IS NULL AND coalesce(s.expires_at, 'infinity') > now()`;

/** Tells whose key a text is. Look-ups, also of keys that do not exist, are remembered for two seconds. */
@Injectable()
export class KnownKeys {
  private readonly known = new BriefCache((publicId) => this.lookUp(publicId), BELIEVED_MS);

  constructor(@Inject(PG_POOL) private readonly pool: pg.Pool) {}

  /**
   * The caller of a key, or null where the key is unknown, wrong, revoked or expired.
   * @throws when the database is not there
   */
  async callerOf(text: string): Promise<Caller | null> {
    if (!isPlausibleKey(text)) return null;
    const key = await this.known.get(publicIdOf(text));
    if (!key) return null;
    const hash = hashOf(text);
    const now = Date.now();
    const fits = key.secrets.some((secret) => timingSafeEqual(secret.sha256, hash) && secret.expiresAt > now);
    return fits && key.expiresAt > now ? key.caller : null;
  }

  forget(publicId: string): void {
    this.known.forget(publicId);
  }

  private async lookUp(publicId: string): Promise<StoredKey | null> {
    const query = { text: LOOK_UP, values: [publicId], query_timeout: ANSWER_MS };
    const { rows } = await this.pool.query<KeyRow>(query);
    const [row] = rows;
    if (!row) return null;
    return {
      caller: { keyId: row.id, publicId: row.public_id, name: row.name, role: row.role, feeds: row.feeds },
      expiresAt: row.key_expires ?? Infinity,
      secrets: rows.map((r) => ({ sha256: r.sha256, expiresAt: r.secret_expires ?? Infinity })),
    };
  }
}
