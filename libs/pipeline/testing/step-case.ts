import { parse } from 'lossless-json';
import { compileProfile } from '../compile-profile.js';
import { ok, type Rejection } from '../outcome.js';
import { ExactNumber, type DecodedRecord, type PipelineRecord, type UsageFields } from '../record.js';
import { runRecords } from '../run-records.js';
import type { DecodeStepType, RecordStepType, StepType } from '../step.js';
import { stepContext, type TestContext } from './step-context.js';

/** A file of `cases/`: a config, records, and what the step makes of each. */
export interface StepCase extends TestContext {
  readonly title: string;
  readonly config: object;
  readonly records: readonly RecordCase[];
}

export interface RecordCase {
  readonly title?: string;
  /** The raw record for a decode step, else the record as decoded; an empty one where absent. */
  readonly input?: string | DecodedRecord;
  /** Usage fields that earlier steps have set. */
  readonly fields?: UsageFields;
  readonly expect: ExpectedOutcome;
}

/**
 * One of: the fields that the step sets (of a decode step: the decoded record), nothing else; the same
 * of each part where it splits; the reason of a skip; a rejection, of which only what is written is
 * compared, the message as a part.
 */
export interface ExpectedOutcome {
  readonly fields?: UsageFields;
  readonly parts?: readonly UsageFields[];
  readonly skip?: string;
  readonly reject?: Partial<Rejection> & Pick<Rejection, 'code'>;
}

/** What came out, beside what was expected; a test compares the two. */
export interface CaseResult {
  readonly title: string;
  readonly actual: ExpectedOutcome;
  readonly expected: ExpectedOutcome;
}

const MAX_EXACT_DIGITS = 15;

/** Reads a case file; its numbers come as from a feed, long ones with all their digits. */
export function parseStepCase(text: string): StepCase {
  return parse(text, undefined, toNumber) as unknown as StepCase;
}

/** Runs a case through the engine, with the step as the only one of a profile. */
export async function runStepCase(type: StepType, stepCase: StepCase): Promise<CaseResult[]> {
  const after = new Map<number, PipelineRecord[]>();
  const setUp = setUpStep(stepCase);
  const tearDown = recordStep('tear-down', ['date', 'value'], (record) =>
    after.set(record.index, [...(after.get(record.index) ?? []), record]),
  );
  const tested = { use: `${type.type}@${type.version}`, config: stepCase.config };
  const isDecode = type.stage === 'decode';
  const types = [type, setUp, tearDown, ...(isDecode ? [] : [plainDecode])];
  const profile = compileProfile(
    {
      decode: isDecode ? tested : { use: 'plain@1' },
      steps: [{ use: 'set-up@1' }, ...(isDecode ? [] : [tested]), { use: 'tear-down@1' }],
    },
    new Map(types.map((t) => [`${t.type}@${t.version}`, requiring(t, type)])),
  );
  const inputs = stepCase.records.map(({ input = {} }, index) => ({ index, raw: input }));
  const results = await runRecords(profile, inputs, stepContext(stepCase), { keyFields: null });
  return results.map((result, i) => {
    const { title, fields = {}, expect: expected } = stepCase.records[i]!;
    const parts = after.get(i);
    const set = parts?.map((part) => (isDecode ? { ...part.source } : changes(fields, part.fields)));
    const actual: ExpectedOutcome = set
      ? expected.parts || set.length > 1
        ? { parts: set }
        : { fields: set[0]! }
      : result.kind === 'skip'
        ? { skip: result.reason }
        : {
            reject:
              result.kind === 'reject' ? asExpected(result.rejection, expected.reject) : { code: 'none' },
          };
    return { title: `${stepCase.title}: ${title ?? `record ${i}`}`, actual, expected };
  });
}

function toNumber(text: string): number | ExactNumber {
  const digits = text.replace(/[-.]/g, '').replace(/^0+/, '');
  return /[eE]/.test(text) || digits.length > MAX_EXACT_DIGITS ? new ExactNumber(text) : Number(text);
}

/** Records as they are: what a decode step of the right format would give. */
const plainDecode: DecodeStepType = {
  type: 'plain',
  version: 1,
  stage: 'decode',
  format: 'records',
  title: 'Plain',
  description: 'Records as they are.',
  config: class {},
  errorCodes: {},
  examples: [],
  create: () => ({ decode: (raw) => raw as DecodedRecord }),
};

function recordStep(
  name: string,
  provided: readonly string[],
  apply: (record: PipelineRecord) => void,
): RecordStepType {
  return {
    type: name,
    version: 1,
    stage: 'mediate',
    title: name,
    description: name,
    config: class {},
    errorCodes: {},
    examples: [],
    provides: () => provided,
    create: () => ({
      apply(record: PipelineRecord) {
        apply(record);
        return ok();
      },
    }),
  };
}

function setUpStep({ records }: StepCase): RecordStepType {
  return recordStep('set-up', [], (record) => Object.assign(record.fields, records[record.index]!.fields));
}

/** The set-up stands for all steps before: it provides whatever the step under test requires. */
function requiring(type: StepType, tested: StepType): StepType {
  if (type === tested && type.stage !== 'decode') return { ...type, requires: () => [] };
  return type;
}

function changes(before: UsageFields, after: UsageFields): UsageFields {
  const text = (value: unknown) =>
    JSON.stringify(value, (_, v: unknown) => (v instanceof ExactNumber ? { exact: v.text } : v));
  return Object.fromEntries(
    Object.entries(after).filter(([name, value]) => text(value) !== text(before[name])),
  );
}

function asExpected(
  actual: Rejection,
  expected: ExpectedOutcome['reject'],
): Partial<Rejection> & Pick<Rejection, 'code'> {
  if (!expected) return actual;
  const { message } = expected;
  const shown = message !== undefined && actual.message.includes(message) ? { ...actual, message } : actual;
  const wanted = Object.entries(shown).filter(([name]) => name in expected);
  return { ...(Object.fromEntries(wanted) as Partial<Rejection>), code: actual.code };
}
