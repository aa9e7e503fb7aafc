import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import type { Caller } from '../auth/index.js';
import {
  type NumberedPage,
  type PageNumber,
  countAhead,
  isTrackingId,
  limitOf,
  notFound,
  selectRows,
} from '../common/index.js';
import { PG_POOL } from '../database/index.js';
import { type ImportFilters, importConditions } from './import-filters.js';
import { type ImportRow, selectImports } from './import-query.js';
import type { ImportView } from './import-view.js';
import { toImportView } from './to-import-view.js';
import { requireVisible } from './visibility.js';

/** An import with the numbers that the API in its own shape does not show. */
export interface NumberedImport {
  readonly identity: number;
  readonly profileId: number;
  /** Exceptions of its run at the stages resolve and rate: usage that has no owner or no rate yet. */
  readonly unrated: number;
  readonly view: ImportView;
}

export interface NumberedFilters extends Omit<ImportFilters, 'feed'> {
  readonly feedId?: number;
  readonly trackingId?: string;
}

/** The history for clients that name imports by integers and read lists by page numbers. */
@Injectable()
export class NumberedImportsService {
  constructor(@Inject(PG_POOL) private readonly pool: pg.Pool) {}

  async page(
    caller: Caller,
    { feedId, trackingId, ...filters }: NumberedFilters,
    page: PageNumber,
  ): Promise<NumberedPage<NumberedImport>> {
    const where = importConditions(caller, filters, feedId).compare('i.tracking_id =', trackingId);
    const imports = `SELECT * FROM import i ${where} ORDER BY i.submitted_at DESC, i.id DESC ${limitOf(page)}`;
    const rows = await selectRows<ImportRow>(this.pool, selectImports(imports, 'list'), where.values);
    const count = countAhead('FROM import i', where, page);
    const [counted] = await selectRows<{ count: number }>(this.pool, count, where.values);
    return { totalCount: counted!.count, items: rows.map(toNumberedImport) };
  }

  /**
   * @param id the integer of an import, or its tracking id
   * @throws Problem 404, 403
   */
  async get(caller: Caller, id: string): Promise<NumberedImport> {
    const column = isTrackingId(id) ? 'tracking_id' : 'id';
    const { rows } =
      isTrackingId(id) || /^[1-9]\d{0,15}$/.test(id)
        ? await this.pool.query<ImportRow>(
            selectImports(`SELECT * FROM import WHERE ${column} = $1`, 'single'),
            [id],
          )
        : { rows: [] };
    const [row] = rows;
    if (!row) throw notFound('There is no import with this id.');
    requireVisible(caller, { feedId: row.feed_id, keyId: row.key_id });
    return toNumberedImport(row);
  }
}

function toNumberedImport(row: ImportRow): NumberedImport {
  return {
    identity: row.id,
    profileId: row.profile_id,
    unrated: row.unrated ?? 0,
    view: toImportView(row),
  };
}
