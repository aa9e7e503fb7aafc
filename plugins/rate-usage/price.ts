import {
  add,
  compare,
  divide,
  multiply,
  negate,
  remainder,
  round,
  subtract,
  type Rate,
  type RoundingMode,
} from 'feedmill/pipeline';

/** How amounts are rounded where the rate itself does not say. */
export interface RoundingDefaults {
  readonly scale?: number;
  readonly rounding?: RoundingMode;
}

/** What a value costs by a rate; decimal texts. */
export interface Price {
  /** As billed, after minimum and increments. */
  readonly quantity: string;
  readonly amount: string;
}

/** Digits behind the point that an amount keeps where nothing says how it is rounded. */
export const MAX_SCALE = 18;

/**
 * quantity x unitPrice / per + setupAmount, at least minimumAmount, exact up to the one rounding at
 * the end. A negative value costs the negative of what its magnitude costs; a value of zero costs
 * nothing, whatever the minimums.
 */
export function priceOf(value: string, rate: Rate, defaults: RoundingDefaults): Price {
  if (value === '0') return { quantity: '0', amount: '0' };
  const isNegative = value.startsWith('-');
  const quantity = billedQuantity(isNegative ? negate(value) : value, rate);
  // The amount times `per`, so that nothing is divided before it is rounded.
  let dividend = multiply(quantity, rate.unitPrice);
  if (rate.setupAmount !== null) dividend = add(dividend, multiply(rate.setupAmount, rate.per));
  if (rate.minimumAmount !== null) dividend = greater(dividend, multiply(rate.minimumAmount, rate.per));
  const amount = roundedAmount(dividend, rate, defaults);
  return isNegative ? { quantity: negate(quantity), amount: negate(amount) } : { quantity, amount };
}

/** At least the minimum, then up to the next multiple of the increment. */
export function billedQuantity(magnitude: string, { minimumQuantity, increment }: Rate): string {
  const quantity = minimumQuantity === null ? magnitude : greater(magnitude, minimumQuantity);
  if (increment === null) return quantity;
  const rest = remainder(quantity, increment);
  return rest === '0' ? quantity : add(subtract(quantity, rest), increment);
}

function roundedAmount(dividend: string, rate: Rate, defaults: RoundingDefaults): string {
  if (rate.scale !== null) return roundedQuotient(dividend, rate.per, rate.scale, rate.rounding);
  if (defaults.scale === undefined) return roundedQuotient(dividend, rate.per, MAX_SCALE, 'halfEven');
  return roundedQuotient(dividend, rate.per, defaults.scale, defaults.rounding ?? rate.rounding);
}

/** a / b rounded once, from the exact quotient. `b` is positive. */
export function roundedQuotient(a: string, b: string, scale: number, mode: RoundingMode): string {
  if (b === '1') return round(a, scale, mode);
  const unit = scale === 0 ? '1' : `0.${'0'.repeat(scale - 1)}1`;
  const step = multiply(b, unit);
  const rest = remainder(a, step);
  const steps = divide(subtract(a, rest), step);
  if (rest === '0') return multiply(steps, unit);
  // Only where the rest lies to the half of a step matters now; a quarter stands for less, three for more.
  const side = compare(multiply(rest.replace('-', ''), '2'), step);
  const fraction = side === 0 ? '0.5' : side < 0 ? '0.25' : '0.75';
  const near = rest.startsWith('-') ? subtract(steps, fraction) : add(steps, fraction);
  return multiply(round(near, 0, mode), unit);
}

export function greater(a: string, b: string): string {
  return compare(a, b) < 0 ? b : a;
}
