import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  IsArray,
  IsNotEmpty,
  IsOptional,
  IsString,
  ValidateNested,
} from 'class-validator';
import { JSONSchema } from 'class-validator-jsonschema';
import {
  defineStep,
  reject,
  toMicros,
  usageFieldKind,
  type Outcome,
  type PipelineRecord,
  type StepContext,
  type StepHost,
} from 'feedmill/pipeline';
import { compileCandidates, DEFAULT_CANDIDATES } from './candidates.js';
import { explainCandidates } from './explain-candidates.js';
import type { KnownIdentifiers } from './owner.js';
import { Resolution } from './resolution.js';

class CandidateField {
  @JSONSchema({ description: 'The field whose value is looked up.' })
  @IsNotEmpty()
  @IsString()
  field!: string;

  @JSONSchema({
    description:
      "The identifier type to look for; the record's `identifierType` where not said, and `Unknown` is any.",
  })
  @IsOptional()
  @IsNotEmpty()
  @IsString()
  type?: string;

  @JSONSchema({ description: 'JSONata condition: the candidate is left out for records where it is false.' })
  @IsOptional()
  @IsNotEmpty()
  @IsString()
  when?: string;
}

class Config {
  @JSONSchema({
    description:
      'Fields to look up, in order: `terminatingIdentifier` of inbound records and `originatingIdentifier` of all ' +
      'others, where not said. The next one is tried only when the value of this one does not exist at all.',
  })
  @IsOptional()
  @Type(() => CandidateField)
  @ValidateNested({ each: true })
  @ArrayMaxSize(20)
  @ArrayNotEmpty()
  @IsArray()
  candidates?: CandidateField[];
}

export default defineStep({
  type: 'resolve-identifier',
  version: 1,
  stage: 'resolve',
  title: 'Resolve the identifier',
  description:
    'Finds whose usage a record is: the account and service that own its identifier at the usage date. Values are ' +
    'compared exactly, so bring them into one form before. An identifier that exists but had no owner at that date, or ' +
    'more than one, is an exception: usage is never given to whoever comes next in the list.',
  config: Config,
  errorCodes: {
    identifier_not_found: 'No candidate of the record exists as an identifier.',
    identifier_not_valid_at_date: 'The identifier exists, but belonged to nobody at the usage date.',
    identifier_ambiguous:
      'The identifier belonged to more than one owner at the usage date, or to one with other attributes under each type.',
    missing_field: 'The record has no date, or no value in any candidate field.',
    expression_failed: "A candidate's condition could not be evaluated.",
  },
  examples: [
    { title: 'By direction', config: {} },
    {
      title: 'By telephone number, else by device',
      config: {
        candidates: [
          { field: 'originatingIdentifier', type: 'MSISDN' },
          { field: 'extensions.imei', type: 'IMEI', when: 'usageClass = "Data"' },
        ],
      },
    },
  ],
  requires: ({ candidates = [] }: Config) => [
    ...new Set([
      'date',
      ...candidates.map(({ field }) => field).filter((field) => usageFieldKind(field) !== undefined),
    ]),
  ],
  provides: () => ['accountId', 'serviceId', 'resolvedIdentifier', 'attributes'],
  create(config: Config, host: StepHost) {
    const candidates = config.candidates ? compileCandidates(config.candidates, host) : DEFAULT_CANDIDATES;
    return {
      prepare(records: readonly PipelineRecord[], { reference }: StepContext): Promise<KnownIdentifiers> {
        const values = new Set<string>();
        for (const record of records) {
          for (const { concerns, valueOf } of candidates) {
            const value = concerns(record) ? valueOf(record) : null;
            if (value !== null) values.add(value);
          }
        }
        return reference.identifiers(values);
      },
      apply(
        record: PipelineRecord,
        context: StepContext,
        known: KnownIdentifiers,
      ): Outcome | Promise<Outcome> {
        const { date } = record.fields;
        if (date === undefined)
          return reject('missing_field', 'date: the record has none', { field: 'date' });
        return new Resolution(candidates, record, toMicros(date), context, known).from(0);
      },
      explain(record: PipelineRecord, context: StepContext, known: KnownIdentifiers): Promise<object> {
        return explainCandidates(candidates, record, context, known);
      },
    };
  },
});
