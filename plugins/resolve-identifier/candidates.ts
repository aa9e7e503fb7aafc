import {
  fieldGetter,
  isMissing,
  toText,
  type Expression,
  type PipelineRecord,
  type StepHost,
} from 'feedmill/pipeline';

/** A candidate of the config as it came. */
export interface CandidateConfig {
  readonly field: string;
  readonly type?: string;
  readonly when?: string;
}

export interface Candidate {
  readonly field: string;
  /** The type it is looked up by; undefined for the record's own. */
  readonly type: string | undefined;
  /** The value to look up; null where the record has none. */
  readonly valueOf: (record: PipelineRecord) => string | null;
  /** Whether the candidate is for records of this direction; asked before anything is looked up. */
  readonly concerns: (record: PipelineRecord) => boolean;
  readonly when: Expression | null;
  /** How an error calls the condition: candidates of one field differ by their place. */
  readonly whenName: string;
}

/** By default an inbound record belongs to whom it reached, any other to whom it came from. */
export const DEFAULT_CANDIDATES: readonly Candidate[] = [
  { ...candidate('terminatingIdentifier'), concerns: isInbound },
  { ...candidate('originatingIdentifier'), concerns: (record) => !isInbound(record) },
];

/** @throws ConfigError for a condition that cannot be compiled */
export function compileCandidates(configs: readonly CandidateConfig[], host: StepHost): Candidate[] {
  return configs.map(({ field, type, when }, i) => ({
    ...candidate(field, type),
    when: when === undefined ? null : host.expression(when, `/candidates/${i}/when`),
    whenName: `candidates[${i}].when (${field})`,
  }));
}

function candidate(field: string, type?: string): Candidate {
  const get = fieldGetter(field);
  return {
    field,
    type,
    valueOf(record) {
      const value = get(record);
      return isMissing(value) ? null : toText(value);
    },
    concerns: () => true,
    when: null,
    whenName: '',
  };
}

function isInbound(record: PipelineRecord): boolean {
  return record.fields.inbound === true;
}
