import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import type pg from 'pg';
import { PG_POOL } from '../../database/index.js';

const EVERY_MS = 60_000;
const AT_ONCE = 10_000;

/** Takes idempotency keys away when their time is over. A key may be used again from that time on, taken away or not. */
@Injectable()
export class ExpiredKeys implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly log = new Logger('idempotency');
  private timer: NodeJS.Timeout | null = null;

  constructor(@Inject(PG_POOL) private readonly pool: pg.Pool) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.remove(), EVERY_MS).unref();
  }

  onModuleDestroy(): void {
    if (this.timer) clearInterval(this.timer);
  }

  async remove(): Promise<void> {
    try {
      await this.pool.query(
        `DELETE FROM idempotency WHERE (feed_id, key) IN (
           SELECT feed_id, key FROM idempotency WHERE expires_at < now()
           ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED)`,
        [AT_ONCE],
      );
    } catch (error) {
      this.log.warn(`Expired keys stay for another minute: ${(error as Error).message}`);
    }
  }
}
