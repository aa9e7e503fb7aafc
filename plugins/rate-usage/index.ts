import {
  ConfigError,
  collectProblems,
  defineStep,
  ok,
  toDecimal,
  type ConfigProblem,
  type Outcome,
  type PipelineRecord,
  type StepContext,
  type StepHost,
} from 'feedmill/pipeline';
import { Config } from './config.js';
import { explainRating } from './explain-rating.js';
import { compileGiven, type Given } from './given.js';
import { compilePlanNames, fieldsOfPlanNames, namesFor, type PlanName } from './plan-names.js';
import { indexPlans, rateRecord, type KnownPlans, type RatingSettings } from './rate-usage.js';
import { missingField } from './rejections.js';

export default defineStep({
  type: 'rate-usage',
  version: 1,
  stage: 'rate',
  title: 'Rate usage',
  description:
    'Prices a record by a rate plan: its value times the unit price of the rate that fits its usage class, type, ' +
    'attributes and date. Of several plans the first that has a rate wins; of several rates that fit, the one that ' +
    'matches more attributes, then the one that names the type. Amounts are exact decimals, rounded once and only ' +
    'where the rate or this step says so. A negative value costs the negative amount; reverse rated usage has its ' +
    'amount negated. Records that bring an amount of their own can keep it.',
  config: Config,
  errorCodes: {
    rate_not_found: 'No plan has a rate for the class, type, attributes and date of the record.',
    rate_ambiguous: 'Several rates of one plan fit equally well.',
    currency_mismatch:
      "The plan or the given amount is not in the currency that this step demands, or the base of a price not in its plan's.",
    missing_field: 'The record has no date, value or usage class, or lacks the amount that it is priced by.',
    invalid_value:
      'An amount or a currency of the record is none, or the price has more digits than can be stored.',
    expression_failed: 'The condition of `given` could not be evaluated.',
  },
  examples: [
    { title: 'One plan', config: { plan: 'retail' } },
    {
      title:
        'Prices of the service, of the account, of its package, then of everybody; in euros, to the cent',
      config: {
        plans: ['service-{serviceId}', 'account-{accountId}', 'package-{attributes.package}', 'retail'],
        currency: 'EUR',
        scale: 2,
        rounding: 'halfUp',
      },
    },
    { title: 'What it costs us, beside the price', config: { into: 'cost', plan: 'wholesale' } },
    {
      title: 'Records that come rated, the others by a plan that may match by region only',
      config: {
        plan: 'retail',
        attributes: ['region'],
        given: { amount: 'extensions.amount', currency: 'extensions.currency' },
      },
    },
  ],
  requires: (config: Config) => {
    const isPriced = config.plan !== undefined || config.plans !== undefined;
    return isPriced ? ['date', 'value', 'usageClass', ...fieldsOfPlanNames(config)] : ['value'];
  },
  provides: ({ into }: Config) => [into],
  create(config: Config, host: StepHost) {
    const { planNames, given } = compile(config, host);
    const settings: RatingSettings = {
      ...config,
      names: config.attributes ? new Set(config.attributes) : null,
    };
    return {
      async prepare(records: readonly PipelineRecord[], { reference }: StepContext): Promise<KnownPlans> {
        return indexPlans(await reference.ratePlans(namesFor(planNames, records)));
      },
      apply(record: PipelineRecord, context: StepContext, plans: KnownPlans): Outcome | Promise<Outcome> {
        if (!given) return rateRecord(record, planNames, plans, settings, context);
        const price = (isGiven: boolean) =>
          isGiven
            ? keepGiven(record, given, settings, context)
            : rateRecord(record, planNames, plans, settings, context);
        const isGiven = given.concerns(record, context);
        return typeof isGiven === 'boolean' ? price(isGiven) : isGiven.then(price);
      },
      async explain(record: PipelineRecord, context: StepContext, plans: KnownPlans): Promise<object> {
        if (given && (await given.concerns(record, context))) return explainGiven(record, given, context);
        return explainRating(record, planNames, plans, settings, context);
      },
    };
  },
});

function keepGiven(
  record: PipelineRecord,
  given: Given,
  { into }: RatingSettings,
  context: StepContext,
): Outcome {
  const value = toDecimal(record.fields.value);
  if (value === null) return missingField('value');
  record.fields[into] = given.ratingOf(record, value, context);
  return ok();
}

function explainGiven(record: PipelineRecord, given: Given, context: StepContext): object {
  const value = toDecimal(record.fields.value);
  if (value === null) return { given: null };
  return {
    given: given.ratingOf(record, value, context),
    isReverseRated: record.fields.reverseRating === true,
  };
}

/** @throws ConfigError with every problem */
function compile(config: Config, host: StepHost): { planNames: readonly PlanName[]; given: Given | null } {
  const problems = combinationProblems(config);
  const planNames = collectProblems(problems, () => compilePlanNames(config)) ?? [];
  const given = collectProblems(problems, () => compileGiven(config, host)) ?? null;
  if (problems.length > 0) throw new ConfigError(problems);
  return { planNames, given };
}

function combinationProblems({ plan, plans, given, currency, scale, rounding }: Config): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const refuse = (pointer: string, message: string) =>
    problems.push({ pointer, code: 'invalid_value', message });
  const hasPlans = plan !== undefined || plans !== undefined;
  if (plan !== undefined && plans !== undefined) refuse('', 'needs only one of plan, plans');
  if (!hasPlans && !given) refuse('', 'needs one of plan, plans, given');
  if (rounding !== undefined && scale === undefined) refuse('/rounding', 'needs scale');
  if (given && given.currency === undefined && currency === undefined)
    refuse('/given', "needs currency, or the step's own currency");
  if (given?.when !== undefined && !hasPlans)
    refuse('/given/when', 'needs plan or plans, for the records that do not come rated');
  return problems;
}
