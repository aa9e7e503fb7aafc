import { IsIn, IsObject } from 'class-validator';
import { JSONSchema } from 'class-validator-jsonschema';
import { defineStep, ok, type PipelineRecord } from 'feedmill/pipeline';
import { compileSchema } from './compile-schema.js';
import { fieldsAsData, toOutcome } from './validate.js';

class Config {
  @JSONSchema({ description: 'The JSON Schema, draft 2020-12.' })
  @IsObject()
  schema!: Record<string, unknown>;

  @JSONSchema({
    description:
      'What it is applied to: the decoded record as the `source` gave it, or the `fields` that the steps before have set.',
  })
  @IsIn(['source', 'fields'])
  on: 'source' | 'fields' = 'source';
}

export default defineStep({
  type: 'validate',
  version: 1,
  stage: 'mediate',
  title: 'Validate by a JSON Schema',
  description:
    'Refuses records that do not fit a JSON Schema (draft 2020-12), which is compiled once: the decoded record as the ' +
    'source sent it, or the fields that the steps before have set. Numbers are compared by value, however many digits ' +
    'they have; patterns are matched in linear time. The exception lists every problem with its field.',
  config: Config,
  errorCodes: {
    missing_field: 'A field that the schema requires is not there.',
    invalid_value: 'A field does not fit the schema, or the record has too much in it to be validated.',
  },
  examples: [
    {
      title: 'What a source promised to send',
      config: {
        schema: {
          type: 'object',
          required: ['id', 'start', 'seconds'],
          properties: {
            id: { type: 'string', pattern: '^[A-Z]{2}\\d{6}$' },
            start: { type: 'string', format: 'date-time' },
            seconds: { type: 'integer', minimum: 0, maximum: 86400 },
          },
        },
      },
    },
    {
      title: 'A bound on what was mapped',
      config: {
        on: 'fields',
        schema: {
          properties: {
            value: { type: 'number', minimum: 0, multipleOf: 0.001 },
            usageClass: { enum: ['Voice', 'SMS'] },
          },
        },
      },
    },
  ],
  create({ schema, on }: Config) {
    const problemsOf = compileSchema(schema, '/schema');
    return {
      apply(record: PipelineRecord) {
        const problems = problemsOf(on === 'source' ? record.source : fieldsAsData(record.fields));
        return problems === null ? ok() : toOutcome(problems);
      },
    };
  },
});
