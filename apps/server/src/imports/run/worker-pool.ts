import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import type pg from 'pg';
import { StepProcess, StepProcessDied } from '../../plugins/index.js';
import type { BatchReport } from './batch-runner.js';
import { release } from './claim.js';
import { renewLeases, reportDeath } from './lease.js';
import { readMark } from './marks.js';

/** How long the database may keep a child waiting before the child is taken for dead. */
const STORE_LIMIT_MS = 120_000;
const WATCH_MS = 100;

export interface WorkerPoolOptions {
  readonly slots: number;
  readonly heapMb: number;
  readonly stallMs: number;
  readonly leaseSeconds: number;
  readonly env: Readonly<Record<string, string>>;
}

/** A run as seen from outside: what the child has told by its marks. */
interface Run {
  readonly token: string;
  chunkIds: readonly number[];
  suspect: number | null;
  isStoring: boolean;
  lastMark: number;
}

interface Slot {
  readonly process: StepProcess;
  run: Run | null;
}

/** The children that mediate, one batch each at a time; watched, renewed, ended when they hang. */
export class WorkerPool {
  private readonly log = new Logger('worker');
  private readonly slots: Slot[];
  private readonly idle: Slot[];
  private isStopping = false;

  constructor(
    private readonly pool: pg.Pool,
    private readonly options: WorkerPoolOptions,
  ) {
    this.slots = Array.from({ length: options.slots }, () => this.createSlot());
    this.idle = [...this.slots];
  }

  /** Has the children load the plugins ahead of their first chunk. */
  warmUp(): void {
    for (const slot of this.slots) slot.process.begin();
  }

  /**
   * Runs a chunk, and what goes with it, in a child. Null where the child died: its chunks are due
   * again, record by record.
   */
  async run(chunkId: number): Promise<BatchReport | null> {
    const slot = this.idle.pop();
    if (!slot) throw new Error('No worker slot is free: the queue gave more chunks than there are slots');
    const run: Run = {
      token: randomUUID(),
      chunkIds: [],
      suspect: null,
      isStoring: true,
      lastMark: Date.now(),
    };
    slot.run = run;
    const watch = setInterval(() => this.watch(slot, run), WATCH_MS);
    const renew = setInterval(() => void this.renew(run), (this.options.leaseSeconds * 1000) / 3);
    try {
      return await slot.process.request<BatchReport>({ kind: 'run', chunkId, token: run.token });
    } catch (error) {
      if (!(error instanceof StepProcessDied)) throw error;
      this.log.warn(
        { chunkIds: run.chunkIds, record: run.suspect },
        `A child ended over its work: ${error.how}`,
      );
      await this.bury(run);
      return null;
    } finally {
      clearInterval(watch);
      clearInterval(renew);
      slot.run = null;
      this.idle.push(slot);
    }
  }

  /** Ends the children; what they have not finished is given back, and is no fault of a record. */
  async stop(): Promise<void> {
    this.isStopping = true;
    await Promise.all(this.slots.map((slot) => slot.process.stop()));
  }

  private createSlot(): Slot {
    const slot: Slot = {
      run: null,
      process: new StepProcess({
        heapMb: this.options.heapMb,
        env: this.options.env,
        onLog: (line) => this.log.warn(line),
        onMark: (line) => slot.run && this.onMark(slot.run, line),
      }),
    };
    return slot;
  }

  private onMark(run: Run, line: string): void {
    const mark = readMark(line);
    run.lastMark = Date.now();
    run.isStoring = mark.kind === 'store';
    if (mark.kind === 'claimed') run.chunkIds = mark.chunkIds;
    if (mark.kind === 'record') run.suspect = mark.index;
    if (mark.kind === 'store') run.suspect = null;
  }

  private watch(slot: Slot, run: Run): void {
    const silence = Date.now() - run.lastMark;
    if (silence > (run.isStoring ? STORE_LIMIT_MS : this.options.stallMs)) {
      slot.process.kill(`no progress for ${silence} ms`);
    }
  }

  private async renew(run: Run): Promise<void> {
    if (run.chunkIds.length === 0) return;
    try {
      await renewLeases(this.pool, run.token, run.chunkIds, this.options.leaseSeconds);
    } catch (error) {
      this.log.warn(`Renewing leases: ${(error as Error).message}`);
    }
  }

  /** Without Postgres this cannot be written down: then the lease runs out and the chunk is due again. */
  private async bury(run: Run): Promise<void> {
    if (run.chunkIds.length === 0) return;
    try {
      if (this.isStopping) await release(this.pool, run.token, run.chunkIds);
      else await reportDeath(this.pool, run.token, run.chunkIds, run.suspect);
    } catch (error) {
      this.log.warn(`Giving chunks back: ${(error as Error).message}`);
    }
  }
}
