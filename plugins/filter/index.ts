import { Type } from 'class-transformer';
import { Allow, IsNotEmpty, IsOptional, IsString, Matches, ValidateNested } from 'class-validator';
import { JSONSchema } from 'class-validator-jsonschema';
import {
  ConfigError,
  defineStep,
  evaluateCondition,
  fieldGetter,
  ok,
  skip,
  toDecimal,
  toText,
  usageFieldKind,
  type PipelineRecord,
  type StepContext,
  type StepHost,
} from 'feedmill/pipeline';

type Scalar = string | number | boolean;

class FieldTest {
  @JSONSchema({ description: 'The field to look at, by name or by path (`Extensions.region`).' })
  @IsNotEmpty()
  @IsString()
  field!: string;

  @JSONSchema({
    description:
      'What it must equal: a number, and anything for the field `value`, by value (`0` is `0.00`); a text exactly.',
    type: ['string', 'number', 'boolean'] as unknown as 'string',
  })
  @Allow()
  equals!: Scalar;
}

class Config {
  @JSONSchema({
    description: 'JSONata condition: records for which it is true go on, all others are skipped.',
  })
  @IsOptional()
  @IsNotEmpty()
  @IsString()
  keep?: string;

  @JSONSchema({ description: 'JSONata condition: records for which it is true are skipped.' })
  @IsOptional()
  @IsNotEmpty()
  @IsString()
  skip?: string;

  @JSONSchema({ description: 'As `keep`, for one field and without JSONata, which is faster.' })
  @IsOptional()
  @Type(() => FieldTest)
  @ValidateNested()
  keepWhen?: FieldTest;

  @JSONSchema({ description: 'As `skip`, for one field and without JSONata, which is faster.' })
  @IsOptional()
  @Type(() => FieldTest)
  @ValidateNested()
  skipWhen?: FieldTest;

  @JSONSchema({ description: 'Why records are skipped, in snake_case; it is counted on the import.' })
  @Matches(/^[a-z][a-z0-9_]{0,62}$/, { message: 'reason must be snake_case, such as zero_value' })
  reason!: string;
}

const CONDITIONS = ['keep', 'skip', 'keepWhen', 'skipWhen'] as const;

type Condition = (record: PipelineRecord, context: StepContext) => boolean | Promise<boolean>;

export default defineStep({
  type: 'filter',
  version: 1,
  stage: 'mediate',
  title: 'Keep or skip records',
  description:
    'Leaves records out on purpose, by a condition and with a reason: zero values, failed calls, test traffic. A ' +
    'skipped record is no exception; it is counted on its import under the reason.',
  config: Config,
  errorCodes: {
    expression_failed: 'The condition could not be evaluated, or gave anything but true or false.',
  },
  examples: [
    {
      title: 'Skip zero values',
      config: { skipWhen: { field: 'value', equals: '0' }, reason: 'zero_value' },
    },
    {
      title: 'Keep two classes only',
      config: { keep: 'usageClass in ["Voice", "SMS"]', reason: 'not_billable' },
    },
  ],
  create(config: Config, host: StepHost) {
    const condition = compileCondition(config, host);
    const skipsOn = config.skip !== undefined || config.skipWhen !== undefined;
    const skipped = skip(config.reason);
    const toOutcome = (holds: boolean) => (holds === skipsOn ? skipped : ok());
    return {
      apply(record: PipelineRecord, context: StepContext) {
        const holds = condition(record, context);
        return typeof holds === 'boolean' ? toOutcome(holds) : holds.then(toOutcome);
      },
    };
  },
});

function compileCondition(config: Config, host: StepHost): Condition {
  const given = CONDITIONS.filter((name) => config[name] !== undefined && config[name] !== null);
  if (given.length !== 1) {
    const message = `needs exactly one of ${CONDITIONS.join(', ')}; has ${given.join(' and ') || 'none'}`;
    throw new ConfigError([{ pointer: '', code: 'invalid_value', message }]);
  }
  const name = given[0]!;
  const condition = config[name]!;
  if (typeof condition === 'object') return compileTest(condition, `/${name}/equals`);
  const expression = host.expression(condition, `/${name}`);
  return (record, context) => evaluateCondition(expression, record, context);
}

function compileTest({ field, equals }: FieldTest, pointer: string): Condition {
  const get = fieldGetter(field);
  if (typeof equals === 'boolean') return (record) => get(record) === equals;
  if (typeof equals === 'number' || usageFieldKind(field) === 'decimal') {
    const decimal = toDecimal(equals);
    if (decimal === null) {
      throw new ConfigError([
        { pointer, code: 'invalid_value', message: `"${field}" is compared with a decimal` },
      ]);
    }
    return (record) => toDecimal(get(record)) === decimal;
  }
  if (typeof equals !== 'string') {
    throw new ConfigError([
      { pointer, code: 'invalid_value', message: 'must be a text, a number or a boolean' },
    ]);
  }
  return (record) => toText(get(record)) === equals;
}
