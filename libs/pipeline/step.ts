import type { Outcome } from './outcome.js';
import type { DecodedRecord, PipelineRecord, RawRecord } from './record.js';
import type { RecordView } from './expression/view.js';
import type { ReferenceData } from './reference.js';

/** Where in a record's way a step works; also the stage of the exceptions it gives. */
export type Stage = 'decode' | 'mediate' | 'resolve' | 'rate' | 'store';

/** What steps may know of the feed that a record arrived on. */
export interface FeedContext {
  readonly id: number;
  readonly name: string;
  readonly apiName: string;
  readonly format: 'rows' | 'records';
  readonly timeZone: string;
  readonly dstOverlap: 'earlier' | 'later' | 'reject';
  readonly dstGap: 'reject' | 'shift';
  /** The feed's row syntax; null for format `records`. */
  readonly rows: { readonly delimiter: string; readonly quote: string; readonly header: boolean } | null;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** What a chunk gives its steps. Everything in it is fixed: the same again in a reprocessing. */
export interface StepContext {
  readonly feed: FeedContext;
  /** When the import was first accepted (RFC 3339 UTC): the `$now()` of expressions. */
  readonly acceptedAt: string;
  readonly reference: ReferenceData;
}

/** A compiled, contained JSONata expression. */
export interface Expression {
  readonly source: string;
  /** Names that it reads of a record, or more; null where it may read any. For `toView`. */
  readonly names: readonly string[] | null;
  /**
   * The value for a record; undefined where the expression gives nothing. Decimals come as numbers
   * of at most 15 digits or as decimal texts (see `toDecimal`, and `fitDecimal` for quotients). May be synchronous or not: await only what is a promise.
   * @throws RecordError `expression_failed`
   */
  evaluate(record: PipelineRecord, context: StepContext): unknown;
  /**
   * The same on a view of the record that was made before (`toView`): for steps that evaluate
   * several expressions on one record.
   */
  evaluateOn(view: RecordView, record: PipelineRecord, context: StepContext): unknown;
}

/** What the host offers while a step is being created. */
export interface StepHost {
  /**
   * Compiles an expression.
   * @param pointer place in the step's config (e.g. `/fields/0/expression`), for the error
   * @throws ConfigError with the position in the source
   */
  expression(source: string, pointer: string): Expression;
}

/** A step at work: made once per profile version, called for every record. */
export interface Step<Prepared = unknown> {
  /** Once per chunk, before the first `apply`: bulk look-ups. Its result goes to every `apply`. */
  prepare?(records: readonly PipelineRecord[], context: StepContext): Promise<Prepared>;
  /** Synchronous unless it must not be. Changes `record.fields` in place or returns parts. */
  apply(record: PipelineRecord, context: StepContext, prepared: Prepared): Outcome | Promise<Outcome>;
  /**
   * What the step looks at for a record and why it chooses as it does, as JSON for people; decimals and moments are texts.
   * Asked before `apply`, only where somebody wants a record explained. Changes nothing.
   */
  explain?(record: PipelineRecord, context: StepContext, prepared: Prepared): unknown;
}

/** A decode step at work: raw record to fields. Throws RecordError (`malformed_row`) for what it cannot read. */
export interface Decoder {
  decode(raw: RawRecord, context: Pick<StepContext, 'feed'>): DecodedRecord;
}

/** A class whose instances are a step's config: class-validator decorators say what is allowed. */
export type ConfigClass<C extends object = object> = new () => C;

interface StepTypeBase<C extends object> {
  /** Verb and object, e.g. `rate-usage`; equal to the plugin folder's name. */
  readonly type: string;
  /** Integer, counted up when the config changes incompatibly. */
  readonly version: number;
  readonly title: string;
  /** A paragraph for implementers, in the field's words. */
  readonly description: string;
  readonly config: ConfigClass<C>;
  /** Every code the step can reject with, and what it means. */
  readonly errorCodes: Readonly<Record<string, string>>;
  /** Configs that work; each is validated by the compliance helper. */
  readonly examples: readonly { readonly title: string; readonly config: object }[];
}

export interface RecordStepType<C extends object = object> extends StepTypeBase<C> {
  readonly stage: 'mediate' | 'resolve' | 'rate';
  /** Usage fields that a step before this one must set, for this config. */
  requires?(config: C): readonly string[];
  /** Usage fields that this step sets, for this config; none where it does not say. */
  provides?(config: C): readonly string[];
  /** Throws ConfigError (pointers relative to the config) for what class-validator cannot see. */
  create(config: C, host: StepHost): Step;
}

export interface DecodeStepType<C extends object = object> extends StepTypeBase<C> {
  readonly stage: 'decode';
  /** The feed format that it reads. */
  readonly format: 'rows' | 'records';
  /** Names of the decoded fields where the config fixes them, else null (any). */
  fields?(config: C): readonly string[] | null;
  create(config: C, host: StepHost): Decoder;
}

export type StepType<C extends object = object> = RecordStepType<C> | DecodeStepType<C>;

/**
 * The door of a plugin: `export default defineStep({...})`. Adds nothing but types: the config's in
 * `create`, `requires` and `provides` is that of the class given as `config`.
 */
export function defineStep<C extends object, T extends RecordStepType<C> = RecordStepType<C>>(
  type: T & RecordStepType<C> & { readonly config: ConfigClass<C> },
): T;
export function defineStep<C extends object, T extends DecodeStepType<C> = DecodeStepType<C>>(
  type: T & DecodeStepType<C> & { readonly config: ConfigClass<C> },
): T;
export function defineStep(type: StepType): StepType {
  return type;
}
