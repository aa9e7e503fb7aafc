import {
  fieldGetter,
  fieldReader,
  isMissing,
  RecordError,
  toText,
  type PipelineRecord,
  type ZonePolicy,
} from 'feedmill/pipeline';

/** Where a record has an amount and its currency, by name or by path. */
export interface AmountFields {
  readonly amount: string;
  readonly currency: string | null;
}

/** An amount that a record brings. */
export interface Amount {
  /** Canonical decimal text. */
  readonly amount: string;
  /** ISO 4217; null where no field says it. */
  readonly currency: string | null;
}

export interface AmountReader {
  readonly isThere: (record: PipelineRecord) => boolean;
  /** @throws RecordError `missing_field`, `invalid_value` */
  readonly read: (record: PipelineRecord, policy: ZonePolicy) => Amount;
}

const CURRENCY = /^[A-Z]{3}$/;
const MAX_SHOWN = 50;

export function amountReader(fields: AmountFields): AmountReader {
  const amountOf = fieldGetter(fields.amount);
  const toAmount = fieldReader(fields.amount, { as: 'decimal' }, '');
  const currencyOf = fields.currency === null ? null : currencyReader(fields.currency);
  return {
    isThere: (record) => !isMissing(amountOf(record)),
    read(record, policy) {
      const sent = amountOf(record);
      if (isMissing(sent)) throw missing(fields.amount, 'amount');
      return { amount: String(toAmount(sent, policy)), currency: currencyOf?.(record) ?? null };
    },
  };
}

function currencyReader(path: string): (record: PipelineRecord) => string {
  const get = fieldGetter(path);
  return (record) => {
    const sent = get(record);
    if (isMissing(sent)) throw missing(path, 'currency of its amount');
    const text = toText(sent) ?? 'an object or a list';
    if (CURRENCY.test(text)) return text;
    const message = `${path}: ${JSON.stringify(text.slice(0, MAX_SHOWN))} is not a currency such as USD`;
    throw new RecordError('invalid_value', message, { field: path });
  };
}

function missing(field: string, what: string): RecordError {
  return new RecordError('missing_field', `${field}: the record has no ${what}`, { field });
}
