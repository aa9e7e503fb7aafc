import { canonicalText, recordHash } from './canonical.js';
import type { CompiledProfile, CompiledStep } from './compile-profile.js';
import { evaluateCondition } from './expression/index.js';
import { Lane } from './lane.js';
import { outcomeProblem, stepCrashed, toRejection } from './outcome-check.js';
import { MAX_PARTS, type Outcome, type Rejection } from './outcome.js';
import { EVENT_FIELD, PipelineRecord, type DecodedRecord, type RawRecord } from './record.js';
import type { RecordResult, UsageResult } from './result.js';
import type { Expression, StepContext } from './step.js';
import { checkUsage } from './usage-check.js';
import { usageHashOf } from './usage-hash.js';
import { usageKeyOf, type UsageKeyField } from './usage-key.js';

/** A record as accepted: its position in the import, and what was sent. */
export interface RecordInput {
  readonly index: number;
  readonly raw: unknown;
  /** What is wrong with it where it could not be taken out of the body. */
  readonly malformed?: string;
  /** When its import was accepted, where imports go together; else the context says so for all. */
  readonly acceptedAt?: string;
  /** In what form it was sent, where it has been changed since. */
  readonly sent?: unknown;
}

export interface RunOptions {
  /** The feed's usage key; null on feeds without keys. */
  readonly keyFields: readonly UsageKeyField[] | null;
  /** Condition on the decoded record: it withdraws the earlier record of its key. */
  readonly cancelWhen?: Expression | null;
  /** Called before code of a plugin runs for a record, so that one that ends the process can be found. */
  readonly mark?: (index: number) => void;
  /** Records that are known to end the process: `step_crashed` without running. */
  readonly crashed?: ReadonlySet<number>;
  /** Records given up because others crashed: `step_crashed`, reason `not_run`. */
  readonly notRun?: ReadonlySet<number>;
}

/** A part of a record that a step is about to take. */
interface Member {
  readonly lane: Lane;
  readonly part: PipelineRecord;
}

/** What a step's `prepare` gave, and for whom. */
interface Prepared {
  readonly members: readonly Member[];
  readonly data: unknown;
}

const TOO_MANY_PARTS: Rejection = {
  code: 'invalid_value',
  message: `the record is split into more than ${MAX_PARTS} parts`,
};

/**
 * Takes records through a profile, step by step for all of them, so that each step looks its
 * reference data up once. Gives a result for each input, in their order; no record's trouble is
 * another's.
 * @throws ReferenceUnavailable: nothing is decided then
 */
export async function runRecords(
  profile: CompiledProfile,
  inputs: readonly RecordInput[],
  context: StepContext,
  options: RunOptions,
): Promise<RecordResult[]> {
  let own = context;
  const lanes = inputs.map((input) => {
    const { acceptedAt = context.acceptedAt } = input;
    if (acceptedAt !== own.acceptedAt) own = { ...context, acceptedAt };
    return openLane(profile, input, own, options);
  });
  if (options.cancelWhen) await findCancels(options.cancelWhen, lanes, options);
  for (const step of profile.steps) {
    if (step.stage !== 'mediate') hashUsage(lanes);
    await runStep(step, lanes, context, options);
  }
  hashUsage(lanes);
  return lanes.map((lane) => lane.result ?? closeLane(lane));
}

const NOT_OF_FORMAT = {
  rows: 'the record is not the text of a row',
  records: 'the record is not a JSON object',
} as const;

/** Decodes a record and finds its usage key. */
function openLane(
  profile: CompiledProfile,
  { index, raw, malformed, sent }: RecordInput,
  context: StepContext,
  options: RunOptions,
): Lane {
  const lane = new Lane(index, context);
  if (options.crashed?.has(index)) {
    lane.reject('mediate', null, stepCrashed('the record ended the process that ran it'), null);
  } else if (options.notRun?.has(index)) {
    const message = 'not run: too many records of the import ended the process that ran them';
    lane.reject('mediate', null, stepCrashed(message, { reason: 'not_run' }), null);
  } else if (malformed !== undefined || !isOfFormat(raw, profile.format)) {
    const message = malformed ?? NOT_OF_FORMAT[profile.format];
    lane.reject('decode', null, { code: 'malformed_row', message }, null);
  } else {
    decode(lane, profile, raw, options);
    if (sent !== undefined && lane.key !== null) lane.sentHash = hashOfSent(lane, profile, sent, options);
  }
  return lane;
}

function decode(lane: Lane, profile: CompiledProfile, raw: RawRecord, options: RunOptions): void {
  let source: DecodedRecord;
  options.mark?.(lane.index);
  try {
    source = profile.decoder.decode(raw, lane.context);
    lane.decodedHash = decodedHashOf(source);
  } catch (error) {
    lane.reject('decode', profile.decodeName, toRejection(error, profile.decodeName), null);
    return;
  }
  const record = new PipelineRecord(lane.index, 0, source);
  if (options.keyFields) {
    const found = usageKeyOf(source, options.keyFields, lane.context.feed);
    if ('rejection' in found) {
      lane.reject('decode', null, found.rejection, record);
      return;
    }
    lane.key = found.key;
  }
  lane.parts = [record];
}

const decodedHashOf = (source: DecodedRecord): string => recordHash(canonicalText(withoutTransport(source)));

/** Null where what was sent has no decoded form, or another key than the record has now. */
function hashOfSent(
  { key, context }: Lane,
  profile: CompiledProfile,
  sent: unknown,
  { keyFields }: RunOptions,
): string | null {
  if (!isOfFormat(sent, profile.format)) return null;
  try {
    const source = profile.decoder.decode(sent, context);
    const found = usageKeyOf(source, keyFields!, context.feed);
    return 'key' in found && found.key === key ? decodedHashOf(source) : null;
  } catch {
    return null;
  }
}

async function findCancels(
  cancelWhen: Expression,
  lanes: readonly Lane[],
  options: RunOptions,
): Promise<void> {
  for (const lane of lanes) {
    const [record] = lane.parts;
    if (!record || lane.key === null) continue;
    options.mark?.(lane.index);
    try {
      if (await evaluateCondition(cancelWhen, record, lane.context, 'cancelWhen')) lane.cancel();
    } catch (error) {
      lane.reject('mediate', null, toRejection(error, 'cancelWhen'), record);
    }
  }
}

async function runStep(
  step: CompiledStep,
  lanes: readonly Lane[],
  context: StepContext,
  options: RunOptions,
): Promise<void> {
  const chosen: Member[] = [];
  for (const lane of lanes) {
    for (const part of lane.parts) {
      const isChosen = step.when === null || (await holds(step, lane, part, options));
      if (isChosen) chosen.push({ lane, part });
    }
  }
  const waiting = chosen.filter(({ lane }) => lane.result === null);
  if (waiting.length === 0) return;
  for (const { members, data } of await prepare(step, waiting, context)) {
    for (const { lane, part } of members) {
      if (lane.result !== null) continue;
      options.mark?.(lane.index);
      try {
        const outcome = step.step.apply(part, lane.context, data);
        take(isThenable(outcome) ? await outcome : outcome, step, lane, part);
      } catch (error) {
        lane.reject(step.stage, step.name, toRejection(error, step.name), part);
      }
    }
  }
  for (const { lane } of waiting) lane.parts = numbered(lane.parts);
}

/**
 * Looks reference data up for all records at once. Where the step cannot do that, each record is
 * prepared alone, and rejected if that fails too.
 */
async function prepare(
  step: CompiledStep,
  members: readonly Member[],
  context: StepContext,
): Promise<Prepared[]> {
  if (!step.step.prepare) return [{ members, data: undefined }];
  const parts = members.map(({ part }) => part);
  try {
    return [{ members, data: await step.step.prepare(parts, context) }];
  } catch (error) {
    const rejection = toRejection(error, step.name);
    if (members.length === 1) {
      members[0]!.lane.reject(step.stage, step.name, rejection, parts[0]!);
      return [];
    }
  }
  const alone: Prepared[] = [];
  for (const member of members) alone.push(...(await prepare(step, [member], context)));
  return alone;
}

/** Whether a step's condition holds; where it cannot be told, the record is rejected. */
async function holds(
  step: CompiledStep,
  lane: Lane,
  part: PipelineRecord,
  options: RunOptions,
): Promise<boolean> {
  if (lane.result !== null) return false;
  options.mark?.(lane.index);
  try {
    return await evaluateCondition(step.when!, part, lane.context, 'when');
  } catch (error) {
    lane.reject(step.stage, step.name, toRejection(error, step.name), part);
    return false;
  }
}

function take(outcome: Outcome, step: CompiledStep, lane: Lane, part: PipelineRecord): void {
  const problem = outcomeProblem(outcome);
  if (problem) lane.reject(step.stage, step.name, stepCrashed(`${step.name} ${problem}`), part);
  else if (outcome.kind === 'reject') lane.reject(step.stage, step.name, outcome, part);
  else if (outcome.kind === 'skip') lane.skip(part, outcome.reason);
  else if (outcome.kind === 'ok' && outcome.records) {
    lane.parts = lane.parts.flatMap((other) => (other === part ? outcome.records! : [other]));
    if (lane.parts.length > MAX_PARTS) lane.reject(step.stage, step.name, TOO_MANY_PARTS, part);
  }
}

/** Parts counted from 0, whatever numbers the steps gave them. */
function numbered(parts: PipelineRecord[]): PipelineRecord[] {
  if (parts.every((record, part) => record.part === part)) return parts;
  return parts.map((record, part) => new PipelineRecord(record.index, part, record.source, record.fields));
}

function hashUsage(lanes: readonly Lane[]): void {
  for (const lane of lanes) {
    if (lane.result !== null || lane.usageHash !== null) continue;
    try {
      lane.usageHash = usageHashOf(lane.parts, lane.context.feed);
    } catch (error) {
      // Only fields that are no data (a cycle, say) come here.
      lane.reject('mediate', null, toRejection(error, 'usage'), null);
    }
  }
}

function closeLane(lane: Lane): RecordResult {
  const parts = [];
  for (const part of lane.parts) {
    const checked = checkUsage(part, lane.context.feed);
    if ('rejection' in checked) {
      lane.reject('mediate', null, checked.rejection, part);
      return lane.result!;
    }
    parts.push(checked.entry);
  }
  const result: UsageResult = { ...lane.base(), kind: 'usage', usageHash: lane.usageHash!, parts };
  return lane.sentHash === null ? result : { ...result, sentHash: lane.sentHash };
}

function isOfFormat(raw: unknown, format: CompiledProfile['format']): raw is RawRecord {
  if (format === 'rows') return typeof raw === 'string';
  if (typeof raw !== 'object' || raw === null) return false;
  const prototype: unknown = Object.getPrototypeOf(raw);
  return prototype === Object.prototype || prototype === null;
}

function withoutTransport(source: DecodedRecord): DecodedRecord {
  if (!Object.hasOwn(source, EVENT_FIELD)) return source;
  const { [EVENT_FIELD]: _, ...rest } = source;
  return rest;
}

function isThenable(outcome: Outcome | Promise<Outcome>): outcome is Promise<Outcome> {
  return typeof (outcome as Partial<Promise<Outcome>> | null | undefined)?.then === 'function';
}
