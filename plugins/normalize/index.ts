import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  IsArray,
  IsBoolean,
  IsIn,
  IsNotEmpty,
  IsOptional,
  IsString,
  ValidateNested,
} from 'class-validator';
import { JSONSchema } from 'class-validator-jsonschema';
import {
  defineStep,
  toView,
  type FieldKind,
  type PipelineRecord,
  type StepContext,
  type StepHost,
} from 'feedmill/pipeline';
import { compileFields, namesOf, normalize } from './normalize.js';

const KINDS: readonly FieldKind[] = ['text', 'decimal', 'integer', 'boolean', 'timestamp'];

class FieldExpression {
  @JSONSchema({
    description:
      'The field to set: a usage field, any other name for the steps behind, or `extensions.name`.',
  })
  @IsNotEmpty()
  @IsString()
  field!: string;

  @JSONSchema({
    description: "JSONata on the record: usage fields set so far, then the source's own fields.",
  })
  @IsNotEmpty()
  @IsString()
  expression!: string;

  @JSONSchema({
    description: "What the result is; the usage field's own kind where not said, else it is taken as it is.",
  })
  @IsOptional()
  @IsIn(KINDS)
  as?: FieldKind;

  @JSONSchema({ description: 'Whether the field is left as it is when the expression gives nothing.' })
  @IsBoolean()
  optional = false;
}

class Config {
  @JSONSchema({
    description: 'Expressions in the order in which they run; each sees what those before have set.',
  })
  @Type(() => FieldExpression)
  @ValidateNested({ each: true })
  @ArrayMaxSize(100)
  @ArrayNotEmpty()
  @IsArray()
  fields!: FieldExpression[];
}

export default defineStep({
  type: 'normalize',
  version: 1,
  stage: 'mediate',
  title: 'Normalize by expressions',
  description:
    'Computes fields by JSONata expressions: upper case, units, parts of a text, a choice between two. Before ' +
    "map-fields it sets fields under the source's own names, which then stand before those of the source; after it, " +
    'it works on usage fields. An expression that gives nothing (a missing field, null, a blank text) is an exception ' +
    'unless it is optional. Arithmetic and comparisons are exact decimals.',
  config: Config,
  errorCodes: {
    missing_field: 'An expression that is not optional gave nothing.',
    invalid_value: 'The result cannot be read as what its field is.',
    expression_failed: 'The expression could not be evaluated.',
  },
  examples: [
    {
      title: 'Upper case and a unit',
      config: {
        fields: [
          { field: 'usageClass', expression: '$uppercase($trim(usageClass))' },
          { field: 'value', expression: 'usageClassType = "Bytes" ? value / 1048576 : value' },
        ],
      },
    },
    {
      title: 'An extension that may be missing',
      config: {
        fields: [
          {
            field: 'extensions.zone',
            expression: '$substringBefore(Extensions.region, "-")',
            optional: true,
          },
        ],
      },
    },
  ],
  provides: ({ fields }: Config) => [
    ...new Set(fields.map(({ field }) => (field.startsWith('extensions.') ? 'extensions' : field))),
  ],
  create(config: Config, host: StepHost) {
    const fields = compileFields(config.fields, host);
    const names = namesOf(fields);
    return {
      apply: (record: PipelineRecord, context: StepContext) =>
        normalize(fields, toView(record, names), record, context),
    };
  },
});
