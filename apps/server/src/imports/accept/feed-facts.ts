import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import { BriefCache } from '../../common/index.js';
import { PG_POOL } from '../../database/index.js';
import type { FeedFormat, RowSyntax } from '../envelope/index.js';
import { LOOK_UP_MS, type TimedQuery } from './timed-query.js';

/** What of a feed has to be known before its body can be read. Whether it may be written is asked when writing. */
export interface FeedFacts {
  readonly id: number;
  readonly name: string;
  readonly apiName: string;
  readonly format: FeedFormat;
  readonly rows: RowSyntax | null;
}

const BELIEVED_MS = 2000;
const API_NAME = /^[A-Za-z0-9]{1,200}$/;
const MAX_ID = 2_147_483_647;
const MAX_NAME_LENGTH = 300;

/** Finds feeds by what stands in a path, and remembers them for two seconds. */
@Injectable()
export class FeedFinder {
  private readonly cache = new BriefCache((key) => this.lookUp(key), BELIEVED_MS);

  constructor(@Inject(PG_POOL) private readonly pool: pg.Pool) {}

  /** By id or API name; null where there is none. */
  async byReference(reference: string): Promise<FeedFacts | null> {
    return API_NAME.test(reference) ? this.find(`r:${reference}`) : null;
  }

  /** By id, API name or name; null where there is none. */
  async byAnyName(reference: string): Promise<FeedFacts | null> {
    const isName = reference.length <= MAX_NAME_LENGTH && !reference.includes('\0');
    return isName ? this.find(`n:${reference}`) : null;
  }

  private async find(key: string): Promise<FeedFacts | null> {
    const feed = await this.cache.get(key);
    // A feed may be created at any moment, and is then there at once.
    if (!feed) this.cache.forget(key);
    return feed;
  }

  private async lookUp(key: string): Promise<FeedFacts | null> {
    const reference = key.slice(2);
    const id = /^\d{1,10}$/.test(reference) && Number(reference) <= MAX_ID ? Number(reference) : null;
    const name = key.startsWith('n:') ? reference : null;
    const query: TimedQuery = {
      name: 'accept-feed',
      text: `SELECT id, name, api_name AS "apiName", format, rows FROM feed
        WHERE id = $1::integer OR api_name = $2 OR name = $3 ORDER BY id = $1::integer DESC NULLS LAST LIMIT 1`,
      values: [id, reference, name],
      query_timeout: LOOK_UP_MS,
    };
    const { rows } = await this.pool.query<FeedFacts>(query);
    return rows[0] ?? null;
  }
}
