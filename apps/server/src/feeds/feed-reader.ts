import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import { isStorableText } from '../common/index.js';
import { PG_POOL } from '../database/index.js';
import type { FeedRow } from './feed.js';

const MAX_INTEGER = 2_147_483_647;

const SELECT = `
  SELECT f.id, f.name, f.api_name AS "apiName", f.description, f.enabled, f.paused, f.paused_reason AS "pausedReason",
         f.format, f.rows, f.usage_key AS "usageKey", f.time_zone AS "timeZone", f.dst_overlap AS "dstOverlap",
         f.dst_gap AS "dstGap", f.key_scope_id AS "keyScopeId", f.key_retention AS "keyRetention",
         f.late_usage AS "lateUsage", f.auto_heal AS "autoHeal", f.accept_usage_since AS "acceptUsageSince",
         f.future_tolerance AS "futureTolerance", f.expect_every AS "expectEvery", f.mode, f.parameters,
         p.id AS "profileId", p.name AS "profileName", v.id AS "profileVersionId", v.version AS "profileVersion"
  FROM feed f JOIN profile p ON p.id = f.profile_id LEFT JOIN profile_version v ON v.id = p.published_version_id`;

/** Feeds straight from the database. */
@Injectable()
export class FeedReader {
  constructor(@Inject(PG_POOL) private readonly pool: pg.Pool) {}

  /** The feed of an id or API name; API names are never all digits. */
  async byRef(ref: string): Promise<FeedRow | null> {
    if (!/^\d+$/.test(ref)) return this.one('f.api_name = $1', ref);
    return Number(ref) <= MAX_INTEGER ? this.one('f.id = $1::integer', ref) : null;
  }

  byName(name: string): Promise<FeedRow | null> {
    return this.one('f.name = $1', name);
  }

  private async one(where: string, parameter: string): Promise<FeedRow | null> {
    if (!isStorableText(parameter)) return null;
    const { rows } = await this.pool.query<FeedRow>(`${SELECT} WHERE ${where}`, [parameter]);
    return rows[0] ?? null;
  }
}
