/** At most `count` tasks at a time; whoever brings the next one waits for a free lane. Tasks do not reject. */
export class Lanes {
  private readonly running = new Set<Promise<void>>();

  constructor(private readonly count: number) {}

  /** Resolves when `task` has been started. */
  async start(task: () => Promise<void>): Promise<void> {
    while (this.running.size >= this.count) await Promise.race(this.running);
    const run = task().finally(() => this.running.delete(run));
    this.running.add(run);
  }

  /** Resolves when all started tasks have ended. */
  async idle(): Promise<void> {
    await Promise.all(this.running);
  }
}
