/** A record as a source sends it, in few letters. */
export interface SentRecord {
  /** Null: it has none. */
  readonly key: string | null;
  readonly identifier: number;
  /** `x` is no number. */
  readonly value: string;
  readonly usageClass: number;
  /** No profile reads it. */
  readonly note: number;
  /** On feeds that take it so, the record withdraws an earlier one of its key. */
  readonly cancels: boolean;
}
