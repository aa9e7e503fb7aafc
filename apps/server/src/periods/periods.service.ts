import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import { Audit, type ChangedBy } from '../admin/index.js';
import { type Caller, requireFeed } from '../auth/index.js';
import {
  Conditions,
  DEFAULT_LIMIT,
  type ListValues,
  type Page,
  Problem,
  forbidden,
  isStorableText,
  pageOf,
  readCursor,
} from '../common/index.js';
import { PG_POOL, inTransaction } from '../database/index.js';
import { FEED_LOCK } from '../retention/index.js';
import { untilPostingsEnd } from './end-of-postings.js';
import { changesForNewFeeds } from './new-feed.js';
import { type PeriodChange, closedUntil, momentIn, readBoundary } from './period.js';
import type {
  ChangedPeriodsView,
  ClosePeriodDto,
  PeriodChangeView,
  PeriodView,
  ReopenPeriodDto,
} from './period.dto.js';
import { type ChangeRow, type FeedRow, SELECT_CHANGES, SELECT_FEEDS, toChange, toPeriod } from './views.js';

/** Whoever closes a period waits no longer than this for those who may still post into it. */
const WAIT_MS = 25_000;

interface AskedChange extends PeriodChange {
  readonly feeds: readonly string[] | null;
  readonly reason: string | null;
}

/** Closes and opens what usage is dated in. */
@Injectable()
export class PeriodsService {
  constructor(
    @Inject(PG_POOL) private readonly pool: pg.Pool,
    private readonly audit: Audit,
  ) {}

  async list(caller: Caller, { limit = DEFAULT_LIMIT, cursor }: ListValues): Promise<Page<PeriodView>> {
    const [before] = readCursor('periods', ['integer'], cursor) ?? [];
    const where = new Conditions().compare('id <', before);
    if (caller.feeds) where.add(`id = ANY(${where.value(caller.feeds)}::int[])`);
    const { rows } = await this.pool.query<FeedRow>(
      `${SELECT_FEEDS} ${where} ORDER BY id DESC LIMIT ${limit + 1}`,
      where.values,
    );
    return pageOf('periods', rows, limit, toPeriod, (row) => [row.id]);
  }

  async changes(
    caller: Caller,
    { limit = DEFAULT_LIMIT, cursor }: ListValues,
  ): Promise<Page<PeriodChangeView>> {
    const [before] = readCursor('period-changes', ['integer'], cursor) ?? [];
    const where = new Conditions([caller.feeds]).compare('c.id <', before);
    if (caller.feeds) where.add('(c.feeds IS NULL OR c.feeds && $1::int[])');
    const { rows } = await this.pool.query<ChangeRow>(
      `${SELECT_CHANGES} ${where} ORDER BY c.id DESC LIMIT ${limit + 1}`,
      where.values,
    );
    return pageOf('period-changes', rows, limit, toChange, (row) => [row.id]);
  }

  /**
   * Answers when nothing can be posted into the period any more but by whoever knows that it is closed.
   * @throws Problem 422 `invalid_period`, 403, 503 `period_still_posted` where that takes too long: it is closed
   */
  async close(caller: Caller, by: ChangedBy, { until, feeds }: ClosePeriodDto): Promise<ChangedPeriodsView> {
    const change = {
      action: 'close',
      ...boundary('until', until),
      feeds: feeds ?? null,
      reason: null,
    } as const;
    const view = await this.change(caller, by, change);
    if (await untilPostingsEnd(this.pool, WAIT_MS)) return view;
    throw new Problem(
      503,
      'period_still_posted',
      'The period is closed, but a transaction that began before that has not ended and may still post into it. Close it again to wait for it.',
      { retryAfterSeconds: 5 },
    );
  }

  /** @throws Problem 422 `invalid_period`, 403, 409 `nothing_to_reopen` */
  async reopen(
    caller: Caller,
    by: ChangedBy,
    { from, reason, feeds }: ReopenPeriodDto,
  ): Promise<ChangedPeriodsView> {
    const change = { action: 'reopen', ...boundary('from', from), feeds: feeds ?? null, reason } as const;
    return this.change(caller, by, change);
  }

  private change(caller: Caller, by: ChangedBy, change: AskedChange): Promise<ChangedPeriodsView> {
    return inTransaction(this.pool, async (client) => {
      await client.query('SELECT pg_advisory_xact_lock($1)', [FEED_LOCK]);
      const feeds = await feedsOf(client, caller, change.feeds);
      if (change.action === 'close') await refuseFuture(client, change, feeds);
      const after = feeds.map((feed) => ({
        ...feed,
        closed_until: closedUntil(feed.closed_until, [change], feed.time_zone),
      }));
      if (change.action === 'reopen') await refuseOpen(client, change, feeds, after);
      await client.query(
        `UPDATE feed f SET closed_until = u.until FROM unnest($1::int[], $2::timestamptz[]) u(id, until)
         WHERE f.id = u.id AND f.closed_until IS DISTINCT FROM u.until`,
        [after.map(({ id }) => id), after.map(({ closed_until: until }) => until)],
      );
      const row = await insertChange(client, by, change, feeds);
      await this.audit.record(client, by, {
        action: change.action === 'close' ? 'period.closed' : 'period.reopened',
        subject: `period/${row.id}`,
        before: { closedUntil: byFeed(feeds) },
        after: { ...toChange(row), closedUntil: byFeed(after) },
      });
      return { change: toChange(row), periods: after.map(toPeriod) };
    });
  }
}

function boundary(name: string, text: string) {
  const read = readBoundary(text);
  if ('problem' in read) throw invalid(`/${name}`, `${name} ${read.problem}`);
  return read;
}

const invalid = (pointer: string, message: string) =>
  new Problem(422, 'invalid_period', message, { errors: [{ pointer, code: 'invalid_value', message }] });

async function feedsOf(
  client: pg.PoolClient,
  caller: Caller,
  refs: readonly string[] | null,
): Promise<FeedRow[]> {
  if (refs === null && caller.feeds) throw forbidden('This key is limited to feeds: name them.');
  const where = refs === null ? '' : 'WHERE id::text = ANY($1) OR api_name = ANY($1)';
  const { rows } = await client.query<FeedRow>(
    `${SELECT_FEEDS} ${where} ORDER BY id FOR NO KEY UPDATE`,
    refs === null ? [] : [refs.filter(isStorableText)],
  );
  const errors = (refs ?? []).flatMap((ref, n) => {
    if (rows.some(({ id, api_name: apiName }) => String(id) === ref || apiName === ref)) return [];
    const message = `there is no feed "${ref.slice(0, 100)}"`;
    return [{ pointer: `/feeds/${n}`, code: 'not_found', message }];
  });
  if (errors.length)
    throw new Problem(422, 'invalid_period', 'There are no such feeds; see errors.', { errors });
  for (const { id } of rows) requireFeed(caller, id);
  return rows;
}

/** What has not happened yet cannot be over: it would be refused as it comes. */
async function refuseFuture(
  client: pg.PoolClient,
  change: AskedChange,
  feeds: readonly FeedRow[],
): Promise<void> {
  const zones = feeds.length ? [...new Set(feeds.map((feed) => feed.time_zone))] : ['UTC'];
  const { rows } = await client.query<{ zone: string }>(
    'SELECT zone FROM unnest($1::text[], $2::timestamptz[]) u(zone, moment) WHERE moment > clock_timestamp() LIMIT 1',
    [zones, zones.map((zone) => momentIn(change, zone))],
  );
  if (!rows[0]) return;
  const where = change.localDate === null ? '' : ` in ${rows[0].zone}`;
  throw invalid('/until', `until is in the future${where}: only what is over can be closed`);
}

/** Of what is open already there is nothing to log; new feeds may find closed what no feed that is there has. */
async function refuseOpen(
  client: pg.PoolClient,
  change: AskedChange,
  before: readonly FeedRow[],
  after: readonly FeedRow[],
): Promise<void> {
  if (before.some((feed, n) => feed.closed_until !== after[n]!.closed_until)) return;
  if (change.feeds === null) {
    const changes = await changesForNewFeeds((sql) =>
      client.query<PeriodChange>(sql).then(({ rows }) => rows),
    );
    if (closedUntil(null, changes, 'UTC') !== closedUntil(null, [...changes, change], 'UTC')) return;
  }
  const message = 'nothing that is dated from this moment on is closed';
  throw new Problem(409, 'nothing_to_reopen', `Of these feeds ${message}.`, {
    errors: [{ pointer: '/from', code: 'nothing_to_reopen', message }],
  });
}

async function insertChange(
  client: pg.PoolClient,
  { actor }: ChangedBy,
  change: AskedChange,
  feeds: readonly FeedRow[],
): Promise<ChangeRow> {
  const { rows } = await client.query<Omit<ChangeRow, 'feeds'>>(
    `INSERT INTO period_change (action, moment, local_date, feeds, reason, actor) VALUES ($1, $2, $3, $4, $5, $6)
     RETURNING id, at, action, moment, local_date::text, reason, actor`,
    [
      change.action,
      change.moment,
      change.localDate,
      change.feeds && feeds.map(({ id }) => id),
      change.reason,
      typeof actor === 'string' ? actor : actor.name,
    ],
  );
  return { ...rows[0]!, feeds: change.feeds && feeds.map((feed) => feed.api_name) };
}

const byFeed = (feeds: readonly FeedRow[]) =>
  Object.fromEntries(feeds.map((feed) => [feed.api_name, feed.closed_until]));
