import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type pg from 'pg';
import { PG_POOL } from '../database/index.js';

const WRITE_EVERY_MS = 60_000;

/** Writes down when keys were last used: once a minute for all of them, never while a request waits. */
@Injectable()
export class KeyUse implements OnModuleInit, OnApplicationShutdown {
  private readonly log = new Logger('keys');
  private readonly usedAt = new Map<number, number>();
  private timer?: NodeJS.Timeout;

  constructor(@Inject(PG_POOL) private readonly pool: pg.Pool) {}

  onModuleInit(): void {
    this.timer = setInterval(() => void this.write(), WRITE_EVERY_MS).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.write();
  }

  note(keyId: number): void {
    this.usedAt.set(keyId, Date.now());
  }

  private async write(): Promise<void> {
    if (this.usedAt.size === 0) return;
    const ids = [...this.usedAt.keys()];
    const times = [...this.usedAt.values()].map((ms) => new Date(ms).toISOString());
    this.usedAt.clear();
    try {
      await this.pool.query(
        `UPDATE api_key k SET last_used_at = greatest(k.last_used_at, u.at)
         FROM unnest($1::integer[], $2::timestamptz[]) u(id, at) WHERE k.id = u.id`,
        [ids, times],
      );
    } catch (error) {
      this.log.warn(`last use of ${ids.length} keys not written: ${(error as Error).message}`);
    }
  }
}
