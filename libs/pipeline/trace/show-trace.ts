import type { UsageFields } from '../record.js';
import { TOO_LONG, toEntryText } from '../record-text.js';
import type { RecordResult } from '../result.js';
import type { Stage } from '../step.js';
import type { Snapshot } from './snapshot.js';
import type { RecordTrace, StepTrace, TracedPart, Visit, VisitResult } from './trace-record.js';

/** A field that a step has changed: JSON texts; null where the record has none. */
export interface FieldChange {
  readonly field: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** A part of the record as a step leaves it; where the step splits it, one of the parts that it makes. */
export interface ShownPart {
  readonly part: number;
  readonly result: VisitResult;
  /** Of what is skipped. */
  readonly reason: string | null;
  readonly changes: readonly FieldChange[];
  /** JSON text. */
  readonly record: string;
  /** JSON text; null where the step does not say. */
  readonly considered: string | null;
}

export interface ShownStep {
  readonly step: string;
  readonly stage: Stage;
  /** How many parts have come to the step. */
  readonly taken: number;
  /** Those that are shown. */
  readonly parts: readonly ShownPart[];
}

/** What the pipeline makes of a record, before the ledger has its say. */
export type ShownOutcome =
  | {
      readonly kind: 'usage';
      readonly parts: number;
      /** JSON texts of those that are shown. */
      readonly usage: readonly string[];
    }
  | { readonly kind: 'skip'; readonly reason: string }
  | { readonly kind: 'cancel' }
  | {
      readonly kind: 'reject';
      readonly stage: Stage;
      readonly step: string | null;
      readonly code: string;
      readonly message: string;
      readonly field: string | null;
      readonly details: object | null;
    };

/** A trace as it can be shown: bounded, and plain data that goes from one process to another. */
export interface ShownTrace {
  /** JSON text; null where the record could not be decoded. */
  readonly decoded: string | null;
  readonly usageKey: string | null;
  readonly steps: readonly ShownStep[];
  readonly outcome: ShownOutcome;
}

/** Parts of a step that are shown where none is asked for. */
const MAX_SHOWN_PARTS = 10;
/** What the records of one trace may take, in characters. */
const MAX_RECORDS_LENGTH = 256 * 1024;

/** A part that goes through a step. */
interface Passage {
  readonly visit: Visit;
  /** Null where it goes no further. */
  readonly to: TracedPart | null;
  readonly part: number;
}

/**
 * @param part the part in the end whose way alone is shown; null for the first parts of each step. Where one was rejected,
 * its way is shown.
 */
export function showTrace(trace: RecordTrace, part: number | null): ShownTrace {
  const { decoded, steps, result } = trace;
  const passages = steps.map(passagesOf);
  const isLast = lastOfWay(trace, part);
  const shown = isLast ? wayTo(isLast, passages) : passages.map((all) => all.slice(0, MAX_SHOWN_PARTS));
  const left = { length: MAX_RECORDS_LENGTH };
  return {
    decoded,
    usageKey: result.key,
    steps: steps.map(({ name, stage, visits }, n) => ({
      step: name,
      stage,
      taken: visits.length,
      parts: shown[n]!.map((passage) => toShownPart(passage, left)),
    })),
    outcome: toShownOutcome(result, isLast ? part : null),
  };
}

/** Parts are numbered anew behind a step that splits: what it makes is shown by its new number. */
function passagesOf({ visits }: StepTrace): Passage[] {
  let next = 0;
  return visits.flatMap((visit): Passage[] => {
    if (visit.after.length === 0) return [{ visit, to: null, part: visit.part }];
    return visit.after.map((to) => {
      const place = next++;
      return { visit, to, part: visit.result === 'split' ? place : visit.part };
    });
  });
}

type IsLast = (passage: Passage) => boolean;

/** How the end of the way to be shown is known; null where all are shown. */
function lastOfWay({ steps, ended, result }: RecordTrace, part: number | null): IsLast | null {
  const isRejected = ({ result: each }: Visit) => each === 'rejected';
  if (result.kind === 'reject' && steps.some(({ visits }) => visits.some(isRejected)))
    return ({ visit }) => isRejected(visit);
  const fields: UsageFields | undefined = part === null ? undefined : ended[part];
  return fields ? ({ to }) => to?.fields === fields : null;
}

/** Of each step the passage that belongs to the way, from its end back to the record that was sent. */
function wayTo(isLast: IsLast, passages: readonly (readonly Passage[])[]): Passage[][] {
  let isNext = isLast;
  return passages
    .toReversed()
    .map((all) => {
      const found = all.find(isNext);
      if (!found) return [];
      const { fields } = found.visit.before;
      isNext = ({ to }) => to?.fields === fields;
      return [found];
    })
    .reverse();
}

function toShownPart({ visit, to, part }: Passage, left: { length: number }): ShownPart {
  const { before, result, reason, considered } = visit;
  const snapshot = (to ?? before).snapshot;
  const record = toText(snapshot);
  left.length -= record.length;
  const isShown = left.length >= 0;
  return {
    part,
    result,
    reason,
    changes: isShown ? changesOf(before.snapshot, snapshot) : [],
    record: isShown ? record : TOO_LONG,
    considered,
  };
}

function toText(snapshot: Snapshot): string {
  return `{${[...snapshot].map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(',')}}`;
}

function changesOf(before: Snapshot, after: Snapshot): FieldChange[] {
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((field) => {
    const change = { field, before: before.get(field) ?? null, after: after.get(field) ?? null };
    return change.before === change.after ? [] : [change];
  });
}

function toShownOutcome(result: RecordResult, part: number | null): ShownOutcome {
  switch (result.kind) {
    case 'usage': {
      const shown =
        part === null ? result.parts.slice(0, MAX_SHOWN_PARTS) : result.parts.slice(part, part + 1);
      return { kind: 'usage', parts: result.parts.length, usage: shown.map(toEntryText) };
    }
    case 'skip':
      return { kind: 'skip', reason: result.reason };
    case 'cancel':
      return { kind: 'cancel' };
    case 'reject': {
      const { code, message, field = null, details = null } = result.rejection;
      return { kind: 'reject', stage: result.stage, step: result.step, code, message, field, details };
    }
  }
}
