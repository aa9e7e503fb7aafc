/** A record of some import: `import/index`, by the numbers of a world. */
export type RefText = string;

/** A decision on a record. */
export interface Decision {
  /** The import that took it. */
  readonly by: number;
  readonly verdict: 'imported' | 'exception' | 'skipped' | 'duplicate' | 'pending';
  readonly reason: string | null;
  readonly duplicateOf: RefText | null;
  readonly key: string | null;
}

export interface LedgerEntry {
  readonly of: RefText;
  readonly part: number;
  readonly kind: 'usage' | 'reversal';
  readonly key: string | null;
  readonly account: string;
  readonly currency: string;
  readonly value: number;
  readonly amount: number;
  readonly by: number;
  readonly isLive: boolean;
}

export interface ExceptionNow {
  readonly status: 'open' | 'reprocessed' | 'superseded' | 'discarded';
  readonly code: string;
  readonly key: string | null;
  readonly by: number | null;
}

export interface ImportNow {
  readonly number: number;
  readonly channel: 'api' | 'reprocess' | 'revert';
  readonly status: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly entries: number;
  /** What ended later is greater. */
  readonly endedAt: string;
}

/** All that feeds which share their keys show of themselves, without a model. */
export interface Facts {
  readonly hasKeys: boolean;
  readonly imports: readonly ImportNow[];
  readonly entries: readonly LedgerEntry[];
  readonly exceptions: ReadonlyMap<RefText, ExceptionNow>;
  /** Of every record that was sent, in the order in which they ended. */
  readonly decisions: ReadonlyMap<RefText, readonly Decision[]>;
}
