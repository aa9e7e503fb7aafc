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
    links: linksOf(row.tracking_id),
  };
}

function toNow(row: ImportRow): ImportView['now'] {
  if (row.channel === 'reprocess' || row.channel === 'revert') return ELSEWHERE;
  return {
    live: unlessGone(row.usage_expired_at, row.live),
    openExceptions: unlessGone(row.exceptions_expired_at, row.open),
    superseded: unlessGone(row.exceptions_expired_at, row.superseded),
    discarded: unlessGone(row.exceptions_expired_at, row.discarded),
    reverted: unlessGone(row.usage_expired_at, row.reverted),
  };
}

/** Of a correction: its records stand where they were accepted. */
const ELSEWHERE = {
  live: null,
  openExceptions: null,
  superseded: null,
  discarded: null,
  reverted: null,
} as const;

/** A count of rows; null where they have left. */
function unlessGone(expiredAt: string | null, count: number | null): number | null {
  return expiredAt === null ? (count ?? 0) : null;
}

function linksOf(trackingId: string): ImportView['links'] {
  const self = `/api/v1/imports/${trackingId}`;
  return {
    import: self,
    records: `${self}/records`,
    source: `${self}/source`,
    exceptions: `/api/v1/exceptions?trackingId=${trackingId}`,
    usage: `/api/v1/usage?trackingId=${trackingId}`,
  };
}
