import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import type pg from 'pg';
import { PG_POOL, inTransaction } from '../../database/index.js';
import { DOORBELL, type Doorbell } from './doorbell.js';
import { fillWindow } from './window.js';

/** Between two looks at the window; new work within it waits no longer than this. */
const GAP_MS = 20;
/** A look without being asked: lost bells, leases that ran out, chunks that are due again. */
const SWEEP_MS = 1000;

/** Keeps the window of the queue filled. Any process may have one; they take turns. */
@Injectable()
export class Dispatcher implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly log = new Logger('dispatch');
  private isWanted = false;
  private isLooking = false;
  private isStopped = false;
  private sweep: NodeJS.Timeout | null = null;
  /** Chunks in the window at the last look. */
  size = 0;

  constructor(
    @Inject(PG_POOL) private readonly pool: pg.Pool,
    @Inject(DOORBELL) private readonly doorbell: Doorbell,
  ) {}

  onApplicationBootstrap(): void {
    this.sweep = setInterval(() => this.ring(), SWEEP_MS);
    this.ring();
  }

  onModuleDestroy(): void {
    this.isStopped = true;
    if (this.sweep) clearInterval(this.sweep);
  }

  /** Something may be due: have a look soon. Never waits, never throws. */
  ring(): void {
    this.isWanted = true;
    if (!this.isLooking) void this.look();
  }

  private async look(): Promise<void> {
    this.isLooking = true;
    while (this.isWanted && !this.isStopped && this.doorbell.isReady) {
      this.isWanted = false;
      try {
        const { due, size } = await inTransaction(this.pool, fillWindow);
        this.size = size;
        if (due.length) await this.doorbell.ring(due);
      } catch (error) {
        if (!this.isStopped) this.log.warn(`The window could not be filled: ${(error as Error).message}`);
      }
      await new Promise((resolve) => setTimeout(resolve, GAP_MS));
    }
    this.isLooking = false;
  }
}
