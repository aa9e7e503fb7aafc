import { add, multiply, negate, remainder, type Rate } from 'feedmill/pipeline';
import {
  MAX_SCALE,
  billedQuantity,
  greater,
  priceOf,
  roundedQuotient,
  type RoundingDefaults,
} from './price.js';

/**
 * How a value comes to its price, step by step, before the sign of reverse rated usage: decimal texts. Amounts on the way have up
 * to 18 digits behind the point; `isExact` says whether that is all of them.
 */
export function explainPrice(value: string, rate: Rate, defaults: RoundingDefaults): object {
  const price = priceOf(value, rate, defaults);
  if (value === '0') return { value, ...price };
  const magnitude = value.startsWith('-') ? negate(value) : value;
  const { minimumQuantity, increment, setupAmount, minimumAmount, unitPrice, per } = rate;
  const billed = billedQuantity(magnitude, rate);
  const product = multiply(billed, unitPrice);
  const withSetup = setupAmount === null ? product : add(product, multiply(setupAmount, per));
  const withMinimum = minimumAmount === null ? withSetup : greater(withSetup, multiply(minimumAmount, per));
  const shown = (dividend: string) => roundedQuotient(dividend, per, MAX_SCALE, 'halfEven');
  return {
    value,
    ...(minimumQuantity !== null && { afterMinimumQuantity: greater(magnitude, minimumQuantity) }),
    ...(increment !== null && { afterIncrement: billed }),
    rawAmount: shown(product),
    ...(setupAmount !== null && { withSetupAmount: shown(withSetup) }),
    ...(minimumAmount !== null && { withMinimumAmount: shown(withMinimum) }),
    isExact: remainder(withMinimum, multiply(per, '0.000000000000000001')) === '0',
    rounding: roundingOf(rate, defaults),
    ...price,
  };
}

/** How the amount is rounded, and who says so. */
function roundingOf({ scale, rounding }: Rate, defaults: RoundingDefaults): object {
  if (scale !== null) return { by: 'rate', scale, rounding };
  if (defaults.scale === undefined) return { by: 'nobody', scale: MAX_SCALE, rounding: 'halfEven' };
  return { by: 'step', scale: defaults.scale, rounding: defaults.rounding ?? rounding };
}
