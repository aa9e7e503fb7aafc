import type { CompiledProfile, CompiledStep } from '../compile-profile.js';
import { toCleanJsonText } from '../json-text.js';
import { outcomeProblem } from '../outcome-check.js';
import { ok, type Outcome } from '../outcome.js';
import type { PipelineRecord, UsageFields } from '../record.js';
import { TOO_LONG } from '../record-text.js';
import type { RecordResult } from '../result.js';
import { runRecords, type RecordInput, type RunOptions } from '../run-records.js';
import type { Decoder, Expression, Stage, Step, StepContext } from '../step.js';
import { MAX_SHOWN_BYTES, toSnapshot, type Snapshot } from './snapshot.js';

/** What a step did with a part of a record; `left_out`: its condition does not hold. */
export type VisitResult = 'ok' | 'split' | 'skipped' | 'rejected' | 'left_out';

/** A part of a record as it leaves a step. Its fields are the same object from step to step, and tell it from others. */
export interface TracedPart {
  readonly fields: UsageFields;
  readonly snapshot: Snapshot;
}

/** One part of a record at one step. */
export interface Visit {
  readonly part: number;
  readonly before: TracedPart;
  readonly result: VisitResult;
  /** Of what the step skipped. */
  readonly reason: string | null;
  /** What goes on: itself or the parts that it was split into; nothing where it was skipped or rejected. */
  readonly after: readonly TracedPart[];
  /** What the step says that it looks at: JSON text. */
  readonly considered: string | null;
}

export interface StepTrace {
  readonly name: string;
  readonly stage: Stage;
  /** By part; none where the record did not come so far. */
  readonly visits: readonly Visit[];
}

/** The way of one record through a profile. */
export interface RecordTrace {
  /** JSON text; null where it could not be decoded. */
  readonly decoded: string | null;
  readonly steps: readonly StepTrace[];
  /** The fields of the parts that came through, by part. */
  readonly ended: readonly UsageFields[];
  readonly result: RecordResult;
}

/**
 * Takes a record through a profile as `runRecords` does, which it uses, and tells what each step did. The steps are
 * watched from outside: a run that nobody wants explained pays nothing.
 * @throws ReferenceUnavailable
 */
export async function traceRecord(
  profile: CompiledProfile,
  input: RecordInput,
  context: StepContext,
  options: RunOptions,
): Promise<RecordTrace> {
  const watch = new Watch();
  const [result] = await runRecords(watch.over(profile), [input], context, options);
  const { decoded, ended } = watch;
  return { decoded, steps: watch.steps.map(inOrder), ended, result: result! };
}

const inOrder = ({ name, stage, visits }: StepTrace): StepTrace => ({
  name,
  stage,
  visits: [...visits].sort((a, b) => a.part - b.part),
});

/** Stands around the decoder and the steps of a profile, and notes what passes. */
class Watch {
  decoded: string | null = null;
  readonly steps: (StepTrace & { readonly visits: Visit[] })[] = [];
  readonly ended: UsageFields[] = [];
  private readonly snapshots = new WeakMap<UsageFields, Snapshot>();

  over(profile: CompiledProfile): CompiledProfile {
    return {
      ...profile,
      decoder: this.overDecoder(profile.decoder),
      steps: [...profile.steps.map((step) => this.overStep(step)), this.end()],
    };
  }

  private overDecoder(decoder: Decoder): Decoder {
    return {
      decode: (raw, context) => {
        const decoded = decoder.decode(raw, context);
        this.decoded = toCleanJsonText(decoded, MAX_SHOWN_BYTES, TOO_LONG);
        return decoded;
      },
    };
  }

  private overStep({ name, stage, step, when }: CompiledStep): CompiledStep {
    const visits: Visit[] = [];
    this.steps.push({ name, stage, visits });
    return {
      name,
      stage,
      when: when && this.overCondition(when, visits),
      step: {
        ...(step.prepare && { prepare: (records, context) => step.prepare!(records, context) }),
        apply: (record, context, prepared) => this.visit(step, visits, record, context, prepared),
      },
    };
  }

  /** What the condition lets pass is noted by the step itself. */
  private overCondition(when: Expression, visits: Visit[]): Expression {
    return {
      source: when.source,
      names: when.names,
      evaluateOn: (view, record, context) => when.evaluateOn(view, record, context),
      evaluate: async (record, context) => {
        let value: unknown;
        try {
          value = await when.evaluate(record, context);
        } finally {
          if (value === false) visits.push(this.standing(record, 'left_out'));
          else if (value !== true) visits.push(this.standing(record, 'rejected'));
        }
        return value;
      },
    };
  }

  private standing({ part, fields }: PipelineRecord, result: 'left_out' | 'rejected'): Visit {
    const before = this.traced(fields);
    const after = result === 'left_out' ? [before] : [];
    return { part, before, result, reason: null, after, considered: null };
  }

  private async visit(
    step: Step,
    visits: Visit[],
    record: PipelineRecord,
    context: StepContext,
    prepared: unknown,
  ): Promise<Outcome> {
    const before = this.traced(record.fields);
    const considered = step.explain ? await consideredBy(step, record, context, prepared) : null;
    let outcome: Outcome | undefined;
    try {
      outcome = await step.apply(record, context, prepared);
      return outcome;
    } finally {
      const result = resultOf(outcome);
      const reason = outcome?.kind === 'skip' ? outcome.reason : null;
      const after = this.leaving(record, outcome, result);
      visits.push({ part: record.part, before, result, reason, after, considered });
    }
  }

  private leaving(record: PipelineRecord, outcome: Outcome | undefined, result: VisitResult): TracedPart[] {
    if (result === 'ok') return [this.traced(record.fields)];
    if (result !== 'split') return [];
    const { records } = outcome as Extract<Outcome, { kind: 'ok' }>;
    return records!.map(({ fields }) => this.traced(fields));
  }

  private traced(fields: UsageFields): TracedPart {
    const snapshot = toSnapshot(fields, this.snapshots.get(fields));
    this.snapshots.set(fields, snapshot);
    return { fields, snapshot };
  }

  /** A last step that nobody sees: which parts have come so far. */
  private end(): CompiledStep {
    const apply = ({ fields }: PipelineRecord): Outcome => {
      this.ended.push(fields);
      return ok();
    };
    return { name: 'end', stage: 'rate', step: { apply }, when: null };
  }
}

/** Where it fails, the record is none the worse for it. */
async function consideredBy(
  step: Step,
  record: PipelineRecord,
  context: StepContext,
  prepared: unknown,
): Promise<string> {
  let considered: unknown;
  try {
    considered = await step.explain!(record, context, prepared);
  } catch (error) {
    considered = { failed: error instanceof Error ? error.message : String(error) };
  }
  return toCleanJsonText(considered, MAX_SHOWN_BYTES, TOO_LONG);
}

/** As the runner sees it: what is no outcome is a rejection. */
function resultOf(outcome: Outcome | undefined): VisitResult {
  if (outcome === undefined || outcomeProblem(outcome) !== null || outcome.kind === 'reject')
    return 'rejected';
  if (outcome.kind === 'skip') return 'skipped';
  return outcome.records ? 'split' : 'ok';
}
