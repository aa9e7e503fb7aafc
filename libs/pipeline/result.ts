import type { Rejection } from './outcome.js';
import type { Rating, ResolvedIdentifier, UsageFields } from './record.js';
import type { Stage } from './step.js';

/** A part of a record as it leaves the pipeline: checked, ready for the ledger. */
export interface UsageEntry {
  /** RFC 3339 UTC, at most microseconds. */
  readonly date: string;
  readonly timeZone: string;
  readonly identifierType: string | null;
  readonly originatingIdentifier: string | null;
  readonly terminatingIdentifier: string | null;
  readonly usageIdentifier: string | null;
  /** Canonical decimal text. */
  readonly value: string;
  readonly usageClass: string | null;
  readonly usageClassType: string | null;
  readonly inbound: boolean;
  readonly reverseRating: boolean;
  readonly primaryDataRow: number | null;
  /** JSON text of an object; "{}" where there are none. */
  readonly extensions: string;
  readonly accountId: string | null;
  readonly serviceId: string | null;
  readonly resolvedIdentifier: ResolvedIdentifier | null;
  readonly rating: Rating | null;
  readonly cost: Rating | null;
}

interface ResultBase {
  readonly index: number;
  /** The feed's usage key of the record; null on feeds without keys and where it could not be read. */
  readonly key: string | null;
  /** Hash (`recordHash`) of the decoded form; null where the record could not be decoded. */
  readonly decodedHash: string | null;
}

/** What the pipeline made of one record, before the ledger has had its say. */
export type RecordResult = UsageResult | SkipResult | CancelResult | RejectResult;

export interface UsageResult extends ResultBase {
  readonly kind: 'usage';
  /** Hash (`recordHash`) of the mapped usage of all parts, before resolving and rating. */
  readonly usageHash: string;
  readonly parts: readonly UsageEntry[];
  /** Of a record that was changed: hash of the decoded form in which it was sent under the same key. */
  readonly sentHash?: string;
}

export interface SkipResult extends ResultBase {
  readonly kind: 'skip';
  readonly reason: string;
  /** The record as far as it came. */
  readonly fields: UsageFields;
}

/** The record withdraws an earlier one of its key; no step has seen it. */
export interface CancelResult extends ResultBase {
  readonly kind: 'cancel';
  readonly key: string;
  readonly decodedHash: string;
}

export interface RejectResult extends ResultBase {
  readonly kind: 'reject';
  readonly stage: Stage;
  /** The step's name in the profile; null for what the runner itself found. */
  readonly step: string | null;
  readonly rejection: Rejection;
  /** JSON text of the record as far as it came; null where it was never decoded. */
  readonly record: string | null;
  /** As of usage, where the record came as far as it is mapped. */
  readonly usageHash?: string;
}
