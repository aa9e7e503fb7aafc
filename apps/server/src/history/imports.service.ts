import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import type { Caller } from '../auth/index.js';
import {
  Conditions,
  DEFAULT_LIMIT,
  LIST_PARAMETERS,
  type Page,
  type ValuesOf,
  feedParameter,
  isTrackingId,
  momentParameter,
  notFound,
  oneOf,
  pageOf,
  readCursor,
  selectRows,
  textParameter,
} from '../common/index.js';
import { PG_POOL } from '../database/index.js';
import { type ImportRow, selectImports } from './import-query.js';
import { CHANNELS, IMPORT_STATUSES, type ImportView } from './import-view.js';
import { NamedFeeds } from './named-feeds.js';
import { toImportView } from './to-import-view.js';
import { onlyVisible, requireVisible } from './visibility.js';

export const IMPORT_FILTERS = {
  ...LIST_PARAMETERS,
  feed: feedParameter(),
  status: oneOf(IMPORT_STATUSES, 'Where the run stands.'),
  channel: oneOf(CHANNELS, 'How it came.'),
  source: textParameter('The whole name that the sender gave with `Feedmill-Source`.'),
  submittedBy: textParameter('Name or id of the key that sent it.'),
  from: momentParameter('Submitted at or after.'),
  to: momentParameter('Submitted before.'),
};

/** An import as other modules need to know it. */
export interface ImportPlace {
  readonly id: number;
  readonly trackingId: string;
  readonly total: number;
}

const LIST = 'imports';
const HAS_STARTED = 'EXISTS (SELECT FROM chunk c WHERE c.import_id = i.id AND c.started_at IS NOT NULL)';
const STATUS_CONDITIONS = {
  queued: `i.status = 'running' AND NOT ${HAS_STARTED}`,
  processing: `i.status = 'running' AND ${HAS_STARTED}`,
  completed: `i.status = 'completed'`,
  failed: `i.status = 'failed'`,
};

/** The history: what arrived, and what became of it. */
@Injectable()
export class ImportsService {
  constructor(
    @Inject(PG_POOL) private readonly pool: pg.Pool,
    private readonly feeds: NamedFeeds,
  ) {}

  async list(caller: Caller, query: ValuesOf<typeof IMPORT_FILTERS>): Promise<Page<ImportView>> {
    const { limit = DEFAULT_LIMIT, status } = query;
    const cursor = readCursor(LIST, ['integer'], query.cursor);
    const conditions = new Conditions()
      .compare('i.feed_id =', await this.feeds.idOf(caller, query.feed))
      .compare('i.channel =', query.channel)
      .compare('i.source =', query.source)
      .compare('i.submitted_at >=', query.from)
      .compare('i.submitted_at <', query.to)
      .compare('i.id <', cursor?.[0]);
    if (status) conditions.add(STATUS_CONDITIONS[status]);
    if (query.submittedBy !== undefined) {
      const key = conditions.value(query.submittedBy);
      conditions.add(
        `i.key_id = ANY(ARRAY(SELECT id FROM api_key WHERE name = ${key} OR public_id = ${key}))`,
      );
    }
    onlyVisible(conditions, caller);
    const page = `SELECT * FROM import i ${conditions} ORDER BY i.id DESC LIMIT ${limit + 1}`;
    const rows = await selectRows<ImportRow>(this.pool, selectImports(page), conditions.values);
    return pageOf(LIST, rows, limit, toImportView, (row) => [row.id]);
  }

  /** @throws Problem 404, 403 */
  async get(caller: Caller, trackingId: string): Promise<ImportView> {
    const { id } = await this.find(caller, trackingId);
    const { rows } = await this.pool.query<ImportRow>(selectImports('SELECT * FROM import WHERE id = $1'), [
      id,
    ]);
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
    return { id: row.id, trackingId: row.tracking_id, total: row.total };
  }
}

interface PlaceRow {
  id: number;
  tracking_id: string;
  feed_id: number;
  key_id: number | null;
  total: number;
}

const FIND = 'SELECT id, tracking_id, feed_id, key_id, total FROM import WHERE tracking_id = $1';
