import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import type pg from 'pg';
import { SETTINGS, type Settings } from '../../common/index.js';
import { PG_POOL } from '../../database/index.js';
import { backlogFull } from './refusals.js';

const REFRESH_MS = 1000;
/** A refresh that took long waits this many times as long for the next: it costs at most a twentieth of a core. */
const REST_PER_COST = 20;

/**
 * How many records wait to be mediated: what the database said a moment ago, and what this process
 * has accepted since. Good to about a second; the limit is no exact number.
 */
@Injectable()
export class Backlog implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly log = new Logger('backlog');
  private known = new Map<number, number>();
  private since = new Map<number, number>();
  private total = 0;
  private timer: NodeJS.Timeout | null = null;
  private isStopped = false;

  constructor(
    @Inject(PG_POOL) private readonly pool: pg.Pool,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.refresh();
  }

  onModuleDestroy(): void {
    this.isStopped = true;
    if (this.timer) clearTimeout(this.timer);
  }

  /** @throws Problem 503 where all feeds, or this one with half as many, have reached the limit */
  refuseWhenFull(feedId: number): void {
    const limit = this.settings.maxBacklogRecords;
    if (this.total >= limit) throw backlogFull('This server', limit);
    const ofFeed = (this.known.get(feedId) ?? 0) + (this.since.get(feedId) ?? 0);
    if (ofFeed >= Math.ceil(limit / 2)) throw backlogFull('This feed', Math.ceil(limit / 2));
  }

  add(feedId: number, records: number): void {
    this.since.set(feedId, (this.since.get(feedId) ?? 0) + records);
    this.total += records;
  }

  private async refresh(): Promise<void> {
    const start = performance.now();
    // What is accepted while the database counts may be counted twice, for a second; never not at all.
    const before = this.since;
    this.since = new Map();
    try {
      const { rows } = await this.pool.query<{ feed_id: number; records: number }>({
        name: 'backlog',
        text: 'SELECT feed_id, sum(total)::bigint AS records FROM chunk WHERE state = 0 GROUP BY feed_id',
      });
      this.known = new Map(rows.map((row) => [row.feed_id, row.records]));
    } catch (error) {
      for (const [feedId, records] of before) this.since.set(feedId, (this.since.get(feedId) ?? 0) + records);
      if (!this.isStopped) this.log.warn(`The backlog could not be counted: ${(error as Error).message}`);
    }
    this.total = sum(this.known) + sum(this.since);
    if (this.isStopped) return;
    const cost = performance.now() - start;
    this.timer = setTimeout(() => void this.refresh(), Math.max(REFRESH_MS, cost * REST_PER_COST)).unref();
  }
}

function sum(counts: ReadonlyMap<number, number>): number {
  let total = 0;
  for (const count of counts.values()) total += count;
  return total;
}
