import type { Doorbell, DueChunk } from './doorbell.js';

/** The doorbell of a single process without Redis: the same window, served in process. */
export class LocalDoorbell implements Doorbell {
  readonly isReady = true;
  private readonly waiting = new Set<number>();
  private readonly underWay = new Set<Promise<void>>();
  private slots = 0;
  private answer: (chunkId: number) => Promise<void> = () => Promise.resolve();

  ring(chunks: readonly DueChunk[]): Promise<void> {
    for (const { id } of chunks) this.waiting.add(id);
    this.next();
    return Promise.resolve();
  }

  serve(slots: number, answer: (chunkId: number) => Promise<void>): void {
    this.answer = answer;
    this.slots = slots;
    this.next();
  }

  async stopServing(deadlineMs: number): Promise<void> {
    this.slots = 0;
    const deadline = new Promise((resolve) => setTimeout(resolve, deadlineMs).unref());
    await Promise.race([Promise.allSettled(this.underWay), deadline]);
  }

  private next(): void {
    for (const id of this.waiting) {
      if (this.underWay.size >= this.slots) return;
      this.waiting.delete(id);
      const run = this.answer(id)
        .catch(() => undefined)
        .finally(() => {
          this.underWay.delete(run);
          this.next();
        });
      this.underWay.add(run);
    }
  }
}
