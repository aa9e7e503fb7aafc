import { decimalProblem, toComputable, toDecimal } from './decimal.js';
import { toInstant } from './instant.js';
import { isStorableData, toJsonText } from './json-text.js';
import type { Rejection } from './outcome.js';
import { ExactNumber, type PipelineRecord, type Rating, type ResolvedIdentifier } from './record.js';
import type { UsageEntry } from './result.js';
import { fitsBytes, isStorable, MAX_TEXT_BYTES } from './text.js';
import { isTimeZone, type ZonePolicy } from './time-zone.js';

export const MAX_EXTENSIONS_BYTES = 8192;

const MAX_INT32 = 2 ** 31 - 1;
const CURRENCY = /^[A-Z]{3}$/;
const DECIMAL_LIMITS = 'decimals have at most 38 digits and 18 behind the point';

/** Checks a record as it leaves the pipeline. What comes out can be stored as it is. */
export function checkUsage(
  record: PipelineRecord,
  feed: ZonePolicy,
): { readonly entry: UsageEntry } | { readonly rejection: Rejection } {
  try {
    return { entry: toEntry(record, feed) };
  } catch (error) {
    if (error instanceof UsageProblem) return { rejection: error.rejection };
    throw error;
  }
}

class UsageProblem {
  readonly rejection: Rejection;

  constructor(code: 'missing_field' | 'invalid_value', field: string, message: string) {
    this.rejection = { code, message: `${field}: ${message}`, field };
  }
}

function toEntry({ fields }: PipelineRecord, feed: ZonePolicy): UsageEntry {
  return {
    date: toDate(fields.date, feed),
    timeZone: toTimeZone(fields.timeZone ?? feed.timeZone),
    identifierType: toText('identifierType', fields.identifierType),
    originatingIdentifier: toText('originatingIdentifier', fields.originatingIdentifier),
    terminatingIdentifier: toText('terminatingIdentifier', fields.terminatingIdentifier),
    usageIdentifier: toText('usageIdentifier', fields.usageIdentifier),
    value: toValue('value', fields.value),
    usageClass: toText('usageClass', fields.usageClass),
    usageClassType: toText('usageClassType', fields.usageClassType),
    inbound: toFlag('inbound', fields.inbound),
    reverseRating: toFlag('reverseRating', fields.reverseRating),
    primaryDataRow: toInt32('primaryDataRow', fields.primaryDataRow),
    extensions: toExtensions(fields.extensions),
    accountId: toText('accountId', fields.accountId),
    serviceId: toText('serviceId', fields.serviceId),
    resolvedIdentifier: toResolvedIdentifier(fields.resolvedIdentifier),
    rating: toRating('rating', fields.rating),
    cost: toRating('cost', fields.cost),
  };
}

function toDate(value: unknown, feed: ZonePolicy): string {
  if (value === undefined || value === null) {
    throw new UsageProblem('missing_field', 'date', 'usage needs a date, and no step has set one');
  }
  const instant = toInstant(value, feed);
  if ('date' in instant) return instant.date;
  throw new UsageProblem('invalid_value', 'date', instant.problem);
}

function toTimeZone(value: unknown): string {
  if (isTimeZone(value)) return value;
  throw new UsageProblem('invalid_value', 'timeZone', `${JSON.stringify(value)} is not a time zone`);
}

function toText(field: string, value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string') throw new UsageProblem('invalid_value', field, 'is not a text');
  if (!fitsBytes(value, MAX_TEXT_BYTES)) {
    throw new UsageProblem('invalid_value', field, `is longer than ${MAX_TEXT_BYTES} bytes`);
  }
  if (isStorable(value)) return value;
  throw new UsageProblem('invalid_value', field, 'holds a NUL or half of a surrogate pair');
}

function toValue(field: string, value: unknown): string {
  if (value === undefined || value === null) {
    throw new UsageProblem('missing_field', field, `usage needs a ${field}, and no step has set one`);
  }
  const decimal = toDecimal(value);
  if (decimal !== null) return decimal;
  throw new UsageProblem(
    'invalid_value',
    field,
    decimalProblem(value) === 'not_a_decimal' ? 'is not a decimal' : DECIMAL_LIMITS,
  );
}

function toFlag(field: string, value: unknown): boolean {
  if (value === undefined || value === null) return false;
  if (typeof value === 'boolean') return value;
  throw new UsageProblem('invalid_value', field, 'is not true or false');
}

function toInt32(field: string, value: unknown): number | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= MAX_INT32) return value + 0;
  throw new UsageProblem('invalid_value', field, `is not a whole number up to ${MAX_INT32}`);
}

function toExtensions(value: unknown): string {
  if (value === undefined || value === null) return '{}';
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new UsageProblem('invalid_value', 'extensions', 'is not an object');
  }
  const text = jsonOf(value);
  if (!fitsBytes(text, MAX_EXTENSIONS_BYTES)) {
    throw new UsageProblem(
      'invalid_value',
      'extensions',
      `are longer than ${MAX_EXTENSIONS_BYTES} bytes of JSON`,
    );
  }
  if (text.includes('\\u') && !isStorableData(value)) {
    throw new UsageProblem('invalid_value', 'extensions', 'hold a NUL or half of a surrogate pair');
  }
  if (!holdsStorableNumbers(value)) {
    throw new UsageProblem('invalid_value', 'extensions', 'hold a number that is out of range');
  }
  return text;
}

function jsonOf(extensions: object): string {
  try {
    return toJsonText(extensions);
  } catch {
    throw new UsageProblem('invalid_value', 'extensions', 'are no JSON');
  }
}

/** Whether the numbers are such as the database holds in JSON: `1e999999` is valid JSON and is none. */
function holdsStorableNumbers(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return true;
  if (value instanceof ExactNumber) return toComputable(value) !== null;
  for (const name of Object.keys(value)) {
    if (!holdsStorableNumbers((value as Record<string, unknown>)[name])) return false;
  }
  return true;
}

function toResolvedIdentifier(value: ResolvedIdentifier | undefined | null): ResolvedIdentifier | null {
  if (value === undefined || value === null) return null;
  return {
    field: requiredText('resolvedIdentifier.field', value.field),
    type: requiredText('resolvedIdentifier.type', value.type),
    value: requiredText('resolvedIdentifier.value', value.value),
    identifierId: requiredText('resolvedIdentifier.identifierId', value.identifierId),
  };
}

function toRating(field: 'rating' | 'cost', value: Rating | undefined | null): Rating | null {
  if (value === undefined || value === null) return null;
  if (value.source !== 'rated' && value.source !== 'given') {
    throw new UsageProblem('invalid_value', `${field}.source`, 'is not "rated" or "given"');
  }
  if (typeof value.currency !== 'string' || !CURRENCY.test(value.currency)) {
    throw new UsageProblem('invalid_value', `${field}.currency`, 'is not an ISO 4217 code such as USD');
  }
  return {
    source: value.source,
    plan: toText(`${field}.plan`, value.plan),
    rateId: toText(`${field}.rateId`, value.rateId),
    quantity: toValue(`${field}.quantity`, value.quantity),
    unitPrice:
      value.source === 'given' && value.unitPrice === null
        ? null
        : toValue(`${field}.unitPrice`, value.unitPrice),
    amount: toValue(`${field}.amount`, value.amount),
    currency: value.currency,
  };
}

function requiredText(field: string, value: unknown): string {
  const text = toText(field, value);
  if (text !== null) return text;
  throw new UsageProblem('invalid_value', field, 'is missing');
}
