import {
  isMissing,
  negate,
  ok,
  reject,
  toDecimal,
  toMicros,
  toText,
  type Outcome,
  type PipelineRecord,
  type Rate,
  type RatePlan,
} from 'feedmill/pipeline';
import { priceOf, type RoundingDefaults } from './price.js';
import { findRates, rateIndexOf, type RateIndex, type RateQuery } from './rate-index.js';

/** A plan of the config, looked up; `plan` is undefined where there is none of that name. */
export interface PlanChoice {
  readonly name: string;
  readonly plan: RatePlan | undefined;
  readonly index: RateIndex | undefined;
}

export interface RatingSettings extends RoundingDefaults {
  /** The names that rates may match by; null for all. */
  readonly attributes: ReadonlySet<string> | null;
}

const MAX_LISTED = 10;

export function planChoice(name: string, plan: RatePlan | undefined): PlanChoice {
  return { name, plan, index: plan && rateIndexOf(plan) };
}

/** Sets `rating` by the first plan that has a rate. */
export function rateRecord(
  record: PipelineRecord,
  choices: readonly PlanChoice[],
  settings: RatingSettings,
): Outcome {
  const { fields } = record;
  const { date, usageClass } = fields;
  const value = toDecimal(fields.value);
  if (date === undefined) return missingField('date');
  if (value === null) return missingField('value');
  if (typeof usageClass !== 'string' || isMissing(usageClass)) return missingField('usageClass');
  const query: RateQuery = {
    usageClass,
    usageClassType: isMissing(fields.usageClassType) ? null : toText(fields.usageClassType),
    micros: toMicros(date),
    attributeOf: (name) => attributeOf(record, name, settings.attributes),
  };
  for (const { plan, index } of choices) {
    if (!plan || !index) continue;
    const rates = findRates(index, query);
    if (rates.length > 1) return ambiguous(plan, query, rates);
    if (rates.length === 1) return applyRate(record, value, plan, rates[0]!, settings);
  }
  return notFound(choices, query, date);
}

function applyRate(
  { fields }: PipelineRecord,
  value: string,
  plan: RatePlan,
  rate: Rate,
  settings: RatingSettings,
): Outcome {
  const price = priceOf(value, rate, settings);
  const quantity = toDecimal(price.quantity);
  const amount = toDecimal(fields.reverseRating === true ? negate(price.amount) : price.amount);
  if (quantity === null || amount === null) {
    return reject('invalid_value', `value: ${value} costs ${price.amount}, which has more than 38 digits`, {
      field: 'value',
    });
  }
  fields.rating = {
    source: 'rated',
    plan: plan.name,
    rateId: rate.id,
    quantity,
    unitPrice: rate.unitPrice,
    amount,
    currency: plan.currency,
  };
  return ok();
}

/** An extension goes before a field, and a field before an attribute of the resolved identifier. */
function attributeOf(
  record: PipelineRecord,
  name: string,
  offered: ReadonlySet<string> | null,
): string | null {
  if (offered !== null && !offered.has(name)) return null;
  const { extensions, attributes } = record.fields;
  if (extensions && Object.hasOwn(extensions, name)) return toText(extensions[name]);
  const own = record.get(name);
  if (own !== undefined) return toText(own);
  return attributes && Object.hasOwn(attributes, name) ? attributes[name]! : null;
}

function missingField(field: string): Outcome {
  return reject('missing_field', `${field}: the record has none to rate by`, { field });
}

function notFound(choices: readonly PlanChoice[], query: RateQuery, date: string): Outcome {
  const names = choices.map(({ name }) => `"${name}"`).join(', ');
  const unknown = choices.filter(({ plan }) => !plan).map(({ name }) => name);
  const message =
    unknown.length === choices.length
      ? `there is no rate plan ${names}`
      : `no rate for ${className(query)} in ${choices.length > 1 ? 'plans' : 'plan'} ${names} at ${date}`;
  const value = [
    choices[0]!.name,
    query.usageClass,
    ...(query.usageClassType === null ? [] : [query.usageClassType]),
  ];
  return reject('rate_not_found', message, {
    field: 'usageClass',
    missing: { kind: 'rate', value: value.join('/') },
    details: {
      usageClass: query.usageClass,
      usageClassType: query.usageClassType,
      date,
      unknownPlans: unknown,
    },
  });
}

function ambiguous(plan: RatePlan, query: RateQuery, rates: readonly Rate[]): Outcome {
  const listed = rates.slice(0, MAX_LISTED).map(({ id, usageClassType, match, unitPrice }) => ({
    rateId: id,
    usageClassType,
    match,
    unitPrice,
  }));
  const message = `${rates.length} rates of plan "${plan.name}" fit ${className(query)} equally well`;
  return reject('rate_ambiguous', message, {
    field: 'usageClass',
    details: { plan: plan.name, rates: listed },
  });
}

function className({ usageClass, usageClassType }: RateQuery): string {
  return usageClassType === null ? `${usageClass}, without a type` : `${usageClass}/${usageClassType}`;
}
