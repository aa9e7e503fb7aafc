import { toRfc3339, toRfc3339OrNull } from '../common/index.js';
import type { ImportRow } from './import-query.js';
import type { ImportView } from './import-view.js';

/** An import as the API shows it. Running, it is `queued` until the first chunk has started. */
export function toImportView(row: ImportRow): ImportView {
  const { total, imported, exception, skipped, duplicate } = row;
  const running = row.started_at === null ? 'queued' : 'processing';
  return {
    trackingId: row.tracking_id,
    feed: { id: row.feed_id, name: row.feed_name, apiName: row.feed_api_name },
    profile: { name: row.profile_name, version: row.profile_version },
    source: row.source,
    channel: row.channel,
    status: row.status === 'running' ? running : row.status,
    submittedAt: toRfc3339(row.submitted_at),
    startedAt: toRfc3339OrNull(row.started_at),
    endedAt: toRfc3339OrNull(row.ended_at),
    submittedBy: row.submitted_by,
    operation: row.operation,
    reason: row.reason,
    counts: {
      total,
      imported,
      exception,
      skipped,
      duplicate,
      pending: total - imported - exception - skipped - duplicate,
    },
    reasons: { skipped: row.skip_reasons ?? {}, exception: row.exception_reasons ?? {} },
    now: toNow(row),
    expired: {
      bodies: toRfc3339OrNull(row.bodies_expired_at),
      exceptions: toRfc3339OrNull(row.exceptions_expired_at),
      usage: toRfc3339OrNull(row.usage_expired_at),
    },
    usageCount: row.usage_count,
    reprocessOf: row.reprocess_of,
    revertedBy: row.reverted_by,
    error: row.error_code === null ? null : { code: row.error_code, message: row.error_message ?? '' },
    links: linksOf(row),
  };
}

/** Every record is counted once; null where that is not known. */
function toNow(row: ImportRow): ImportView['now'] {
  const isKnown = row.live !== null;
  const count = (isLost: boolean, records: number | null) => (isLost || !isKnown ? null : (records ?? 0));
  const now = {
    live: count(row.has_lost_usage, row.live),
    openExceptions: count(row.has_lost_exceptions, row.open),
    superseded: count(row.has_lost_exceptions, row.superseded),
    discarded: count(row.has_lost_exceptions, row.discarded),
    reverted: count(row.has_lost_usage, row.reverted),
  };
  const known = Object.values(now).flatMap((records) => records ?? []);
  const isWhole = known.length === Object.keys(now).length;
  return { ...now, other: isWhole ? row.total - known.reduce((sum, records) => sum + records, 0) : null };
}

function linksOf({ tracking_id: trackingId, operation }: ImportRow): ImportView['links'] {
  const self = `/api/v1/imports/${trackingId}`;
  const ofOrigins = (link: string) => (operation === null ? link : null);
  return {
    import: self,
    records: `${self}/records`,
    source: ofOrigins(`${self}/source`),
    exceptions: ofOrigins(`/api/v1/exceptions?trackingId=${trackingId}`),
    usage: ofOrigins(`/api/v1/usage?trackingId=${trackingId}`),
  };
}
