import { Inject, Injectable, type StreamableFile } from '@nestjs/common';
import type pg from 'pg';
import type { Caller } from '../auth/index.js';
import {
  type Conditions,
  DEFAULT_LIMIT,
  EXPORT_PAGE,
  LIST_PARAMETERS,
  type NumberedPage,
  type Page,
  type PageNumber,
  type RecordPlace,
  type ValuesOf,
  countAhead,
  exportFile,
  exportFormatParameter,
  limitOf,
  notFound,
  pageOf,
  parseExceptionId,
  readCursor,
  selectRows,
} from '../common/index.js';
import { PG_POOL } from '../database/index.js';
import {
  ImportsService,
  onlyVisible,
  requireVisible,
  seesMasked,
  withoutHiddenUsage,
} from '../history/index.js';
import { EXCEPTION_FILTERS, ExceptionConditions, type ExceptionFilters } from './exception-filters.js';
import {
  EXCEPTION_COLUMNS,
  type ExceptionRow,
  FROM_EXCEPTIONS,
  PLACE,
  type GroupRow,
  type MissingRow,
  selectExceptions,
  selectGroups,
  selectMissing,
} from './exception-query.js';
import { EXPORT_COLUMNS } from './export-columns.js';
import type { ExceptionGroup, ExceptionView } from './exception-view.js';
import { toExceptionView, toGroupView } from './to-exception-view.js';

/** What lists of exceptions take. */
export const EXCEPTION_LIST = { ...LIST_PARAMETERS, ...EXCEPTION_FILTERS };
export type ExceptionQuery = ValuesOf<typeof EXCEPTION_LIST>;

/** What their export takes. */
export const EXCEPTION_EXPORT = { ...EXCEPTION_FILTERS, format: exportFormatParameter };

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
    private readonly filters: ExceptionConditions,
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
    const rows = await this.select(caller, page, conditions);
    const isMasked = seesMasked(caller);
    return pageOf(
      LIST,
      rows,
      limit,
      (row) => toExceptionView(row, isMasked),
      (row) => [row.created_at, row.import_id, row.record_index],
    );
  }

  /** All that the filters leave, as a file. */
  export(
    caller: Caller,
    { format = 'csv', ...filters }: ValuesOf<typeof EXCEPTION_EXPORT>,
  ): Promise<StreamableFile> {
    return exportFile('exceptions', format, EXPORT_COLUMNS, (cursor) =>
      this.list(caller, { ...filters, limit: EXPORT_PAGE, cursor }),
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
    const rows = await this.select(caller, exceptions, where);
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
    const groups = conditions.copy();
    const having = cursor ? `HAVING max(${PLACE}) < ${groups.value(cursor)}::bigint[]` : '';
    const sql = selectGroups(groups.toString(), having, limit + 1);
    const rows = await selectRows<GroupRow>(this.pool, sql, groups.values);
    const missing = await this.missing(conditions, rows);
    const isMasked = seesMasked(caller);
    return pageOf(
      GROUPS,
      rows,
      limit,
      (row) => toGroupView(row, missing.get(row.fingerprint), isMasked),
      (row) => [row.newest, row.import_id, row.record_index],
    );
  }

  /** What the look-ups of groups missed, by fingerprint. */
  private async missing(conditions: Conditions, rows: readonly GroupRow[]): Promise<Map<string, MissingRow>> {
    const groups = rows.filter((row) => row.missing_value !== null).map((row) => row.fingerprint);
    if (groups.length === 0) return new Map();
    const some = conditions.copy().add('e.missing_kind IS NOT NULL');
    some.add(`e.fingerprint = ANY(ARRAY(SELECT decode(unnest(${some.value(groups)}::text[]), 'hex')))`);
    const found = await selectRows<MissingRow>(this.pool, selectMissing(some.toString()), some.values);
    return new Map(found.map((row) => [row.fingerprint, row]));
  }

  /** @throws Problem 404, 403, 410 `exception_expired` */
  async get(caller: Caller, id: string): Promise<ExceptionView> {
    const [row] = await this.visible(caller, [await this.row(caller, id)]);
    return toExceptionView(row!, seesMasked(caller));
  }

  /**
   * The record of an exception that the caller may see.
   * @throws Problem 404, 403, 410 `exception_expired`
   */
  async find(caller: Caller, id: string): Promise<RecordPlace> {
    const row = await this.row(caller, id);
    return { importId: row.import_id, index: row.record_index };
  }

  private async select(caller: Caller, page: string, { values }: Conditions): Promise<ExceptionRow[]> {
    return this.visible(caller, await selectRows<ExceptionRow>(this.pool, selectExceptions(page), values));
  }

  /** Exceptions that the caller may see, without the usage in them that it may not. */
  private async visible(caller: Caller, rows: readonly ExceptionRow[]): Promise<ExceptionRow[]> {
    const details = rows.map((row) =>
      row.stage === 'store' && row.details !== null
        ? (JSON.parse(row.details) as Record<string, unknown>)
        : null,
    );
    const shown = await withoutHiddenUsage(this.pool, caller, details);
    return rows.map((row, n) =>
      shown[n] === details[n] ? row : { ...row, details: JSON.stringify(shown[n]) },
    );
  }

  private async row(caller: Caller, id: string): Promise<ExceptionRow> {
    const place = parseExceptionId(id);
    if (!place) throw notFound('There is no exception with this id.');
    const { rows } = await this.pool.query<ExceptionRow>(selectExceptions(ONE), [
      place.importId,
      place.index,
    ]);
    const [row] = rows;
    if (!row) {
      await this.imports.refuseExpired(caller, 'exceptions', place);
      throw notFound('There is no exception with this id.');
    }
    requireVisible(caller, { feedId: row.feed_id, keyId: row.key_id });
    return row;
  }

  private async conditions(caller: Caller, query: ExceptionFilters): Promise<Conditions> {
    const conditions = await this.filters.conditions(caller, query);
    onlyVisible(conditions, caller);
    return conditions;
  }
}

const ONE = `SELECT ${EXCEPTION_COLUMNS} ${FROM_EXCEPTIONS} WHERE e.import_id = $1 AND e.record_index = $2`;
