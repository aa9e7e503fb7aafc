import type { PipelineRecord } from './record.js';

/** Why a record cannot become usage. It turns into an exception of its import. */
export interface Rejection {
  /** Stable snake_case code out of a small documented set, e.g. `identifier_not_found`. */
  readonly code: string;
  /** One sentence for an operator that names what was looked at, e.g. `"abc" is not a decimal`. */
  readonly message: string;
  /** The field that is to blame, where there is one. */
  readonly field?: string;
  /** Further JSON facts for the operator (candidates, positions, limits). */
  readonly details?: Readonly<Record<string, unknown>>;
  /** What a look-up missed, so that creating it can heal the exception. */
  readonly missing?: Missing;
}

/** Reference data that a look-up did not find. `kind` is `identifier`, `rate` or `table`. */
export interface Missing {
  readonly kind: 'identifier' | 'rate' | 'table';
  readonly type?: string;
  readonly value: string;
}

/** Parts that one record may become, by all its steps together: each is a row of the ledger. */
export const MAX_PARTS = 1000;

/**
 * What a step says of a record.
 * - `ok`: the record goes on; with `records` it goes on as these parts instead (1..n, all or none).
 * - `skip`: the record is not usage, on purpose; the reason is snake_case and is counted.
 * - `reject`: the record becomes an exception.
 */
export type Outcome =
  | { readonly kind: 'ok'; readonly records?: readonly PipelineRecord[] }
  | { readonly kind: 'skip'; readonly reason: string }
  | ({ readonly kind: 'reject' } & Rejection);

const OK: Outcome = Object.freeze({ kind: 'ok' });

/** The record goes on, as it is or as the parts given. */
export function ok(records?: readonly PipelineRecord[]): Outcome {
  return records ? { kind: 'ok', records } : OK;
}

/** The record is left out on purpose. `reason` is snake_case, e.g. `zero_value`. */
export function skip(reason: string): Outcome {
  return { kind: 'skip', reason };
}

/** The record becomes an exception. */
export function reject(
  code: string,
  message: string,
  more: Omit<Rejection, 'code' | 'message'> = {},
): Outcome {
  return { kind: 'reject', code, message, ...more };
}
