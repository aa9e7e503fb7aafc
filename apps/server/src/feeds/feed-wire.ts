import { canonicalHash } from '../common/index.js';
import type { FeedEntity } from './feed.entity.js';
import type { Feed, FeedDefinition } from './feed.js';

/** A feed as the API shows it. */
export function toFeed(row: FeedEntity): Feed {
  return {
    id: row.id,
    ...toDefinition(row),
    pausedReason: row.pausedReason,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}

/** What an implementer would write to get this feed. */
export function toDefinition(row: FeedEntity): FeedDefinition {
  return {
    name: row.name,
    apiName: row.apiName,
    description: row.description,
    enabled: row.enabled,
    paused: row.paused,
    format: row.format,
    rows: row.rows,
    profile: row.profile.name,
    usageKey: row.usageKey,
    timeZone: row.timeZone,
    dstOverlap: row.dstOverlap,
    dstGap: row.dstGap,
    keyScope: row.keyScope.name,
    keyRetention: row.keyRetention,
    retention: row.retention,
    lateUsage: row.lateUsage,
    autoHeal: row.autoHeal,
    acceptUsageSince: row.acceptUsageSince,
    futureTolerance: row.futureTolerance,
    expectEvery: row.expectEvery,
    mode: row.mode,
    parameters: row.parameters,
  };
}

/** Tells definitions apart. Pausing is operation, not configuration. */
export function definitionHash({ paused: _, expectEvery, autoHeal, ...definition }: FeedDefinition): Buffer {
  // A member that came later counts only where it is said: what was hashed before it came stays known.
  return canonicalHash({
    ...definition,
    ...(expectEvery === null ? {} : { expectEvery }),
    ...(autoHeal ? { autoHeal } : {}),
  });
}
