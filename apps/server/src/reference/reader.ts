import type pg from 'pg';
import { type ReferenceData, ReferenceUnavailable } from 'feedmill/pipeline';
import { IdentifierCache } from './identifier-cache.js';
import type { Query } from './query.js';
import { RatePlanCache } from './rate-plan-cache.js';
import { TableCache } from './table-cache.js';

/**
 * Reference data for one child process: what it has read once it remembers, as long as it has not changed. The
 * database is asked only for values not seen before and, when a newer version is seen, for what changed in between.
 */
export class ReferenceReader {
  private readonly identifiers = new IdentifierCache();
  private readonly plans = new RatePlanCache();
  private readonly tables = new TableCache();
  /** Everything remembered holds as of this version at least. */
  private horizon: number | null = null;
  private turn: Promise<unknown> = Promise.resolve();

  /**
   * The data as of a version that has committed; also one older than others asked for before.
   * The answer uses the connection for as long as it is used.
   * @throws ReferenceUnavailable, here and in what is answered, where the database does not give it
   */
  async at(client: Pick<pg.Client, 'query'>, version: number): Promise<ReferenceData> {
    const query: Query = async (text, values) => {
      try {
        return await client.query(text, values);
      } catch (error) {
        throw new ReferenceUnavailable(`Reading reference data: ${(error as Error).message}`, {
          cause: error,
        });
      }
    };
    await this.inTurn(() => this.advance(query, version));
    return {
      identifiers: (values) => this.inTurn(() => this.identifiers.get(query, values, version)),
      ratePlans: (names) => this.inTurn(() => this.plans.get(query, names, version)),
      table: (name) => this.inTurn(() => this.tables.get(query, name, version)),
    };
  }

  private async advance(query: Query, version: number): Promise<void> {
    const seen = this.horizon ?? version;
    if (version > seen) {
      await this.identifiers.advance(query, seen, version);
      await this.plans.advance(query, seen, version);
      await this.tables.advance(query, seen, version);
    }
    this.horizon = Math.max(seen, version);
  }

  /** One query after the other, so that nothing read before a change is remembered after it. */
  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.turn.then(work);
    this.turn = result.catch(() => undefined);
    return result;
  }
}
