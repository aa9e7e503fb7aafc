import { RecordError } from 'feedmill/pipeline';

/**
 * @param demanded undefined for any
 * @param what is in the currency, for the message
 * @throws RecordError `currency_mismatch`
 */
export function requireCurrency(
  currency: string,
  demanded: string | undefined,
  what: string,
  field?: string,
): void {
  if (demanded === undefined || currency === demanded) return;
  throw new RecordError('currency_mismatch', `${what} is in ${currency}, and must be in ${demanded}`, {
    ...(field !== undefined && { field }),
    details: { currency, demanded },
  });
}
