import {
  evaluateCondition,
  negate,
  type PipelineRecord,
  type Rating,
  type StepContext,
  type StepHost,
} from 'feedmill/pipeline';
import { amountReader } from './amount.js';
import type { Config } from './config.js';
import { requireCurrency } from './currency.js';

/** Amounts that records bring themselves. */
export interface Given {
  /** Whether the record comes rated. */
  readonly concerns: (record: PipelineRecord, context: StepContext) => boolean | Promise<boolean>;
  /**
   * The amount as it came, but for its sign where the usage is reverse rated.
   * @param value of the record, a canonical decimal text
   * @throws RecordError `missing_field`, `invalid_value`, `currency_mismatch`
   */
  readonly ratingOf: (record: PipelineRecord, value: string, context: StepContext) => Rating;
}

/** @throws ConfigError for a condition that cannot be compiled */
export function compileGiven(config: Config, host: StepHost): Given | null {
  const { given, currency: demanded } = config;
  if (!given) return null;
  const hasPlans = config.plan !== undefined || config.plans !== undefined;
  const when = given.when === undefined ? null : host.expression(given.when, '/given/when');
  const { isThere, read } = amountReader({ amount: given.amount, currency: given.currency ?? null });
  return {
    concerns(record, context) {
      if (when) return evaluateCondition(when, record, context);
      return !hasPlans || isThere(record);
    },
    ratingOf(record, value, { feed }) {
      const { amount, currency } = read(record, feed);
      if (currency !== null)
        requireCurrency(currency, demanded, `${given.amount}: the amount`, given.currency);
      return {
        source: 'given',
        plan: null,
        rateId: null,
        quantity: value,
        unitPrice: null,
        amount: record.fields.reverseRating === true ? negate(amount) : amount,
        currency: currency ?? demanded!,
      };
    },
  };
}
