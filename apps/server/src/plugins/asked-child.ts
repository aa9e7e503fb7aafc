import type { ChildRequest } from './child-message.js';
import { StepProcess, type StepProcessOptions } from './step-process.js';

/** The start of the child included, which takes long on a busy machine. */
const ANSWER_MS = 45_000;

export interface Patience {
  /** Aborted where the question is to be left out, if its turn has not come by then. */
  readonly giveUp?: AbortSignal;
  /** How long the answer may take once it is its turn. */
  readonly answerMs?: number;
}

/** A child of its own for questions, one after the other. One that takes too long over a question is ended. */
export class AskedChild {
  private readonly child: StepProcess;
  private readonly queue: (() => void)[] = [];
  private isAsked = false;

  constructor(options: StepProcessOptions) {
    this.child = new StepProcess(options);
  }

  /** Questions whose turn has not come. */
  get waiting(): number {
    return this.queue.length;
  }

  /**
   * @throws StepProcessDied where the child dies over the question, or takes too long
   * @throws the reason of `giveUp`, where it was aborted first
   */
  async ask<Reply>(request: ChildRequest, { giveUp, answerMs = ANSWER_MS }: Patience = {}): Promise<Reply> {
    await this.takeTurn(giveUp);
    const timer = setTimeout(() => this.child.kill('it took too long'), answerMs);
    try {
      return await this.child.request<Reply>(request);
    } finally {
      clearTimeout(timer);
      this.passTurn();
    }
  }

  stop(): Promise<void> {
    return this.child.stop();
  }

  private async takeTurn(giveUp: AbortSignal | undefined): Promise<void> {
    giveUp?.throwIfAborted();
    if (!this.isAsked) {
      this.isAsked = true;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const begin = () => {
        giveUp?.removeEventListener('abort', leave);
        resolve();
      };
      const leave = () => {
        this.queue.splice(this.queue.indexOf(begin), 1);
        reject(giveUp!.reason as Error);
      };
      this.queue.push(begin);
      giveUp?.addEventListener('abort', leave, { once: true });
    });
  }

  private passTurn(): void {
    const next = this.queue.shift();
    if (next) next();
    else this.isAsked = false;
  }
}
