import type { RateBase, RoundingMode } from 'feedmill/pipeline';
import { type IncomingRow, type LiveRow, validityLabel } from './versioned-rows.js';

/**
 * Also a part of URLs and the name of a file. An account or service may be a part of it (`account-{accountId}`), so it
 * takes what ids have: nearly every character but a slash.
 */
export const PLAN_NAME = /^[\p{L}\p{N}](?:[^\p{C}\p{Z}/\\{}]| (?! |$)){0,199}$/u;
export const CURRENCY = /^[A-Z]{3}$/;

/** One price. Decimals are canonical texts; null where the plan does not say. */
export interface RateValues {
  readonly usageClass: string;
  readonly usageClassType: string | null;
  /** In the order of its names. */
  readonly match: Readonly<Record<string, string>>;
  readonly unitPrice: string;
  readonly per: string;
  readonly increment: string | null;
  readonly minimumQuantity: string | null;
  readonly setupAmount: string | null;
  readonly minimumAmount: string | null;
  readonly scale: number | null;
  readonly rounding: RoundingMode;
  readonly base: RateBase | null;
  readonly validFrom: number;
  readonly validTo: number;
}

export type IncomingRate = RateValues & IncomingRow;
export type LiveRate = RateValues & LiveRow;

/** What versions compare of a rate. */
export function rateRules(values: RateValues) {
  const { usageClass, usageClassType, match, validFrom, validTo, ...content } = values;
  const attributes = Object.entries(match).sort(([a], [b]) => (a < b ? -1 : 1));
  const shown = [usageClass, ...(usageClassType === null ? [] : [usageClassType])].join(' / ');
  const matched = attributes.map(([name, value]) => ` ${name}=${value}`).join('');
  return {
    group: JSON.stringify([usageClass, usageClassType, attributes]),
    content: JSON.stringify([
      content.unitPrice,
      content.per,
      content.increment,
      content.minimumQuantity,
      content.setupAmount,
      content.minimumAmount,
      content.scale,
      content.rounding,
      content.base && [content.base.amount, content.base.currency],
    ]),
    label: `${shown}${matched} at ${content.unitPrice}, ${validityLabel({ validFrom, validTo })}`,
  };
}
