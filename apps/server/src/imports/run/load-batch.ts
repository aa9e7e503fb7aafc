import { gunzipSync } from 'node:zlib';
import type { Client } from 'pg';
import {
  type Expression,
  type FeedContext,
  type ProfileDefinition,
  type UsageKeyField,
  compileExpression,
} from 'feedmill/pipeline';
import { toCanonical } from '../canonical-moment.js';
import { readElements } from '../envelope/index.js';
import type { Claim } from './claim.js';
import { type LateUsage, closedPeriod } from './closed-period.js';
import type { DatePolicy } from './date-limits.js';
import type { KeyPolicy } from './conflict-rules.js';
import type { ConflictRule } from './verdict.js';

/** A feed as a batch needs it. */
export interface BatchFeed {
  readonly context: FeedContext;
  /** Null where the feed has no usage keys. */
  readonly keyFields: readonly UsageKeyField[] | null;
  readonly keyPolicy: KeyPolicy;
  /** Condition on the decoded record: it withdraws the earlier record of its key. */
  readonly cancelWhen: Expression | null;
  readonly dates: DatePolicy;
  readonly isTest: boolean;
  /** Chunks in a row that records have crashed. */
  readonly crashStreak: number;
}

export interface BatchImport {
  readonly acceptedAt: string;
  /** Raw records in index order, all of the import. */
  readonly elements: readonly unknown[];
}

interface FeedRow {
  id: number;
  name: string;
  api_name: string;
  format: 'rows' | 'records';
  rows: FeedContext['rows'];
  time_zone: string;
  dst_overlap: FeedContext['dstOverlap'];
  dst_gap: FeedContext['dstGap'];
  parameters: Record<string, unknown>;
  usage_key: {
    fields?: UsageKeyField[];
    none?: true;
    onConflict?: ConflictRule;
    replaceWhen?: string;
    cancelWhen?: string;
  };
  key_scope_id: number;
  key_retention: string;
  forgotten_before: string | null;
  accept_usage_since: string | null;
  future_tolerance: string;
  late_usage: LateUsage;
  closed_until: string | null;
  now: string;
  mode: string;
  crash_streak: number;
}

/** Test usage has keys of its own: it neither hides real usage nor takes it back. */
const testScope = (scopeId: number) => -scopeId;

export async function loadFeed(client: Client, feedId: number): Promise<BatchFeed> {
  const { rows } = await client.query<FeedRow>({
    name: 'load-feed',
    text: `SELECT f.id, f.name, api_name, format, rows, time_zone, dst_overlap, dst_gap, parameters, usage_key, key_scope_id,
        key_retention, accept_usage_since, future_tolerance, mode, crash_streak, late_usage,
        ${toCanonical('closed_until')} AS closed_until,
        ${toCanonical('s.forgotten_before')} AS forgotten_before, ${toCanonical('clock_timestamp()')} AS now
      FROM feed f JOIN key_scope s ON s.id = f.key_scope_id WHERE f.id = $1`,
    values: [feedId],
  });
  const feed = rows[0]!;
  const { fields = null, onConflict = 'exception', replaceWhen, cancelWhen } = feed.usage_key;
  const closed = closedPeriod(feed.closed_until, feed.late_usage);
  return {
    context: {
      id: feed.id,
      name: feed.name,
      apiName: feed.api_name,
      format: feed.format,
      timeZone: feed.time_zone,
      dstOverlap: feed.dst_overlap,
      dstGap: feed.dst_gap,
      rows: feed.rows,
      parameters: feed.parameters,
    },
    keyFields: fields,
    keyPolicy: {
      scopeId: feed.mode === 'test' ? testScope(feed.key_scope_id) : feed.key_scope_id,
      forgottenBefore: feed.forgotten_before,
      closed,
      onConflict,
      replaceWhen: replaceWhen === undefined ? null : compileExpression(replaceWhen, '/usageKey/replaceWhen'),
    },
    cancelWhen: cancelWhen === undefined ? null : compileExpression(cancelWhen, '/usageKey/cancelWhen'),
    dates: {
      now: feed.now,
      timeZone: feed.time_zone,
      keyRetention: fields ? feed.key_retention : 'forever',
      forgottenBefore: feed.forgotten_before,
      acceptUsageSince: feed.accept_usage_since,
      closed,
      futureTolerance: feed.future_tolerance,
    },
    isTest: feed.mode === 'test',
    crashStreak: feed.crash_streak,
  };
}

/** The feed as it is for records that were accepted in that mode, whatever its mode is now. */
export function forMode(feed: BatchFeed, isTest: boolean): BatchFeed {
  if (feed.isTest === isTest) return feed;
  return { ...feed, isTest, keyPolicy: { ...feed.keyPolicy, scopeId: testScope(feed.keyPolicy.scopeId) } };
}

export async function loadDefinition(client: Client, profileVersionId: number): Promise<ProfileDefinition> {
  const { rows } = await client.query<{ definition: ProfileDefinition }>(
    'SELECT definition FROM profile_version WHERE id = $1',
    [profileVersionId],
  );
  return rows[0]!.definition;
}

interface BodyRow {
  import_id: number;
  submitted_at: string;
  content_type: string;
  has_exact_numbers: boolean;
  body: Buffer;
}

/** The records of the claimed chunks' imports, out of the bodies as they were received. */
export async function loadImports(
  client: Client,
  claim: Claim,
  feed: FeedContext,
): Promise<Map<number, BatchImport>> {
  const { rows } = await client.query<BodyRow>({
    name: 'load-bodies',
    text: `SELECT b.import_id, ${toCanonical('i.submitted_at')} AS submitted_at,
        b.content_type, b.has_exact_numbers, b.body
      FROM unnest($1::bigint[]) AS c(import_id)
      CROSS JOIN LATERAL (SELECT * FROM import_body WHERE import_id = c.import_id AND part = 0) b
      CROSS JOIN LATERAL (SELECT submitted_at FROM import WHERE id = c.import_id) i`,
    values: [[...new Set(claim.chunks.map((c) => c.importId))]],
  });
  return new Map(
    rows.map((row) => [
      row.import_id,
      {
        acceptedAt: row.submitted_at,
        elements: readElements(
          row.content_type,
          gunzipSync(row.body).toString('utf8'),
          feed,
          row.has_exact_numbers,
        ),
      },
    ]),
  );
}
