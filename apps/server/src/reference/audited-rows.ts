import { fromMicros } from 'feedmill/pipeline';
import type { RowStep, ValidRow } from './versioned-rows.js';

/** Rows of one change that the audit shows; what all of them were stays readable in the rows themselves. */
const MAX_SHOWN = 100;

/** What the rules of versions add to a row. */
const DERIVED: ReadonlySet<string> = new Set(['id', 'pointer', 'group', 'content', 'label']);

export interface AuditedRows {
  /** Row by row as in `after`; null where there was none. All of it null where nothing was there. */
  readonly before: readonly (object | null)[] | null;
  readonly after: readonly (object | null)[];
  /** Rows that are not shown; not there where all are. */
  readonly moreRows?: number;
}

/** The rows of a change as they were and as they became, the first of them. */
export function auditedRows(steps: readonly RowStep[]): AuditedRows {
  const shown = steps.slice(0, MAX_SHOWN);
  const moreRows = steps.length - shown.length;
  const before = shown.map((step) => toShown(step.before));
  return {
    before: before.some((row) => row !== null) ? before : null,
    after: shown.map((step) => toShown(step.after)),
    ...(moreRows > 0 && { moreRows }),
  };
}

function toShown(row: ValidRow | null): object | null {
  if (row === null) return null;
  const values = Object.entries(row).filter(([name]) => !DERIVED.has(name));
  return {
    ...Object.fromEntries(values),
    validFrom: toBound(row.validFrom),
    validTo: toBound(row.validTo),
  };
}

/** Null where open. */
const toBound = (micros: number): string | null => (Number.isFinite(micros) ? fromMicros(micros) : null);
