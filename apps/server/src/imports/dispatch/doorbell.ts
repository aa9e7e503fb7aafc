/** A chunk that is due, as it goes to the queue: an id and how often it was tried, never a payload. */
export interface DueChunk {
  readonly id: number;
  readonly attempts: number;
}

/**
 * Between dispatcher and workers. It may ring twice or not at all: Postgres knows what is pending, and
 * the dispatcher rings again.
 */
export interface Doorbell {
  /** False while there is nobody to ring for: the queue is out of reach. */
  readonly isReady: boolean;
  ring(chunks: readonly DueChunk[]): Promise<void>;
  /** Answers the bell in this process, `slots` chunks at a time. */
  serve(slots: number, answer: (chunkId: number) => Promise<void>): void;
  /** Takes no further chunk in this process and waits for those under way, at most so long. */
  stopServing(deadlineMs: number): Promise<void>;
}

export const DOORBELL = Symbol('Doorbell');
