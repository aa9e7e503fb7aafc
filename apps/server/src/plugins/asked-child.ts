import type { ChildRequest } from './child-message.js';
import { StepProcess, type StepProcessOptions } from './step-process.js';

/** The start of the child included, which takes long on a busy machine. */
const DEADLINE_MS = 45_000;

/** A child of its own for questions, one after the other. One that takes too long over a question is ended. */
export class AskedChild {
  private readonly child: StepProcess;
  private turn: Promise<unknown> = Promise.resolve();
  /** Questions that have not been answered. */
  pending = 0;

  constructor(options: StepProcessOptions) {
    this.child = new StepProcess(options);
  }

  /** @throws StepProcessDied where the child dies over the question, or takes too long */
  ask<Reply>(request: ChildRequest): Promise<Reply> {
    this.pending++;
    const answer = this.turn.then(async () => {
      const timer = setTimeout(() => this.child.kill('it took too long'), DEADLINE_MS);
      try {
        return await this.child.request<Reply>(request);
      } finally {
        clearTimeout(timer);
        this.pending--;
      }
    });
    this.turn = answer.catch(() => undefined);
    return answer;
  }

  stop(): Promise<void> {
    return this.child.stop();
  }
}
