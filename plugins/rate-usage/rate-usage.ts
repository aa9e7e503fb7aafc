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
  type Rating,
  type StepContext,
} from 'feedmill/pipeline';
import { baseOf } from './base.js';
import type { Config } from './config.js';
import { requireCurrency } from './currency.js';
import type { PlanName } from './plan-names.js';
import { priceOf, type RoundingDefaults } from './price.js';
import { findRates, rateIndexOf, type RateIndex, type RateQuery } from './rate-index.js';
import { missingField, rateAmbiguous, rateNotFound } from './rejections.js';

/** A plan with the index of its rates. */
export interface IndexedPlan {
  readonly plan: RatePlan;
  readonly index: RateIndex;
}

/** The plans of a chunk by name; one that is not there is absent. */
export type KnownPlans = ReadonlyMap<string, IndexedPlan>;

export interface RatingSettings extends RoundingDefaults {
  readonly into: Config['into'];
  /** The currency that a plan must be in; undefined for any. */
  readonly currency?: string;
  /** The names that rates may match by; null for all. */
  readonly names: ReadonlySet<string> | null;
}

export function indexPlans(plans: ReadonlyMap<string, RatePlan>): KnownPlans {
  return new Map([...plans].map(([name, plan]) => [name, { plan, index: rateIndexOf(plan) }]));
}

/** What a record is rated by, or why it cannot be. */
export function queryOf(record: PipelineRecord, { names }: RatingSettings): RateQuery | Outcome {
  const { fields } = record;
  const { date, usageClass } = fields;
  const value = toDecimal(fields.value);
  if (date === undefined) return missingField('date');
  if (value === null) return missingField('value');
  if (typeof usageClass !== 'string' || isMissing(usageClass)) return missingField('usageClass');
  return {
    value,
    usageClass,
    usageClassType: isMissing(fields.usageClassType) ? null : toText(fields.usageClassType),
    micros: toMicros(date),
    attributeOf: (name) => attributeOf(record, name, names),
  };
}

/** Sets the price by the first plan that has a rate. */
export function rateRecord(
  record: PipelineRecord,
  planNames: readonly PlanName[],
  plans: KnownPlans,
  settings: RatingSettings,
  context: StepContext,
): Outcome {
  const query = queryOf(record, settings);
  if ('kind' in query) return query;
  for (const { of } of planNames) {
    const name = of(record);
    const known = name === undefined ? undefined : plans.get(name);
    if (!known) continue;
    const rates = findRates(known.index, query);
    if (rates.length > 1) return rateAmbiguous(known.plan, query, rates);
    if (rates.length === 1) return applyRate(record, query.value, known.plan, rates[0]!, settings, context);
  }
  return rateNotFound(record, planNames, (name) => plans.has(name), query);
}

function applyRate(
  record: PipelineRecord,
  value: string,
  plan: RatePlan,
  rate: Rate,
  settings: RatingSettings,
  { feed }: StepContext,
): Outcome {
  const { fields } = record;
  requireCurrency(plan.currency, settings.currency, `plan "${plan.name}"`);
  const priced = rate.base === null ? value : baseOf(rate.base, record, plan, feed);
  const price = priceOf(priced, rate, settings);
  const quantity = toDecimal(price.quantity);
  const amount = toDecimal(fields.reverseRating === true ? negate(price.amount) : price.amount);
  if (quantity === null || amount === null) {
    const field = rate.base?.amount ?? 'value';
    const told = quantity === null ? `is billed as ${price.quantity}` : `costs ${price.amount}`;
    const message = `${field}: ${priced} ${told}, which has more than 38 digits`;
    return reject('invalid_value', message, { field });
  }
  const rating: Rating = {
    source: 'rated',
    plan: plan.name,
    rateId: rate.id,
    quantity,
    unitPrice: rate.unitPrice,
    amount,
    currency: plan.currency,
  };
  if (settings.into === 'rating') fields.rating = rating;
  else fields.cost = rating;
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
