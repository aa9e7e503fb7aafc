import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import type pg from 'pg';
import { PG_POOL } from '../../database/index.js';
import type { TimedQuery } from '../timed-query.js';

/** Between two looks, while somebody waits. */
const GAP_MS = 25;
/** A look that took long is rested from so many times as long: looking costs at most a tenth of a connection. */
const REST_PER_COST = 10;
const ANSWER_MS = 3000;
/** Requests that this process holds at once; what comes beyond is not held. */
const MAX_WAITING = 1000;

/**
 * Tells when imports have ended, whichever process ends them. One look at a time serves all who wait in this process;
 * while nobody waits nothing is asked.
 */
@Injectable()
export class ImportEnds implements OnModuleDestroy {
  private readonly log = new Logger('waiting');
  /** By tracking id: what lets each of those go who wait for it. */
  private readonly waiting = new Map<string, Set<() => void>>();
  private count = 0;
  private isLooking = false;
  private isStopped = false;

  constructor(@Inject(PG_POOL) private readonly pool: pg.Pool) {}

  /** Those who wait are answered at once with what there is. */
  onModuleDestroy(): void {
    this.isStopped = true;
    for (const trackingId of [...this.waiting.keys()]) this.letGo(trackingId);
  }

  get hasRoom(): boolean {
    return !this.isStopped && this.count < MAX_WAITING;
  }

  /** Resolves when the import has ended, `ms` have passed, the client has gone, or this process ends. */
  wait(trackingId: string, ms: number, gone: AbortSignal): Promise<void> {
    if (!this.hasRoom || gone.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        gone.removeEventListener('abort', end);
        if (others.delete(end)) this.count--;
        if (others.size === 0 && this.waiting.get(trackingId) === others) this.waiting.delete(trackingId);
        resolve();
      };
      const timer = setTimeout(end, ms);
      gone.addEventListener('abort', end, { once: true });
      const others = this.waiting.get(trackingId) ?? new Set();
      this.waiting.set(trackingId, others.add(end));
      this.count++;
      if (!this.isLooking) void this.look();
    });
  }

  private async look(): Promise<void> {
    this.isLooking = true;
    while (this.waiting.size > 0) {
      const start = performance.now();
      try {
        for (const trackingId of await this.ended([...this.waiting.keys()])) this.letGo(trackingId);
      } catch (error) {
        this.log.warn(`Who waits goes on waiting: ${(error as Error).message}`);
      }
      const rest = Math.max(GAP_MS, (performance.now() - start) * REST_PER_COST);
      await new Promise((resolve) => setTimeout(resolve, rest).unref());
    }
    this.isLooking = false;
  }

  private async ended(trackingIds: readonly string[]): Promise<string[]> {
    const query: TimedQuery = {
      name: 'ended-imports',
      text: `SELECT tracking_id FROM import WHERE tracking_id = ANY($1::uuid[]) AND status <> 'running'`,
      values: [trackingIds],
      query_timeout: ANSWER_MS,
    };
    return (await this.pool.query<{ tracking_id: string }>(query)).rows.map((row) => row.tracking_id);
  }

  private letGo(trackingId: string): void {
    for (const end of [...(this.waiting.get(trackingId) ?? [])]) end();
  }
}
