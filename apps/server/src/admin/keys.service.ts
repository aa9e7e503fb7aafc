import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import { Authenticator, hashOf, newKey } from '../auth/index.js';
import {
  Conditions,
  DEFAULT_LIMIT,
  type ListValues,
  type Page,
  Problem,
  pageOf,
  readCursor,
  toRfc3339,
  toRfc3339OrNull,
} from '../common/index.js';
import { PG_POOL, inTransaction } from '../database/index.js';
import { Audit, type ChangedBy } from './audit.js';
import { type CreateKeyDto, DEFAULT_GRACE_SECONDS, type KeyView, type NewKeyView } from './key.dto.js';
import { readKey } from './key-rules.js';

interface KeyRow {
  id: number;
  public_id: string;
  name: string;
  role: KeyView['role'];
  feeds: string[] | null;
  created_at: string;
  expires_at: string | null;
  revoked_at: string | null;
  last_used_at: string | null;
}

const SELECT = `
  SELECT k.id, k.public_id, k.name, k.role, k.created_at, k.expires_at, k.revoked_at, k.last_used_at,
         (SELECT array_agg(coalesce(f.api_name, limited.id::text) ORDER BY limited.id)
          FROM unnest(k.feeds) AS limited(id) LEFT JOIN feed f ON f.id = limited.id) AS feeds
  FROM api_key k`;

/** What the audit says of a rotation. */
type Rotated = KeyView & { readonly graceSeconds: number };

/** Changes of keys are rare: one at a time, so that two admins cannot revoke each other's last key. */
const KEY_LOCK = 7_301_994_224;

/** Who may use the API. Secrets are shown once and stored hashed; they are in no audit row and no log line. */
@Injectable()
export class KeysService {
  constructor(
    @Inject(PG_POOL) private readonly pool: pg.Pool,
    private readonly audit: Audit,
    private readonly authenticator: Authenticator,
  ) {}

  async list({ limit = DEFAULT_LIMIT, cursor }: ListValues): Promise<Page<KeyView>> {
    const [before] = readCursor('keys', ['integer'], cursor) ?? [];
    const where = new Conditions().compare('k.id <', before);
    const sql = `${SELECT} ${where} ORDER BY k.id DESC LIMIT ${limit + 1}`;
    const { rows } = await this.pool.query<KeyRow>(sql, where.values);
    return pageOf('keys', rows, limit, toView, (row) => [row.id]);
  }

  /** @throws Problem 422 `invalid_key` with every problem */
  async create(by: ChangedBy, written: CreateKeyDto): Promise<NewKeyView> {
    const { publicId, text } = newKey();
    const key = await this.changing(async (client) => {
      const { name, role, feeds, expiresAt } = await readKey(client, written);
      const { rows } = await client.query<{ id: number }>(
        `INSERT INTO api_key (public_id, name, role, feeds, expires_at, created_by)
         VALUES ($1, $2, $3, $4, $5, $6) RETURNING id`,
        [publicId, name, role, feeds, expiresAt, typeof by.actor === 'string' ? null : by.actor.keyId],
      );
      await client.query('INSERT INTO api_key_secret (key_id, sha256) VALUES ($1, $2)', [
        rows[0]!.id,
        hashOf(text),
      ]);
      const after = await this.find(client, publicId);
      await this.record(client, by, 'key.created', null, after);
      return after;
    });
    return { ...key, key: text };
  }

  /**
   * Gives a key a new secret; the one of before works on for `graceSeconds`, older ones end now.
   * @throws Problem 404, 409 `key_revoked`, `key_expired`
   */
  async rotate(by: ChangedBy, publicId: string, graceSeconds = DEFAULT_GRACE_SECONDS): Promise<NewKeyView> {
    const { text } = newKey(publicId);
    const key = await this.changing(async (client) => {
      const before = await this.find(client, publicId);
      if (before.revokedAt)
        throw new Problem(409, 'key_revoked', 'A revoked key stays revoked; create a new one.');
      if (before.expiresAt && Date.parse(before.expiresAt) <= Date.now())
        throw new Problem(409, 'key_expired', 'An expired key stays expired; create a new one.');
      await client.query(
        `UPDATE api_key_secret s SET expires_at = least(s.expires_at, now() + $2 * interval '1 second' *
           (s.id = (SELECT max(id) FROM api_key_secret WHERE key_id = s.key_id))::integer)
         FROM api_key k WHERE k.public_id = $1 AND s.key_id = k.id`,
        [publicId, graceSeconds],
      );
      await client.query(
        'INSERT INTO api_key_secret (key_id, sha256) SELECT id, $2 FROM api_key WHERE public_id = $1',
        [publicId, hashOf(text)],
      );
      await this.record(client, by, 'key.rotated', before, { ...before, graceSeconds });
      return before;
    });
    this.authenticator.forget(publicId);
    return { ...key, key: text };
  }

  /**
   * Ends a key, on every process within seconds and for ever.
   * @throws Problem 404, 409 `last_admin_key`
   */
  async revoke(by: ChangedBy, publicId: string): Promise<KeyView> {
    const key = await this.changing(async (client) => {
      const before = await this.find(client, publicId);
      if (before.revokedAt) return before;
      await client.query('UPDATE api_key SET revoked_at = now() WHERE public_id = $1', [publicId]);
      const { rows } = await client.query(
        `SELECT 1 FROM api_key WHERE role = 'admin' AND feeds IS NULL AND revoked_at IS NULL
         AND coalesce(expires_at, 'infinity') > now() LIMIT 1`,
      );
      if (!rows.length) {
        throw new Problem(
          409,
          'last_admin_key',
          'This is the last admin key that works; create another one first.',
        );
      }
      const after = await this.find(client, publicId);
      await this.record(client, by, 'key.revoked', before, after);
      return after;
    });
    this.authenticator.forget(publicId);
    return key;
  }

  private changing<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    return inTransaction(this.pool, async (client) => {
      await client.query('SELECT pg_advisory_xact_lock($1)', [KEY_LOCK]);
      return work(client);
    });
  }

  private async find(client: pg.PoolClient, publicId: string): Promise<KeyView> {
    const { rows } = /^[a-z0-9]{12,16}$/.test(publicId)
      ? await client.query<KeyRow>(`${SELECT} WHERE k.public_id = $1`, [publicId])
      : { rows: [] };
    if (!rows[0]) throw new Problem(404, 'key_not_found', 'There is no such key.');
    return toView(rows[0]);
  }

  private record(
    client: pg.PoolClient,
    by: ChangedBy,
    action: string,
    before: object | null,
    after: Rotated | KeyView,
  ) {
    return this.audit.record(client, by, { action, subject: `key/${after.id}`, before, after });
  }
}

function toView(row: KeyRow): KeyView {
  return {
    id: row.public_id,
    name: row.name,
    role: row.role,
    feeds: row.feeds,
    createdAt: toRfc3339(row.created_at),
    expiresAt: toRfc3339OrNull(row.expires_at),
    revokedAt: toRfc3339OrNull(row.revoked_at),
    lastUsedAt: toRfc3339OrNull(row.last_used_at),
  };
}
