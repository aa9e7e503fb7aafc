import { randomUUID } from 'node:crypto';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type pg from 'pg';
import { SETTINGS, type Settings } from '../../common/index.js';
import { PG_POOL } from '../../database/index.js';
import { childEnvironment } from '../../plugins/index.js';
import { DOORBELL, type Doorbell } from '../dispatch/doorbell.js';
import { Dispatcher } from '../dispatch/dispatcher.js';
import { forgetKeys } from './forget-keys.js';
import { countBatch } from './mediation-metrics.js';
import { beat, endForgottenImports } from './reconcile.js';
import { WorkerPool } from './worker-pool.js';

/** Signs of life, and a look for imports whose end was not written. */
const HEARTBEAT_MS = 5000;
/** Usage keys whose time is over are looked for so often. */
const FORGET_KEYS_MS = 3_600_000;
/** Batches under way may finish within this after SIGTERM; what does not is taken up by others. */
const DRAIN_MS = 15_000;

/** A process of role `worker` or `all`: answers the bell with its children. */
@Injectable()
export class Worker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly log = new Logger('worker');
  private readonly id = randomUUID();
  private readonly children: WorkerPool;
  private heartbeat: NodeJS.Timeout | null = null;
  private forgetting: NodeJS.Timeout | null = null;
  private cursor = 0;

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(PG_POOL) private readonly pool: pg.Pool,
    @Inject(DOORBELL) private readonly doorbell: Doorbell,
    private readonly dispatcher: Dispatcher,
  ) {
    this.children = new WorkerPool(pool, {
      slots: settings.workerSlots,
      heapMb: settings.childHeapMb,
      stallMs: settings.stallMs,
      leaseSeconds: settings.leaseSeconds,
      env: childEnvironment(settings),
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.beat();
    this.heartbeat = setInterval(() => void this.beat(), HEARTBEAT_MS);
    this.forgetting = setInterval(() => void this.forget(), FORGET_KEYS_MS);
    this.children.warmUp();
    this.doorbell.serve(this.settings.workerSlots, (chunkId) => this.answer(chunkId));
    this.dispatcher.ring();
  }

  async beforeApplicationShutdown(): Promise<void> {
    if (this.heartbeat) clearInterval(this.heartbeat);
    if (this.forgetting) clearInterval(this.forgetting);
    await this.doorbell.stopServing(DRAIN_MS);
    await this.children.stop();
    await this.pool.query('DELETE FROM worker WHERE id = $1', [this.id]).catch(() => undefined);
  }

  private async answer(chunkId: number): Promise<void> {
    const report = await this.children.run(chunkId);
    countBatch(report);
    if (report?.trouble) this.log.warn({ chunkId }, `A batch is tried again later: ${report.trouble}`);
    this.dispatcher.ring();
  }

  private async beat(): Promise<void> {
    try {
      await beat(this.pool, this.id, this.settings.workerSlots);
      this.cursor = await endForgottenImports(this.pool, this.cursor);
    } catch (error) {
      this.log.warn(`Heartbeat: ${(error as Error).message}`);
    }
  }

  private async forget(): Promise<void> {
    try {
      const count = await forgetKeys(this.pool);
      if (count) this.log.log(`${count} usage keys are older than their feeds keep them, and forgotten`);
    } catch (error) {
      this.log.warn(`Forgetting usage keys: ${(error as Error).message}`);
    }
  }
}
