import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import type { Caller } from '../auth/index.js';
import {
  Conditions,
  DEFAULT_LIMIT,
  LIST_PARAMETERS,
  type NumberedPage,
  type Page,
  type PageNumber,
  type Parameter,
  type ValuesOf,
  countAhead,
  feedParameter,
  forbidden,
  limitOf,
  momentParameter,
  notFound,
  oneOf,
  pageOf,
  parseExceptionId,
  patternParameter,
  readCursor,
  selectRows,
  textParameter,
  trackingIdParameter,
} from '../common/index.js';
import { PG_POOL } from '../database/index.js';
import {
  ImportsService,
  NamedFeeds,
  namesIdentifier,
  onlyVisible,
  requireVisible,
  seesMasked,
} from '../history/index.js';
import {
  EXCEPTION_COLUMNS,
  type ExceptionRow,
  FROM_EXCEPTIONS,
  PLACE,
  type GroupRow,
  selectExceptions,
  selectGroups,
} from './exception-query.js';
import { EXCEPTION_STATUSES, type ExceptionGroup, type ExceptionView, STAGES } from './exception-view.js';
import { toExceptionView, toGroupView } from './to-exception-view.js';

const fingerprintParameter: Parameter<string> = patternParameter(
  /^[0-9a-f]{32}$/,
  'must be a fingerprint: 32 hexadecimal digits.',
  'The cause, as /exceptions/groups names it.',
);

export const EXCEPTION_FILTERS = {
  ...LIST_PARAMETERS,
  feed: feedParameter(),
  trackingId: trackingIdParameter('The import that the record was accepted with.'),
  stage: oneOf(STAGES, 'How far the record came.'),
  code: textParameter('The code of the rejection.'),
  step: textParameter("The step's name in the profile."),
  field: textParameter('The field that is to blame.'),
  status: oneOf(EXCEPTION_STATUSES, 'Where the exception stands.'),
  identifier: textParameter('The whole identifier that was looked up, or that the record has.'),
  usageKey: textParameter('The whole usage key.'),
  fingerprint: fingerprintParameter,
  from: momentParameter('Created at or after.'),
  to: momentParameter('Created before.'),
  q: textParameter(
    'A text within the message, the raw record or the usage key, in any case. Not for viewers.',
    200,
  ),
};

export type ExceptionQuery = ValuesOf<typeof EXCEPTION_FILTERS>;

/** An exception with what its own view does not show: the integer and the source of its import. */
export interface NumberedException {
  readonly importIdentity: number;
  readonly source: string | null;
  readonly view: ExceptionView;
}

const LIST = 'exceptions';
const GROUPS = 'exception-groups';

/** What could not become usage, and why. */
@Injectable()
export class ExceptionsService {
  constructor(
    @Inject(PG_POOL) private readonly pool: pg.Pool,
    private readonly feeds: NamedFeeds,
    private readonly imports: ImportsService,
  ) {}

  async list(caller: Caller, query: ExceptionQuery): Promise<Page<ExceptionView>> {
    const { limit = DEFAULT_LIMIT } = query;
    const cursor = readCursor(LIST, ['moment', 'integer', 'integer'], query.cursor);
    const conditions = await this.conditions(caller, query);
    if (cursor) {
      const place = cursor.map((part) => conditions.value(part)).join(', ');
      conditions.add(`(e.created_at, e.import_id, e.record_index) < (${place})`);
    }
    const page = `SELECT ${EXCEPTION_COLUMNS} ${FROM_EXCEPTIONS} ${conditions}
      ORDER BY e.created_at DESC, e.import_id DESC, e.record_index DESC LIMIT ${limit + 1}`;
    const rows = await selectRows<ExceptionRow>(this.pool, selectExceptions(page), conditions.values);
    const isMasked = seesMasked(caller);
    return pageOf(
      LIST,
      rows,
      limit,
      (row) => toExceptionView(row, isMasked),
      (row) => [row.created_at, row.import_id, row.record_index],
    );
  }

  /** As `list`, for clients that read lists by page numbers. */
  async page(
    caller: Caller,
    query: ExceptionQuery,
    page: PageNumber,
  ): Promise<NumberedPage<NumberedException>> {
    const where = await this.conditions(caller, query);
    const exceptions = `SELECT ${EXCEPTION_COLUMNS} ${FROM_EXCEPTIONS} ${where}
      ORDER BY e.created_at DESC, e.import_id DESC, e.record_index DESC ${limitOf(page)}`;
    const rows = await selectRows<ExceptionRow>(this.pool, selectExceptions(exceptions), where.values);
    const count = countAhead(FROM_EXCEPTIONS, where, page);
    const [counted] = await selectRows<{ count: number }>(this.pool, count, where.values);
    const isMasked = seesMasked(caller);
    const items = rows.map((row) => ({
      importIdentity: row.import_id,
      source: row.source,
      view: toExceptionView(row, isMasked),
    }));
    return { totalCount: counted!.count, items };
  }

  async groups(caller: Caller, query: ExceptionQuery): Promise<Page<ExceptionGroup>> {
    const { limit = DEFAULT_LIMIT } = query;
    const cursor = readCursor(GROUPS, ['integer', 'integer', 'integer'], query.cursor);
    const conditions = await this.conditions(caller, query);
    const having = cursor ? `HAVING max(${PLACE}) < ${conditions.value(cursor)}::bigint[]` : '';
    const sql = selectGroups(conditions.toString(), having, limit + 1);
    const rows = await selectRows<GroupRow>(this.pool, sql, conditions.values);
    const isMasked = seesMasked(caller);
    return pageOf(
      GROUPS,
      rows,
      limit,
      (row) => toGroupView(row, isMasked),
      (row) => [row.newest, row.import_id, row.record_index],
    );
  }

  /** @throws Problem 404, 403, 410 `exception_expired` */
  async get(caller: Caller, id: string): Promise<ExceptionView> {
    const place = parseExceptionId(id);
    if (!place) throw notFound('There is no exception with this id.');
    const { rows } = await this.pool.query<ExceptionRow & { key_id: number | null }>(selectExceptions(ONE), [
      place.importId,
      place.index,
    ]);
    const [row] = rows;
    if (!row) {
      await this.imports.refuseExpired(caller, 'exceptions', place);
      throw notFound('There is no exception with this id.');
    }
    requireVisible(caller, { feedId: row.feed_id, keyId: row.key_id });
    return toExceptionView(row, seesMasked(caller));
  }

  private async conditions(caller: Caller, query: ExceptionQuery): Promise<Conditions> {
    if (query.q !== undefined && seesMasked(caller)) {
      throw forbidden('A viewer sees raw records masked, and cannot search in them.');
    }
    const conditions = new Conditions()
      .compare('e.feed_id =', await this.feeds.idOf(caller, query.feed))
      .compare('e.stage =', query.stage)
      .compare('e.code =', query.code)
      .compare('e.step =', query.step)
      .compare('e.field =', query.field)
      .compare("coalesce(t.status, 'open') =", query.status)
      .compare('e.usage_key =', query.usageKey)
      .compare('e.created_at >=', query.from)
      .compare('e.created_at <', query.to);
    if (query.fingerprint)
      conditions.add(`e.fingerprint = decode(${conditions.value(query.fingerprint)}, 'hex')`);
    if (query.trackingId !== undefined) {
      const trackingId = conditions.value(query.trackingId);
      conditions.add(`e.import_id = (SELECT id FROM import WHERE tracking_id = ${trackingId})`);
    }
    if (query.identifier !== undefined) conditions.add(namesIdentifier(conditions, query.identifier));
    if (query.q !== undefined) conditions.add(contains(conditions, query.q));
    onlyVisible(conditions, caller);
    return conditions;
  }
}

const ONE = `SELECT ${EXCEPTION_COLUMNS}, i.key_id ${FROM_EXCEPTIONS} WHERE e.import_id = $1 AND e.record_index = $2`;

function contains(conditions: Conditions, text: string): string {
  const pattern = conditions.value(`%${text.replace(/[\\%_]/g, '\\$&')}%`);
  return `(e.message ILIKE ${pattern} OR e.raw ILIKE ${pattern} OR e.usage_key ILIKE ${pattern})`;
}
