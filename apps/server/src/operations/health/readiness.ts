import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import type pg from 'pg';
import { SETTINGS, type Settings } from '../../common/index.js';
import { PG_POOL, migrations } from '../../database/index.js';
import { ChunkQueue } from '../chunk-queue.js';
import { FeedArrivals } from '../feed-arrivals.js';

export interface Check {
  readonly status: 'up' | 'down';
  /** What is wrong, or how the part works where that needs saying. */
  readonly detail?: string;
}

/** Something to look after that does not keep the process from its work. */
export interface Warning {
  readonly code: 'feeds_quiet';
  readonly detail: string;
}

export interface Readiness {
  readonly status: 'ready' | 'not_ready';
  readonly role: Settings['role'];
  readonly shuttingDown: boolean;
  readonly checks: { readonly database: Check; readonly migrations: Check; readonly queue: Check };
  readonly warnings: readonly Warning[];
}

const ANSWER_WITHIN_MS = 2000;
const LAST_MIGRATION = migrations.at(-1)!.name;

/** Whether this process can do its work. */
@Injectable()
export class ReadinessService implements OnModuleDestroy {
  private isShuttingDown = false;

  constructor(
    @Inject(PG_POOL) private readonly pool: pg.Pool,
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly queue: ChunkQueue,
    private readonly arrivals: FeedArrivals,
  ) {}

  onModuleDestroy(): void {
    this.isShuttingDown = true;
  }

  /**
   * Usage is accepted without the queue, which is only a doorbell: a process that takes posts stays
   * ready without it, one that only mediates does not.
   */
  async check(): Promise<Readiness> {
    const [database, queue, warnings] = await Promise.all([
      this.checkDatabase(),
      this.checkQueue(),
      this.warnings(),
    ]);
    const needsQueue = this.settings.role === 'worker';
    const isReady =
      !this.isShuttingDown &&
      database.database.status === 'up' &&
      database.migrations.status === 'up' &&
      (queue.status === 'up' || !needsQueue);
    return {
      status: isReady ? 'ready' : 'not_ready',
      role: this.settings.role,
      shuttingDown: this.isShuttingDown,
      checks: { ...database, queue },
      warnings,
    };
  }

  /** A source that is quiet is no fault of this process. Who it is stands in the metrics: health needs no key. */
  private async warnings(): Promise<Warning[]> {
    const arrivals = await inTime(this.arrivals.get()).catch(() => []);
    const quiet = arrivals.filter(({ isQuiet }) => isQuiet).length;
    if (!quiet) return [];
    const feeds = quiet === 1 ? 'One feed has' : `${quiet} feeds have`;
    const detail = `${feeds} sent nothing for longer than expectEvery; feedmill_feed_quiet in /metrics says which.`;
    return [{ code: 'feeds_quiet', detail }];
  }

  private async checkDatabase(): Promise<{ database: Check; migrations: Check }> {
    try {
      const { rows } = await inTime(
        this.pool.query<{ known: boolean }>(
          'SELECT EXISTS (SELECT FROM migrations WHERE name = $1) AS known',
          [LAST_MIGRATION],
        ),
      );
      const isCurrent = rows[0]!.known;
      return {
        database: { status: 'up' },
        migrations: isCurrent
          ? { status: 'up' }
          : { status: 'down', detail: 'The schema is of an older release.' },
      };
    } catch {
      const down: Check = { status: 'down', detail: 'The database does not answer.' };
      return { database: down, migrations: down };
    }
  }

  private async checkQueue(): Promise<Check> {
    if (!this.queue.isUsed) return { status: 'up', detail: 'In this process: there is no Redis.' };
    try {
      await inTime(this.queue.ping());
      return { status: 'up' };
    } catch {
      return {
        status: 'down',
        detail: 'Redis does not answer. Usage is accepted, and mediated when it is back.',
      };
    }
  }
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), ANSWER_WITHIN_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
}
