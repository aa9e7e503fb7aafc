import type { ExceptionView } from '../exceptions/exception.js';
import type { UsageView } from '../usage/entry.js';

export interface FieldChange {
  field: string;
  before: unknown;
  after: unknown;
}

export interface ExplainedPart {
  part: number;
  result: string;
  reason: string | null;
  changes: FieldChange[];
  considered: unknown;
}

export interface ExplainedStep {
  step: string;
  stage: string;
  taken: number;
  parts: ExplainedPart[];
  today: {
    differences: { part: number; field: string; then: unknown; now: unknown }[];
    parts: ExplainedPart[];
  } | null;
}

export interface ExplainedOutcome {
  result: string;
  reason: string | null;
  error: { step: string | null; code: string; message: string } | null;
  parts: number;
}

/** How an entry or an exception came to be, as the API tells it; only what the command line reads. */
export interface Explanation {
  usage?: UsageView;
  exception?: ExceptionView;
  reversal?: {
    id: string;
    trackingId: string;
    operation: string | null;
    reason: string | null;
    by: { trackingId: string; index: number } | null;
  } | null;
  raw: unknown;
  revision: number;
  profile: { name: string; version: number };
  referenceVersion: number;
  reproduced: boolean | null;
  steps: ExplainedStep[];
  outcome: ExplainedOutcome;
  today: { referenceVersion: number; differs: boolean; outcome: ExplainedOutcome };
}
