import {
  negate,
  type PipelineRecord,
  type RateBase,
  type RatePlan,
  type ZonePolicy,
} from 'feedmill/pipeline';
import { amountReader, type AmountReader } from './amount.js';
import { requireCurrency } from './currency.js';

const READERS = new WeakMap<RateBase, AmountReader>();
/** Amounts of a step before this one, which has negated those of reverse rated usage already; the source's own are not. */
const RATED = /^(rating|cost)\./;

/**
 * The amount that a rate is a share of, in the plan's currency.
 * @throws RecordError `missing_field`, `invalid_value`, `currency_mismatch`
 */
export function baseOf(base: RateBase, record: PipelineRecord, plan: RatePlan, policy: ZonePolicy): string {
  const { amount, currency } = readerOf(base).read(record, policy);
  if (currency !== null)
    requireCurrency(
      currency,
      plan.currency,
      `${base.amount}: the base of the price`,
      base.currency ?? undefined,
    );
  const rated = RATED.exec(base.amount)?.[1] as 'rating' | 'cost' | undefined;
  const isNegated =
    record.fields.reverseRating === true && rated !== undefined && record.fields[rated] !== undefined;
  return isNegated ? negate(amount) : amount;
}

function readerOf(base: RateBase): AmountReader {
  let reader = READERS.get(base);
  if (!reader) {
    reader = amountReader(base);
    READERS.set(base, reader);
  }
  return reader;
}
