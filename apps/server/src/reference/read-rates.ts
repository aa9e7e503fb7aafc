import type { RateBase, RoundingMode } from 'feedmill/pipeline';
import type { ProblemDetail } from '../common/index.js';
import { type IncomingRate, type RateValues, rateRules } from './rate.js';
import { RowReader } from './row-reader.js';
import type { WrittenRow } from './written-rows.js';

const ROUNDINGS: readonly RoundingMode[] = ['halfUp', 'halfEven', 'up', 'down'];
const MAX_CLASS_BYTES = 200;
const MAX_FIELD_BYTES = 200;

/** Members of a rate, and columns of a CSV beside `match.<attribute>`, `base.amount` and `base.currency`. */
export const RATE_MEMBERS = [
  'usageClass',
  'usageClassType',
  'match',
  'unitPrice',
  'per',
  'increment',
  'minimumQuantity',
  'setupAmount',
  'minimumAmount',
  'scale',
  'rounding',
  'base',
  'validFrom',
  'validTo',
] as const;

/** Reads rates as they were written. */
export function readRates(
  rows: readonly WrittenRow[],
  timeZone: string,
  problems: ProblemDetail[],
): IncomingRate[] {
  return rows.map(({ members, pointer }) => {
    const row = new RowReader(members, pointer, problems, timeZone);
    row.refuseOthers(RATE_MEMBERS);
    const values: RateValues = {
      usageClass: row.text('usageClass', MAX_CLASS_BYTES),
      usageClassType: row.optionalText('usageClassType', MAX_CLASS_BYTES),
      match: row.texts('match'),
      unitPrice: row.decimal('unitPrice'),
      per: row.optionalDecimal('per', 'positive') ?? '1',
      increment: row.optionalDecimal('increment', 'positive'),
      minimumQuantity: row.optionalDecimal('minimumQuantity', 'zero'),
      setupAmount: row.optionalDecimal('setupAmount'),
      minimumAmount: row.optionalDecimal('minimumAmount', 'zero'),
      scale: row.optionalInteger('scale', 0, 18),
      rounding: row.oneOf('rounding', ROUNDINGS, 'halfUp'),
      base: readBase(row.object('base')),
      ...row.validity(),
    };
    return { ...values, ...rateRules(values), pointer };
  });
}

function readBase(base: RowReader | null): RateBase | null {
  if (!base) return null;
  base.refuseOthers(['amount', 'currency']);
  return {
    amount: base.text('amount', MAX_FIELD_BYTES),
    currency: base.optionalText('currency', MAX_FIELD_BYTES),
  };
}
