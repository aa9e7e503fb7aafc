import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import { PG_POOL } from '../../database/index.js';
import { type NewImport, toStatement } from './import-statement.js';
import { noAnswer } from './refusals.js';
import type { TimedQuery } from '../timed-query.js';

/** Statements under way at once. While they run, what comes in waits to go together in the next. */
const MAX_STATEMENTS = 2;
const MAX_GROUP = 64;
const MAX_GROUP_BYTES = 4 * 1024 * 1024;
/** The answer to "is it stored?" comes within this, or the client hears that the database is not there. */
const DEADLINE_MS = 4500;

/** SQLSTATEs about the values of a statement: one of its imports is to blame, the others are not. */
const ABOUT_VALUES = /^(22|23|54)/;
/** The connection went while the statement was under way: it may have been committed. */
const WITHOUT_ANSWER = /Connection terminated|Query read timeout/;

interface Waiting {
  readonly item: NewImport;
  readonly resolve: (isStored: boolean) => void;
  readonly reject: (error: unknown) => void;
  isGivenUp: boolean;
}

/**
 * Writes imports, those that arrive together in one statement and one commit: single-record posts
 * would else be bounded by the cost of a transaction each. An idle writer does not wait for company.
 */
@Injectable()
export class ImportWriter {
  private readonly queue: Waiting[] = [];
  private running = 0;

  constructor(@Inject(PG_POOL) private readonly pool: pg.Pool) {}

  /**
   * @returns true once the import is committed; false where nothing was stored (see the statement)
   * @throws Problem 503 where the database does not answer in time. The import may then be stored or not.
   */
  write(item: NewImport): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const deadline = setTimeout(() => {
        waiting.isGivenUp = true;
        reject(noAnswer());
      }, DEADLINE_MS);
      const settling =
        <T>(settle: (value: T) => void) =>
        (value: T) => {
          clearTimeout(deadline);
          settle(value);
        };
      const waiting: Waiting = {
        item,
        resolve: settling(resolve),
        reject: settling(reject),
        isGivenUp: false,
      };
      this.queue.push(waiting);
      this.next();
    });
  }

  private next(): void {
    while (this.running < MAX_STATEMENTS && this.queue.length) {
      const group = this.takeGroup();
      if (!group.length) continue;
      this.running++;
      void this.run(group).finally(() => {
        this.running--;
        this.next();
      });
    }
  }

  private takeGroup(): Waiting[] {
    const group: Waiting[] = [];
    let bytes = 0;
    while (this.queue.length && group.length < MAX_GROUP) {
      const next = this.queue[0]!;
      bytes += next.item.body.length;
      if (group.length && bytes > MAX_GROUP_BYTES) break;
      this.queue.shift();
      if (!next.isGivenUp) group.push(next);
    }
    return group;
  }

  private async run(group: readonly Waiting[]): Promise<void> {
    try {
      const query: TimedQuery = { ...toStatement(group.map(({ item }) => item)), query_timeout: DEADLINE_MS };
      const { rows } = await this.pool.query<{ tracking_id: string }>(query);
      const stored = new Set(rows.map((row) => row.tracking_id));
      for (const { item, resolve } of group) resolve(stored.has(item.trackingId));
    } catch (error) {
      const { code = '', message } = error as { code?: string; message: string };
      if (group.length > 1 && ABOUT_VALUES.test(code)) {
        for (const waiting of group) await this.run([waiting]);
      } else {
        for (const { reject } of group) reject(WITHOUT_ANSWER.test(message) ? noAnswer() : error);
      }
    }
  }
}
