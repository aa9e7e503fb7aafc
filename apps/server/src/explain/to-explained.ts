import {
  type FieldChange,
  type ShownOutcome,
  type ShownPart,
  type ShownStep,
  type ShownTrace,
  differingSteps,
} from 'feedmill/pipeline';
import { RawJson, maskedJson, maskedOrNull } from '../common/index.js';
import { type Subject, maskedMessage, maskedRecord, maskedText } from '../exceptions/index.js';
import type {
  ExplainedOutcome,
  ExplainedPart,
  ExplainedRecord,
  ExplainedStep,
  PreviewedRecord,
} from './explain-view.js';

/** What a caller sees of records and reference data. */
export interface Sight {
  readonly isMasked: boolean;
  /** JSON text of what was run. */
  readonly raw: string;
  /** Whose identifiers and which prices there are is not for everybody who may see a record. */
  readonly seesReference: boolean;
}

/** The way of a record, and where it differs with the reference data of `now`. */
export function toExplained(trace: ShownTrace, now: ShownTrace, sight: Sight): ExplainedRecord {
  const today = differingSteps(trace, now);
  return {
    decoded: toJson(trace.decoded, sight),
    usageKey: sight.isMasked ? maskedOrNull(trace.usageKey) : trace.usageKey,
    steps: trace.steps.map((step, n): ExplainedStep => {
      const differing = today[n]!;
      return {
        ...toStep(step, sight),
        today: differing && {
          differences: differing.differences.map(({ part, field, then, now: is }) => ({
            part,
            field,
            then: toFieldValue(field, then, sight),
            now: toFieldValue(field, is, sight),
          })),
          parts: differing.parts.map((part) => toPart(part, sight)),
        },
      };
    }),
    outcome: toOutcome(trace, sight),
  };
}

/** Implementers see all of it, and today is the only day there is. */
export const toPreviewed = (trace: ShownTrace, raw: string, index: number): PreviewedRecord => ({
  index,
  ...toExplained(trace, trace, { isMasked: false, raw, seesReference: true }),
});

export function toOutcome(trace: ShownTrace, sight: Sight): ExplainedOutcome {
  const { outcome } = trace;
  const nothing = { reason: null, error: null, parts: 0, usage: [] };
  switch (outcome.kind) {
    case 'usage': {
      const usage = outcome.usage.map((text) => toRecord(text, sight));
      return { ...nothing, result: 'usage', parts: outcome.parts, usage };
    }
    case 'skip':
      return { ...nothing, result: 'skipped', reason: outcome.reason };
    case 'cancel':
      return { ...nothing, result: 'cancels' };
    case 'reject':
      return { ...nothing, result: 'rejected', error: toError(outcome, trace, sight) };
  }
}

/** JSON text as it is, or masked throughout. */
export function toJson(text: string | null, { isMasked }: Sight): unknown {
  if (text === null) return null;
  return isMasked ? maskedText(text) : new RawJson(text);
}

function toStep({ step, stage, taken, parts }: ShownStep, sight: Sight) {
  return { step, stage, taken, parts: parts.map((part) => toPart(part, sight)) };
}

function toPart(
  { part, result, reason, changes, record, considered }: ShownPart,
  sight: Sight,
): ExplainedPart {
  return {
    part,
    result,
    reason,
    changes: changes.map((change) => toChange(change, sight)),
    record: toRecord(record, sight),
    considered: sight.seesReference ? toJson(considered, sight) : null,
  };
}

const toChange = ({ field, before, after }: FieldChange, sight: Sight) => ({
  field,
  before: toFieldValue(field, before, sight),
  after: toFieldValue(field, after, sight),
});

function toRecord(text: string, { isMasked }: Sight): unknown {
  return isMasked ? maskedRecord(text) : new RawJson(text);
}

function toFieldValue(field: string, text: string | null, { isMasked }: Sight): unknown {
  if (text === null) return null;
  if (!isMasked) return new RawJson(text);
  return (maskedRecord(`{${JSON.stringify(field)}:${text}}`) as Record<string, unknown>)[field];
}

function toError(
  { stage, step, code, message, field, details }: Extract<ShownOutcome, { kind: 'reject' }>,
  trace: ShownTrace,
  { isMasked, raw }: Sight,
) {
  const shown = { stage, step, code, field };
  if (!isMasked) return { ...shown, message, details };
  return { ...shown, message: maskedMessage(message, toSubject(trace, raw)), details: maskedJson(details) };
}

const toSubject = ({ decoded, steps, usageKey }: ShownTrace, raw: string): Subject => ({
  raws: [raw, decoded],
  records: steps.flatMap(({ parts }) => parts.map(({ record }) => record)),
  known: [usageKey],
});
