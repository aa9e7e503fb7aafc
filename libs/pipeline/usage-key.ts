import { decimalProblem, toComputable, toDecimal } from './decimal.js';
import { didYouMean } from './did-you-mean.js';
import { toInstant } from './instant.js';
import type { Rejection } from './outcome.js';
import { EVENT_FIELD, ExactNumber, type DecodedRecord } from './record.js';
import { fitsBytes, isBlank, isStorable } from './text.js';
import type { ZonePolicy } from './time-zone.js';

/** A decoded field of a feed's usage key, and how it is compared: exactly, by instant, or by value. */
export interface UsageKeyField {
  readonly field: string;
  readonly as: 'text' | 'timestamp' | 'decimal';
}

export const MAX_USAGE_KEY_BYTES = 512;

export type UsageKey = { readonly key: string } | { readonly rejection: Rejection };

/**
 * The usage key of a decoded record. Several fields are joined by `|`, with `|` and `\` in them
 * escaped by `\`; one field alone is the key as it is.
 */
export function usageKeyOf(
  source: DecodedRecord,
  fields: readonly UsageKeyField[],
  feed: ZonePolicy,
): UsageKey {
  const parts: string[] = [];
  for (const field of fields) {
    const part = keyPart(source, field, feed);
    if (typeof part !== 'string') return { rejection: part };
    parts.push(part);
  }
  const key = parts.length === 1 ? parts[0]! : parts.map(escaped).join('|');
  if (fitsBytes(key, MAX_USAGE_KEY_BYTES)) return { key };
  return {
    rejection: {
      code: 'invalid_value',
      message: `the usage key is longer than ${MAX_USAGE_KEY_BYTES} bytes`,
      field: fields[0]!.field,
    },
  };
}

/**
 * Fields of a usage key that no record of a profile can have, each with its place in the key.
 * @param decoded the fields that the profile's decode step gives; null: any
 */
export function unknownKeyFields(
  fields: readonly UsageKeyField[],
  decoded: readonly string[] | null,
): { readonly place: number; readonly message: string }[] {
  if (decoded === null) return [];
  const known = new Set([...decoded, EVENT_FIELD]);
  return fields.flatMap(({ field }, place) =>
    known.has(field) || known.has(field.split('.')[0]!)
      ? []
      : [{ place, message: `the profile decodes no "${field}"${didYouMean(field, decoded)}` }],
  );
}

function keyPart(source: DecodedRecord, { field, as }: UsageKeyField, feed: ZonePolicy): string | Rejection {
  const value = valueOf(source, field);
  if (value === undefined || value === null || (typeof value === 'string' && isBlank(value))) {
    return {
      code: 'usage_key_missing',
      message: `the usage key needs "${field}", which is missing or blank`,
      field,
    };
  }
  if (typeof value === 'object' && !(value instanceof ExactNumber)) {
    return invalid(field, 'is a list or an object');
  }
  switch (as) {
    case 'text':
      return textPart(value, field);
    case 'timestamp': {
      const instant = toInstant(value, feed);
      return 'date' in instant ? instant.date : invalid(field, `is no time: ${instant.problem}`);
    }
    case 'decimal':
      return (
        toDecimal(value) ?? invalid(field, `is ${DECIMAL_PROBLEMS[decimalProblem(value) ?? 'not_a_decimal']}`)
      );
  }
}

const DECIMAL_PROBLEMS = {
  not_a_decimal: 'not a decimal',
  too_many_digits: 'a decimal of more than 38 digits',
  too_many_decimals: 'a decimal of more than 18 digits behind the point',
};

function textPart(value: unknown, field: string): string | Rejection {
  if (typeof value === 'string') {
    return isStorable(value) ? value : invalid(field, 'holds a NUL or half of a surrogate pair');
  }
  return typeof value === 'boolean' ? String(value) : (toComputable(value) ?? String(value));
}

/** A field by its name, else by its path into objects (`Extensions.region`). */
function valueOf(source: DecodedRecord, field: string): unknown {
  if (Object.hasOwn(source, field)) return source[field];
  let value: unknown = source;
  for (const name of field.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

function escaped(part: string): string {
  return part.includes('|') || part.includes('\\') ? part.replace(/[\\|]/g, '\\$&') : part;
}

function invalid(field: string, what: string): Rejection {
  return { code: 'invalid_value', message: `"${field}" of the usage key ${what}`, field };
}
