import {
  RecordError,
  fromMicros,
  negate,
  type PipelineRecord,
  type Rate,
  type RatePlan,
  type StepContext,
} from 'feedmill/pipeline';
import { baseOf } from './base.js';
import { requireCurrency } from './currency.js';
import { explainPrice } from './explain-price.js';
import type { PlanName } from './plan-names.js';
import { findRates, rankOf, type RateQuery } from './rate-index.js';
import { queryOf, type KnownPlans, type RatingSettings } from './rate-usage.js';

/** Rates of a plan that are shown: those that fit best come first. */
const MAX_SHOWN = 20;

/** The plans tried, their rates with what speaks against each, and how the chosen one comes to its price. */
export function explainRating(
  record: PipelineRecord,
  planNames: readonly PlanName[],
  plans: KnownPlans,
  settings: RatingSettings,
  context: StepContext,
): object {
  const query = queryOf(record, settings);
  if ('kind' in query) return { plans: [] };
  const { usageClass, usageClassType, micros } = query;
  let price: object | undefined;
  let isFound = false;
  const tried = planNames.map(({ template, of }) => {
    const plan = of(record);
    if (plan === undefined) return { plan: template, result: 'lacks_field' };
    if (isFound) return { plan, result: 'not_tried' };
    const known = plans.get(plan);
    if (!known) return { plan, result: 'no_such_plan' };
    const best = findRates(known.index, query);
    isFound = best.length > 0;
    if (best.length === 1) price = priceBy(record, query, known.plan, best[0]!, settings, context);
    const result = best.length === 0 ? 'no_rate' : best.length === 1 ? 'chosen' : 'ambiguous';
    return { plan, currency: known.plan.currency, result, ...ratesOf(known.plan, best, query) };
  });
  return { usageClass, usageClassType, date: fromMicros(micros), plans: tried, ...(price && { price }) };
}

function priceBy(
  record: PipelineRecord,
  { value }: RateQuery,
  plan: RatePlan,
  rate: Rate,
  settings: RatingSettings,
  { feed }: StepContext,
): object {
  try {
    requireCurrency(plan.currency, settings.currency, `plan "${plan.name}"`);
    const priced = rate.base === null ? value : baseOf(rate.base, record, plan, feed);
    const price = explainPrice(priced, rate, settings) as { amount: string };
    if (record.fields.reverseRating !== true) return price;
    return { ...price, isReverseRated: true, amount: negate(price.amount) };
  } catch (error) {
    if (error instanceof RecordError) return { refused: error.message };
    throw error;
  }
}

/** The rates of the record's class: first what fits, then what fails by the fewest. */
function ratesOf({ rates }: RatePlan, best: readonly Rate[], query: RateQuery): object {
  const ofClass = rates
    .filter(({ usageClass }) => usageClass === query.usageClass)
    .map((rate) => ({ rate, isBest: best.includes(rate), misfits: misfitsOf(rate, query) }))
    .sort(
      (a, b) =>
        Number(b.isBest) - Number(a.isBest) ||
        a.misfits.length - b.misfits.length ||
        matchRankOf(b.rate) - matchRankOf(a.rate),
    );
  const shown = ofClass.slice(0, MAX_SHOWN).map(({ rate, isBest, misfits }) => ({
    ...shownRate(rate),
    result: isBest ? (best.length === 1 ? 'chosen' : 'ambiguous') : 'passed_over',
    ...(!isBest && { why: misfits.length > 0 ? misfits : [{ reason: 'outranked' }] }),
  }));
  return { rates: shown, ...(ofClass.length > MAX_SHOWN && { moreRates: ofClass.length - MAX_SHOWN }) };
}

/** What speaks against a rate; nothing where it fits. */
function misfitsOf({ usageClassType, match, validFrom, validTo }: Rate, query: RateQuery): object[] {
  const misfits: object[] = [];
  if (usageClassType !== null && usageClassType !== query.usageClassType)
    misfits.push({ reason: 'other_type', rate: usageClassType, record: query.usageClassType });
  for (const [name, wanted] of Object.entries(match)) {
    const found = query.attributeOf(name);
    if (found !== wanted) misfits.push({ reason: 'other_attribute', name, rate: wanted, record: found });
  }
  if (query.micros < validFrom) misfits.push({ reason: 'not_yet_valid' });
  if (query.micros >= validTo) misfits.push({ reason: 'no_longer_valid' });
  return misfits;
}

const matchRankOf = ({ match, usageClassType }: Rate): number =>
  rankOf({ names: Object.keys(match), isTyped: usageClassType !== null });

function shownRate({ id, usageClass: _, match, validFrom, validTo, rounding, scale, ...said }: Rate): object {
  const terms = Object.entries(said).filter(([, term]) => term !== null);
  return {
    rateId: id,
    ...Object.fromEntries(terms),
    ...(scale !== null && { scale, rounding }),
    match,
    matchedAttributes: Object.keys(match).length,
    validFrom: toDate(validFrom),
    validTo: toDate(validTo),
  };
}

const toDate = (micros: number): string | null => (Number.isFinite(micros) ? fromMicros(micros) : null);
