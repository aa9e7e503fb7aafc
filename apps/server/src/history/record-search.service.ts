import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import type { Caller } from '../auth/index.js';
import {
  DEFAULT_LIMIT,
  type Page,
  Problem,
  pageOf,
  readCursor,
  selectRows,
  toRfc3339OrNull,
} from '../common/index.js';
import { PG_POOL, inTransaction } from '../database/index.js';
import { NamedFeeds } from './named-feeds.js';
import { type FoundRow, type SearchQuery, selectFound } from './record-search.js';
import { standingsOf } from './record-standing.js';
import type { FoundRecord } from './record-view.js';
import { type Decided, RecordsService, VERDICT_OF } from './records.service.js';

const LIST = 'found-records';

/** A search reads what no index knows; one that takes longer is refused, never cut short. */
const LIMIT_OF_TIME = `SET LOCAL statement_timeout = '5s'`;

/** Finds a record by its key or an identifier, in whatever became of it. */
@Injectable()
export class RecordSearchService {
  constructor(
    @Inject(PG_POOL) private readonly pool: pg.Pool,
    private readonly feeds: NamedFeeds,
    private readonly records: RecordsService,
  ) {}

  /** @throws Problem 400 for a search for nothing, 403, 422 `query_too_broad` */
  async find(caller: Caller, query: SearchQuery): Promise<Page<FoundRecord>> {
    if (query.usageKey === undefined && query.identifier === undefined) throw nothingAsked();
    const { limit = DEFAULT_LIMIT } = query;
    const after = readCursor(LIST, ['moment', 'integer', 'integer'], query.cursor);
    const feedId = await this.feeds.idOf(caller, query.feed);
    const { sql, values } = selectFound({ caller, query, feedId, after, limit: limit + 1 });
    const rows = await inTransaction(this.pool, async (client) => {
      await client.query(LIMIT_OF_TIME);
      return selectRows<FoundRow>(client, sql, values);
    });
    const decided = rows.map(toDecided);
    const views = await this.records.views(caller, decided);
    const standings = await standingsOf(this.pool, decided);
    const found = rows.map((row, n): [FoundRow, FoundRecord] => [
      row,
      {
        trackingId: row.tracking_id,
        feed: { id: row.feed_id, name: row.feed_name, apiName: row.feed_api_name },
        decidedAt: decided[n]!.decidedAt,
        ...views[n]!,
        now: standings[n]!,
      },
    ]);
    return pageOf(
      LIST,
      found,
      limit,
      ([, record]) => record,
      ([row]) => [row.submitted_at, row.import_id, row.record_index],
    );
  }
}

function toDecided(row: FoundRow): Decided {
  const own = { importId: row.import_id, index: row.record_index };
  return {
    ...own,
    origin: own,
    verdict: VERDICT_OF[row.letter]!,
    decidedAt: toRfc3339OrNull(row.ended_at),
  };
}

function nothingAsked(): Problem {
  const message = 'is missing: a record is searched by usageKey, identifier or both.';
  const errors = ['usageKey', 'identifier'].map((pointer) => ({
    pointer,
    code: 'invalid_parameter',
    message,
  }));
  return new Problem(400, 'invalid_parameter', 'Name a usageKey, an identifier or both.', { errors });
}
