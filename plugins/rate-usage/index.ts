import {
  ArrayMaxSize,
  ArrayNotEmpty,
  ArrayUnique,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsOptional,
  IsString,
  Max,
  Min,
  MinLength,
} from 'class-validator';
import { JSONSchema } from 'class-validator-jsonschema';
import {
  ConfigError,
  defineStep,
  type ConfigProblem,
  type PipelineRecord,
  type RoundingMode,
  type StepContext,
} from 'feedmill/pipeline';
import { planChoice, rateRecord, type PlanChoice } from './rate-usage.js';

const ROUNDINGS: readonly RoundingMode[] = ['halfUp', 'halfEven', 'up', 'down'];

class Config {
  @JSONSchema({ description: 'The rate plan to price by.' })
  @IsOptional()
  @IsNotEmpty()
  @IsString()
  plan?: string;

  @JSONSchema({
    description: 'Several rate plans, in place of `plan`: the first that has a rate for the record wins.',
  })
  @IsOptional()
  @MinLength(1, { each: true })
  @IsString({ each: true })
  @ArrayUnique()
  @ArrayMaxSize(20)
  @ArrayNotEmpty()
  plans?: string[];

  @JSONSchema({
    description:
      "The names that a rate's `match` may look at; where not said, all extensions, fields, and attributes of the identifier.",
  })
  @IsOptional()
  @MinLength(1, { each: true })
  @IsString({ each: true })
  @ArrayUnique()
  @ArrayMaxSize(100)
  attributes?: string[];

  @JSONSchema({
    description:
      'Digits behind the point of amounts whose rate does not say; all digits (up to 18) are kept where neither does.',
  })
  @IsOptional()
  @IsInt()
  @Max(18)
  @Min(0)
  scale?: number;

  @JSONSchema({ description: "How `scale` rounds; the rate's own rounding where not said." })
  @IsOptional()
  @IsIn(ROUNDINGS)
  rounding?: RoundingMode;
}

export default defineStep({
  type: 'rate-usage',
  version: 1,
  stage: 'rate',
  title: 'Rate usage',
  description:
    'Prices a record by a rate plan: its value times the unit price of the rate that fits its usage class, type, ' +
    'attributes and date. Of several rates that fit, the one that matches more attributes wins, then the one that ' +
    'names the type. Amounts are exact decimals, rounded once and only where the rate or this step says so. A ' +
    'negative value costs the negative amount; reverse rated usage has its amount negated.',
  config: Config,
  errorCodes: {
    rate_not_found: 'No plan has a rate for the class, type, attributes and date of the record.',
    rate_ambiguous: 'Several rates of one plan fit equally well.',
    missing_field: 'The record has no date, value or usage class.',
    invalid_value: 'The amount has more digits than can be stored.',
  },
  examples: [
    { title: 'One plan', config: { plan: 'retail' } },
    {
      title: 'A special plan before the general one, cents, matched by region only',
      config: { plans: ['promotion', 'retail'], attributes: ['region'], scale: 2, rounding: 'halfUp' },
    },
  ],
  requires: () => ['date', 'value', 'usageClass'],
  provides: () => ['rating'],
  create(config: Config) {
    const names = planNames(config);
    const settings = { ...config, attributes: config.attributes ? new Set(config.attributes) : null };
    return {
      async prepare(
        _: readonly PipelineRecord[],
        { reference }: StepContext,
      ): Promise<readonly PlanChoice[]> {
        return Promise.all(names.map(async (name) => planChoice(name, await reference.ratePlan(name))));
      },
      apply(record: PipelineRecord, _: StepContext, choices: readonly PlanChoice[]) {
        return rateRecord(record, choices, settings);
      },
    };
  },
});

function planNames({ plan, plans, scale, rounding }: Config): readonly string[] {
  const problems: ConfigProblem[] = [];
  const refuse = (pointer: string, message: string) =>
    problems.push({ pointer, code: 'invalid_value', message });
  if ((plan === undefined) === (plans === undefined)) refuse('', 'needs exactly one of plan, plans');
  if (rounding !== undefined && scale === undefined) refuse('/rounding', 'needs scale');
  const names = plans ?? [plan ?? ''];
  names.forEach((name, i) => {
    // Braces are kept free for names that depend on the record.
    if (/[{}]/.test(name)) refuse(plans ? `/plans/${i}` : '/plan', 'a plan name has no braces');
  });
  if (problems.length > 0) throw new ConfigError(problems);
  return names;
}
