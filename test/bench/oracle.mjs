/** What must become of the records, by integer arithmetic that has nothing of the product in it. */
import { factsOf, kindOf } from './records.mjs';
import { AMOUNT_DIGITS, CLASSES, PRICE_DIGITS, VALUE_DIGITS, priceOf } from './workload.mjs';

const VERDICT = {
  good: 'imported',
  duplicate: 'duplicate',
  unknown: 'exception',
  bad: 'exception',
  zero: 'skipped',
};

/** A product of value and price has this many digits too many for an amount. */
const ROUNDED_AWAY = 10n ** BigInt(VALUE_DIGITS + PRICE_DIGITS - AMOUNT_DIGITS);

/** The value of a good record, in integers of `VALUE_DIGITS`. */
export function valueOf({ classIndex, units }) {
  return CLASSES[classIndex].unit * BigInt(units);
}

/** What a good record costs, in integers of `AMOUNT_DIGITS`, halves up, where prices are multiplied by `times`. */
export function amountOf(facts, times = 1n) {
  const product = valueOf(facts) * times * priceOf(facts.classIndex, facts.regionIndex);
  return (product + ROUNDED_AWAY / 2n) / ROUNDED_AWAY;
}

/** Verdicts, and sums over imported records, of the records from `first` on. */
export function expect({ first, records, mix }, times = 1n) {
  const counts = { total: records, imported: 0, exception: 0, skipped: 0, duplicate: 0 };
  let value = 0n;
  let amount = 0n;
  for (let n = first; n < first + records; n++) {
    const kind = kindOf(n, mix);
    counts[VERDICT[kind]]++;
    if (kind !== 'good') continue;
    const facts = factsOf(n);
    value += valueOf(facts);
    amount += amountOf(facts, times);
  }
  return { counts, value, amount };
}
