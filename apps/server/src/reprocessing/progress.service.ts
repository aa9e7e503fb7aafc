import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import { Audit, type ChangedBy } from '../admin/index.js';
import type { Caller } from '../auth/index.js';
import {
  Conditions,
  DEFAULT_LIMIT,
  type ListValues,
  type Page,
  Problem,
  forbidden,
  isTrackingId,
  masked,
  notFound,
  pageOf,
  readCursor,
  toRfc3339,
  toRfc3339OrNull,
} from '../common/index.js';
import { PG_POOL, inTransaction } from '../database/index.js';
import { seesMasked } from '../history/index.js';
import { Dispatcher } from '../imports/index.js';
import { type AmountRow, toDifferences } from './differences.js';
import { ReasonCounts } from './reason-counts.js';
import type { ReprocessImport, ReprocessSummary, ReprocessView } from './reprocess-view.js';

const LIST = 'reprocessings';

/** The reprocessings `r` of a condition, each with the sums of its chunks. */
const selectSummaries = (where: string, limit: number): string => `
SELECT r.id, r.public_id, r.requested_at, r.actor, r.reason, r.request, r.eligible, r.ineligible, r.cancelled_at,
  r.due_at IS NOT NULL AS is_awaiting, s.imported, s.exception, s.skipped, s.duplicate
FROM (SELECT * FROM reprocess r ${where} ORDER BY r.id DESC LIMIT ${limit}) r
CROSS JOIN LATERAL (
  SELECT coalesce(sum(h.imported), 0)::int AS imported, coalesce(sum(h.exception), 0)::int AS exception,
    coalesce(sum(h.skipped), 0)::int AS skipped, coalesce(sum(h.duplicate), 0)::int AS duplicate
  FROM correction c JOIN chunk h ON h.import_id = c.import_id WHERE c.reprocess_id = r.id
) s ORDER BY r.id DESC`;

/** All records of a reprocessing `r` are of these feeds; where it has none, this key has asked for it. */
const isSeen = (feeds: string, keyId: string): string => `
NOT EXISTS (SELECT FROM correction c JOIN import i ON i.id = c.import_id
  WHERE c.reprocess_id = r.id AND i.feed_id <> ALL(${feeds}::int[]))
AND (r.key_id = ${keyId} OR EXISTS (SELECT FROM correction c WHERE c.reprocess_id = r.id))`;

/** What was asked for: of selections that name identifiers, only those that are filters. */
interface AskedRequest {
  readonly selection?: { readonly filter?: Readonly<Record<string, string>> };
}

interface SummaryRow {
  id: number;
  public_id: string;
  requested_at: string;
  actor: string;
  reason: string;
  request: AskedRequest;
  eligible: number;
  ineligible: { reason: string; count: number }[];
  cancelled_at: string | null;
  /** Its records have not all been found yet. */
  is_awaiting: boolean;
  imported: number;
  exception: number;
  skipped: number;
  duplicate: number;
}

const IMPORTS = `
SELECT i.tracking_id, i.status, i.total, f.id AS feed_id, f.name AS feed_name, f.api_name AS feed_api_name,
  v.version AS profile_version, h.has_started, h.pending
FROM correction c JOIN import i ON i.id = c.import_id JOIN feed f ON f.id = i.feed_id
JOIN profile_version v ON v.id = i.profile_version_id
CROSS JOIN LATERAL (
  SELECT bool_or(started_at IS NOT NULL) AS has_started, sum(pending)::int AS pending FROM chunk WHERE import_id = i.id
) h
WHERE c.reprocess_id = $1 ORDER BY i.id`;

interface ImportRow {
  tracking_id: string;
  status: 'running' | 'completed' | 'failed';
  total: number;
  feed_id: number;
  feed_name: string;
  feed_api_name: string;
  profile_version: number;
  has_started: boolean;
  pending: number;
}

const DIFFERENCE = `
SELECT h.is_test, d.key AS currency, sum(d.value::numeric)::text AS amount
FROM correction c JOIN chunk h ON h.import_id = c.import_id CROSS JOIN LATERAL jsonb_each_text(h.difference) d
WHERE c.reprocess_id = $1 GROUP BY 1, 2 ORDER BY 2`;

/** What a cancelled reprocessing leaves as it is ends also where its feed is paused. */
const END_WITHOUT_FEED = `
UPDATE chunk h SET kind = 2 FROM correction c WHERE c.reprocess_id = $1 AND h.import_id = c.import_id AND h.state = 0`;

/** How far reprocessings have come, and their end before that. */
@Injectable()
export class ProgressService {
  constructor(
    @Inject(PG_POOL) private readonly pool: pg.Pool,
    private readonly reasons: ReasonCounts,
    private readonly dispatcher: Dispatcher,
    private readonly audit: Audit,
  ) {}

  /** A key that is limited to feeds sees reprocessings of those alone. */
  async list(caller: Caller, { limit = DEFAULT_LIMIT, cursor }: ListValues): Promise<Page<ReprocessSummary>> {
    const [before] = readCursor(LIST, ['integer'], cursor) ?? [];
    const where = new Conditions().compare('r.id <', before);
    if (caller.feeds) {
      where.add(isSeen(where.value(caller.feeds), where.value(caller.keyId)));
    }
    const sql = selectSummaries(where.toString(), limit + 1);
    const { rows } = await this.pool.query<SummaryRow>(sql, where.values);
    return pageOf(
      LIST,
      rows,
      limit,
      (row) => toSummary(row, seesMasked(caller)),
      (row) => [row.id],
    );
  }

  /** @throws Problem 404, 403 */
  async get(caller: Caller, reprocessId: string): Promise<ReprocessView> {
    const row = await this.find(caller, reprocessId);
    const { rows: money } = await this.pool.query<AmountRow>(DIFFERENCE, [row.id]);
    const { rows: imports } = await this.pool.query<ImportRow>(IMPORTS, [row.id]);
    return {
      ...toSummary(row, seesMasked(caller)),
      reasons: await this.reasons.of(row.id),
      ...toDifferences(money),
      imports: imports.map(toImport),
    };
  }

  /**
   * What has not begun is left as it is.
   * @throws Problem 404, 403, 409 `reprocess_ended`
   */
  async cancel(caller: Caller, by: ChangedBy, reprocessId: string): Promise<ReprocessView> {
    const { id } = await this.find(caller, reprocessId);
    await inTransaction(this.pool, async (client) => {
      // Whoever finds records for it has done so, or finds none any more.
      await client.query('SELECT FROM reprocess WHERE id = $1 FOR UPDATE', [id]);
      const { rowCount } = await client.query(
        `UPDATE reprocess r SET cancelled_at = clock_timestamp(), due_at = NULL
         WHERE id = $1 AND cancelled_at IS NULL AND (due_at IS NOT NULL OR EXISTS (
           SELECT FROM correction c JOIN chunk h ON h.import_id = c.import_id WHERE c.reprocess_id = r.id AND h.state = 0))`,
        [id],
      );
      if (!rowCount) {
        throw new Problem(409, 'reprocess_ended', 'The reprocessing has ended, or been cancelled before.');
      }
      await client.query(END_WITHOUT_FEED, [id]);
      await this.audit.record(client, by, {
        action: 'reprocess.cancelled',
        subject: `reprocess/${reprocessId.toLowerCase()}`,
        before: null,
        after: null,
      });
    });
    this.dispatcher.ring();
    return this.get(caller, reprocessId);
  }

  private async find(caller: Caller, reprocessId: string): Promise<SummaryRow> {
    const { rows } = isTrackingId(reprocessId)
      ? await this.pool.query<SummaryRow>(selectSummaries('WHERE r.public_id = $1', 1), [reprocessId])
      : { rows: [] };
    const [row] = rows;
    if (!row) throw notFound('There is no reprocessing with this id.');
    if (caller.feeds) {
      const others = await this.pool.query(
        `SELECT FROM reprocess r WHERE r.id = $1 AND NOT (${isSeen('$2', '$3')})`,
        [row.id, caller.feeds, caller.keyId],
      );
      if (others.rowCount) throw forbidden('The reprocessing has records of feeds that this key is not for.');
    }
    return row;
  }
}

function toSummary(row: SummaryRow, isMasked: boolean): ReprocessSummary {
  const { imported, exception, skipped, duplicate, eligible } = row;
  const done = imported + exception + skipped + duplicate;
  const ended = row.cancelled_at === null ? 'completed' : 'cancelled';
  return {
    reprocessId: row.public_id,
    status: done < eligible || row.is_awaiting ? 'running' : ended,
    requestedAt: toRfc3339(row.requested_at),
    requestedBy: row.actor,
    reason: row.reason,
    request: isMasked ? maskedRequest(row.request) : row.request,
    eligible,
    ineligible: row.ineligible,
    cancelledAt: toRfc3339OrNull(row.cancelled_at),
    done,
    pending: eligible - done,
    verdicts: { imported, exception, skipped, duplicate },
  };
}

/** Filters that name what viewers see masked. */
const MASKED: ReadonlySet<string> = new Set(['identifier', 'usageKey', 'q']);

function maskedRequest(request: AskedRequest): AskedRequest {
  const { filter } = request.selection ?? {};
  if (!filter) return request;
  const shown = Object.entries(filter).map(([name, text]) => [name, MASKED.has(name) ? masked(text) : text]);
  return { ...request, selection: { filter: Object.fromEntries(shown) } };
}

function toImport(row: ImportRow): ReprocessImport {
  const running = row.has_started ? 'processing' : 'queued';
  return {
    trackingId: row.tracking_id,
    feed: { id: row.feed_id, name: row.feed_name, apiName: row.feed_api_name },
    profileVersion: row.profile_version,
    status: row.status === 'running' ? running : row.status,
    total: row.total,
    pending: row.pending,
  };
}
