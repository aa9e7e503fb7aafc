import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import pg from 'pg';
import { Audit } from '../admin/index.js';
import { SETTINGS, type Settings } from '../common/index.js';
import { PG_POOL, connectionConfig } from '../database/index.js';
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
export class HealingJob implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly log = new Logger('healing');
  private timer: NodeJS.Timeout | null = null;
  private client: pg.Client | null = null;
  private isStopped = false;

  constructor(
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'databaseUrl'>,
    @Inject(PG_POOL) private readonly pool: pg.Pool,
    private readonly audit: Audit,
  ) {}

  onApplicationBootstrap(): void {
    void this.round();
  }

  async onModuleDestroy(): Promise<void> {
    this.isStopped = true;
    if (this.timer) clearTimeout(this.timer);
    await this.client?.end();
  }

  /** As far as feeds can be healed now; nothing where another process is at it. */
  async run(): Promise<void> {
    if ((await findHealable(this.pool)).length === 0) return;
    const client = new pg.Client({
      ...connectionConfig(this.settings.databaseUrl, 'feedmill-healing'),
      ...TIMEOUTS,
    });
    // A connection that is lost fails the statement under way.
    client.on('error', () => undefined);
    await client.connect();
    this.client = client;
    try {
      while (!this.isStopped && (await this.step(client)));
    } finally {
      this.client = null;
      await client.end();
    }
  }

  /** Takes all feeds a change further. @returns whether one of them has come further */
  private async step(client: pg.Client): Promise<boolean> {
    let hasMoved = false;
    for (const alike of await findHealable(client)) {
      if (await this.heal(client, alike)) hasMoved = true;
    }
    return hasMoved;
  }

  private async heal(client: pg.Client, alike: HealedAlike): Promise<boolean> {
    await client.query('BEGIN');
    try {
      const { rows } = await client.query<{ is_ours: boolean }>(
        'SELECT pg_try_advisory_xact_lock($1) AS is_ours',
        [HEALING_LOCK],
      );
      const healed = rows[0]!.is_ours ? await healNext(client, this.audit, alike) : null;
      await client.query('COMMIT');
      if (healed?.reprocessId) this.log.log(healed, 'Exceptions that a change may heal are reprocessed');
      return healed !== null && healed.feedIds.length > 0;
    } catch (error) {
      await client.query('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }

  private async round(): Promise<void> {
    let pause = LOOK_MS;
    try {
      await this.run();
    } catch (error) {
      if (!this.isStopped) this.log.warn(`Goes on later: ${(error as Error).message}`);
      pause = PAUSE_MS;
    }
    if (this.isStopped) return;
    this.timer = setTimeout(() => void this.round(), pause).unref();
  }
}
