import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import type { Caller } from '../auth/index.js';
import {
  DEFAULT_LIMIT,
  LIST_PARAMETERS,
  type Page,
  type RecordPlace,
  type ValuesOf,
  isTrackingId,
  notFound,
  pageOf,
  readCursor,
  selectRows,
} from '../common/index.js';
import { PG_POOL } from '../database/index.js';
import { type Fact, KeptFacts } from '../retention/index.js';
import { IMPORT_FILTERS, importConditions } from './import-filters.js';
import { type ImportRow, selectImports } from './import-query.js';
import type { ImportView } from './import-view.js';
import { NamedFeeds } from './named-feeds.js';
import { toImportView } from './to-import-view.js';
import { requireVisible } from './visibility.js';

export const IMPORT_LIST = { ...LIST_PARAMETERS, ...IMPORT_FILTERS };

/** An import as other modules need to know it. */
export interface ImportPlace {
  readonly id: number;
  readonly trackingId: string;
  readonly total: number;
  /** Its records came with other imports. */
  readonly isCorrection: boolean;
}

const LIST = 'imports';

/** The history: what arrived, and what became of it. */
@Injectable()
export class ImportsService {
  constructor(
    @Inject(PG_POOL) private readonly pool: pg.Pool,
    private readonly feeds: NamedFeeds,
    private readonly kept: KeptFacts,
  ) {}

  async list(caller: Caller, query: ValuesOf<typeof IMPORT_LIST>): Promise<Page<ImportView>> {
    const { limit = DEFAULT_LIMIT } = query;
    const cursor = readCursor(LIST, ['moment', 'integer'], query.cursor);
    const feedId = await this.feeds.idOf(caller, query.feed);
    const conditions = importConditions(caller, query, feedId);
    if (cursor) {
      const [submittedAt, id] = cursor.map((part) => conditions.value(part));
      conditions.add(`(i.submitted_at, i.id) < (${submittedAt}, ${id})`);
    }
    const page = `SELECT * FROM import i ${conditions} ORDER BY i.submitted_at DESC, i.id DESC LIMIT ${limit + 1}`;
    const rows = await selectRows<ImportRow>(this.pool, selectImports(page, 'list'), conditions.values);
    return pageOf(LIST, rows, limit, toImportView, (row) => [row.submitted_at, row.id]);
  }

  /** @throws Problem 404, 403 */
  async get(caller: Caller, trackingId: string): Promise<ImportView> {
    const { id } = await this.find(caller, trackingId);
    const { rows } = await this.pool.query<ImportRow>(
      selectImports('SELECT * FROM import WHERE id = $1', 'single'),
      [id],
    );
    return toImportView(rows[0]!);
  }

  /**
   * The import of a tracking id, if the caller may see it.
   * @throws Problem 404, 403
   */
  async find(caller: Caller, trackingId: string): Promise<ImportPlace> {
    const { rows } = isTrackingId(trackingId)
      ? await this.pool.query<PlaceRow>(FIND, [trackingId])
      : { rows: [] };
    const [row] = rows;
    if (!row) throw notFound('There is no import with this tracking id.');
    requireVisible(caller, { feedId: row.feed_id, keyId: row.key_id });
    const isCorrection = row.channel === 'reprocess' || row.channel === 'revert';
    return { id: row.id, trackingId: row.tracking_id, total: row.total, isCorrection };
  }

  /**
   * For a row of a record that was looked for and is not there.
   * @throws Problem 410 where it has left by retention, 403 where the caller may not see the import
   */
  async refuseExpired(caller: Caller, fact: Fact, { importId, index }: RecordPlace): Promise<void> {
    const { rows } = await this.pool.query<PlaceRow>(FIND_BY_RECORD, [importId, index]);
    const [row] = rows;
    if (!row) return;
    requireVisible(caller, { feedId: row.feed_id, keyId: row.key_id });
    await this.kept.refuseExpired(fact, importId);
  }
}

interface PlaceRow {
  id: number;
  tracking_id: string;
  feed_id: number;
  key_id: number | null;
  total: number;
  channel: 'api' | 'file' | 'reprocess' | 'revert';
}

const PLACE = 'SELECT id, tracking_id, feed_id, key_id, total, channel FROM import';
const FIND = `${PLACE} WHERE tracking_id = $1`;
const FIND_BY_RECORD = `${PLACE} WHERE id = $1 AND total > $2`;
