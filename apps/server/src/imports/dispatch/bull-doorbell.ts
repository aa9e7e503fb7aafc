import { Logger } from '@nestjs/common';
import type { Queue } from 'bull';
import type { Doorbell, DueChunk } from './doorbell.js';

export const CHUNK_QUEUE = 'chunks';

/** `add` hangs while Redis is away; it must not hold up the dispatcher. */
const ADD_DEADLINE_MS = 2000;

/** The doorbell of production: a Bull queue whose jobs are named by chunk and attempt, and kept by nobody. */
export class BullDoorbell implements Doorbell {
  private readonly log = new Logger('queue');
  private underWay = 0;

  constructor(private readonly queue: Queue) {
    let isDown = false;
    queue.on('error', (error) => {
      if (!isDown) this.log.warn(`Redis: ${error.message}`);
      isDown = true;
    });
    queue.client.on('ready', () => {
      isDown = false;
      void this.checkPolicy();
    });
  }

  get isReady(): boolean {
    return this.queue.client.status === 'ready';
  }

  async ring(chunks: readonly DueChunk[]): Promise<void> {
    const jobs = chunks.map(({ id, attempts }) => ({
      data: { chunkId: id },
      opts: { jobId: `chunk-${id}-${attempts}`, attempts: 1, removeOnComplete: true, removeOnFail: true },
    }));
    const added = this.queue
      .addBulk(jobs)
      .catch((error: Error) => this.log.warn(`Ringing: ${error.message}`));
    await Promise.race([added, new Promise((resolve) => setTimeout(resolve, ADD_DEADLINE_MS).unref())]);
  }

  serve(slots: number, answer: (chunkId: number) => Promise<void>): void {
    void this.queue.process(slots, async (job: { data: { chunkId: number } }) => {
      this.underWay++;
      try {
        await answer(job.data.chunkId);
      } finally {
        this.underWay--;
      }
    });
  }

  async stopServing(deadlineMs: number): Promise<void> {
    const deadline = Date.now() + deadlineMs;
    await Promise.race([
      this.queue.pause(true, true).catch(() => undefined),
      new Promise((resolve) => setTimeout(resolve, 1000)),
    ]);
    while (this.underWay > 0 && Date.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 50));
  }

  /** A Redis that evicts keys loses bells; they are rung again, but late. */
  private async checkPolicy(): Promise<void> {
    try {
      const [, policy] = (await this.queue.client.config('GET', 'maxmemory-policy')) as string[];
      if (policy && policy !== 'noeviction') {
        this.log.warn(
          `Redis has maxmemory-policy ${policy}: set it to noeviction, or jobs vanish when memory is short`,
        );
      }
    } catch {
      this.log.debug('Redis does not tell its maxmemory-policy; it must be noeviction');
    }
  }
}
