import type { RecordRef } from '../run/verdict.js';
import type { StoredPart } from './same-usage.js';

/** What an import of channel `reprocess` or `revert` does with its records (docs/adr/0016). */
export type Operation = 'exceptions' | 'all' | 'replace' | 'amend' | 'revert' | 'void';

/** The last usage that a record was: all parts. */
export interface OwnUsage {
  readonly generation: number;
  readonly key: string | null;
  readonly parts: readonly StoredPart[];
  readonly isReversed: boolean;
  /** The correction that took it back, where it was one. */
  readonly reversedBy: Operation | null;
}

/** The present exception of a record. */
export interface OwnException {
  readonly status: 'open' | 'reprocessed' | 'superseded' | 'discarded';
  /** Counted from 0. */
  readonly attempt: number;
  readonly key: string | null;
}

/** Where a record stands that is to be decided again. */
export interface Standing {
  readonly ref: RecordRef;
  /** Null where it never was usage. */
  readonly usage: OwnUsage | null;
  /** Null where it never was an exception. */
  readonly exception: OwnException | null;
}
