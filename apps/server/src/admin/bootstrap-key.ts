import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import type pg from 'pg';
import { hashOf, isPlausibleKey, publicIdOf } from '../auth/index.js';
import { SETTINGS, type Settings } from '../common/index.js';
import { PG_POOL, inTransaction } from '../database/index.js';
import { ConfigError } from 'feedmill/pipeline';
import { Audit } from './audit.js';

/** Creates the admin key of FEEDMILL_BOOTSTRAP_ADMIN_KEY where it is not there yet; a revoked one stays revoked. */
@Injectable()
export class BootstrapKey implements OnModuleInit {
  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(PG_POOL) private readonly pool: pg.Pool,
    private readonly audit: Audit,
  ) {}

  async onModuleInit(): Promise<void> {
    const text = this.settings.bootstrapAdminKey;
    if (!text) return;
    if (!isPlausibleKey(text)) {
      throw new ConfigError([
        {
          pointer: 'FEEDMILL_BOOTSTRAP_ADMIN_KEY',
          code: 'invalid_setting',
          message: 'must be 32 to 512 visible ASCII characters without spaces',
        },
      ]);
    }
    const publicId = publicIdOf(text);
    const isNew = await inTransaction(this.pool, async (client) => {
      const { rows } = await client.query<{ id: number }>(
        `INSERT INTO api_key (public_id, name, role) VALUES ($1, 'bootstrap', 'admin')
         ON CONFLICT (public_id) DO NOTHING RETURNING id`,
        [publicId],
      );
      if (!rows[0]) return false;
      await client.query('INSERT INTO api_key_secret (key_id, sha256) VALUES ($1, $2)', [
        rows[0].id,
        hashOf(text),
      ]);
      await this.audit.record(
        client,
        { actor: 'boot', requestId: null },
        {
          action: 'key.created',
          subject: `key/${publicId}`,
          before: null,
          after: { id: publicId, name: 'bootstrap', role: 'admin' },
        },
      );
      return true;
    });
    if (isNew) new Logger('keys').log(`created the bootstrap admin key ${publicId}`);
  }
}
