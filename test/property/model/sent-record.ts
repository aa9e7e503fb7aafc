/** A record as a source sends it, in few letters. */
export interface SentRecord {
  /** Null: it has none. */
  readonly key: string | null;
  readonly identifier: number;
  /** Another identifier: profiles that split share the value between the two. Null: there is none. */
  readonly also: number | null;
  /** `x` is no number. */
  readonly value: string;
  readonly usageClass: number;
  /** In which it is dated, counted from 0. */
  readonly month: number;
  /** No profile reads it. */
  readonly note: number;
  /** On feeds that take it so, the record withdraws an earlier one of its key. */
  readonly cancels: boolean;
}
