import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import { Audit } from '../admin/index.js';
import { SETTINGS, type Settings } from '../common/index.js';
import { PG_POOL, RepeatedJob } from '../database/index.js';
import { type HealedAlike, findHealable, healNext } from './heal-change.js';

/** One process at a time, for one transaction. */
const HEALING_LOCK = 7_301_994_235;
const LOOK_MS = 2000;
/** After trouble. */
const PAUSE_MS = 30_000;

/** Exceptions are searched by what they missed: of many, and for a large change, that takes its time. */
const TIMEOUTS = {
  statement_timeout: 60_000,
  query_timeout: 65_000,
  lock_timeout: 10_000,
  idle_in_transaction_session_timeout: 60_000,
} as const;

/** Has exceptions reprocessed that a change of reference data may heal, on feeds that ask for it. */
@Injectable()
export class HealingJob extends RepeatedJob {
  /** Feeds that could not be healed, and when that is tried again. */
  private readonly resting = new Map<number, number>();

  constructor(
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'databaseUrl'>,
    @Inject(PG_POOL) private readonly pool: pg.Pool,
    private readonly audit: Audit,
  ) {
    super('healing', LOOK_MS, PAUSE_MS);
  }

  /** As far as feeds can be healed now; nothing where another process is at it. */
  async run(): Promise<void> {
    if ((await this.findDue(this.pool)).length === 0) return;
    await this.onOwnConnection(this.settings.databaseUrl, TIMEOUTS, async (client) => {
      while (!this.isStopped && (await this.step(client)));
    });
  }

  /** Takes all feeds a change further. @returns whether one of them has come further */
  private async step(client: pg.Client): Promise<boolean> {
    let hasMoved = false;
    for (const alike of await this.findDue(client)) {
      if (await this.healEach(client, alike)) hasMoved = true;
    }
    return hasMoved;
  }

  private async findDue(client: Pick<pg.Pool, 'query'>): Promise<HealedAlike[]> {
    const now = Date.now();
    const isDue = (id: number) => (this.resting.get(id) ?? 0) <= now;
    return (await findHealable(client))
      .map(({ version, feedIds }) => ({ version, feedIds: feedIds.filter(isDue) }))
      .filter(({ feedIds }) => feedIds.length > 0);
  }

  /** What cannot be healed together is tried feed by feed; a feed that cannot be is not in the way of others. */
  private async healEach(client: pg.Client, alike: HealedAlike): Promise<boolean> {
    const { version, feedIds } = alike;
    try {
      return await this.heal(client, alike);
    } catch (error) {
      // Where the connection is lost, this fails too, and nothing else can be healed by it.
      await client.query('ROLLBACK');
      if (feedIds.length === 1) {
        this.resting.set(feedIds[0]!, Date.now() + PAUSE_MS);
        const reason = (error as Error).message;
        this.log.warn(
          { feedId: feedIds[0], version, reason },
          'A feed could not be healed; it is tried again',
        );
        return false;
      }
    }
    let hasMoved = false;
    for (const id of feedIds) {
      if (await this.healEach(client, { version, feedIds: [id] })) hasMoved = true;
    }
    return hasMoved;
  }

  private async heal(client: pg.Client, alike: HealedAlike): Promise<boolean> {
    await client.query('BEGIN');
    const { rows } = await client.query<{ is_ours: boolean }>(
      'SELECT pg_try_advisory_xact_lock($1) AS is_ours',
      [HEALING_LOCK],
    );
    const healed = rows[0]!.is_ours ? await healNext(client, this.audit, alike) : null;
    await client.query('COMMIT');
    if (healed?.reprocessId) this.log.log(healed, 'Exceptions that a change may heal are reprocessed');
    return healed !== null && healed.feedIds.length > 0;
  }
}
