import { decimalProblem, fitDecimal, toDecimal, type DecimalProblem } from './decimal.js';
import { ConfigError, RecordError } from './errors.js';
import { shown, type Instant } from './instant.js';
import { isTimeZone, type ZonePolicy } from './time-zone.js';
import { timestampReader } from './timestamp-format.js';

/** What a field's values are. */
export type FieldKind = 'text' | 'decimal' | 'integer' | 'boolean' | 'timestamp';

/** How a value is read into a field. */
export interface FieldFormat {
  readonly as: FieldKind;
  /** Timestamps: formats tried in turn (see `timestampReader`); `iso` where absent. */
  readonly formats?: readonly string[];
  /** Timestamps without an offset: their IANA zone, in place of the feed's. */
  readonly timeZone?: string;
  /** Booleans: words for true and false in any case, in place of true/1/yes and false/0/no. */
  readonly trueValues?: readonly string[];
  readonly falseValues?: readonly string[];
  /** Decimals: a computed value may be rounded to 18 digits behind the point; a sent one never is. */
  readonly isComputed?: boolean;
}

/**
 * Reads a value that is not missing. The zone policy is the feed's.
 * @throws RecordError `invalid_value`, which names the field, what was found and what is accepted
 */
export type FieldReader = (value: unknown, policy: ZonePolicy) => string | number | boolean;

const USAGE_FIELD_KINDS: Readonly<Record<string, FieldKind>> = {
  date: 'timestamp',
  timeZone: 'text',
  identifierType: 'text',
  originatingIdentifier: 'text',
  terminatingIdentifier: 'text',
  usageIdentifier: 'text',
  value: 'decimal',
  usageClass: 'text',
  usageClassType: 'text',
  inbound: 'boolean',
  reverseRating: 'boolean',
  primaryDataRow: 'integer',
  accountId: 'text',
  serviceId: 'text',
};
const TRUE_WORDS = ['true', '1', 'yes'];
const FALSE_WORDS = ['false', '0', 'no'];
const DECIMAL_PROBLEMS: Readonly<Record<DecimalProblem, string>> = {
  not_a_decimal: 'is not a decimal like 1250 or -0.75',
  too_many_digits: 'has more than 38 digits',
  too_many_decimals: 'has more than 18 digits behind the point',
};

/** The kind of a usage field; undefined for names that are none (extensions, fields of the source). */
export function usageFieldKind(field: string): FieldKind | undefined {
  return Object.hasOwn(USAGE_FIELD_KINDS, field) ? USAGE_FIELD_KINDS[field] : undefined;
}

/** Whether there is nothing to read: absent, null, or a text that is empty or blank. */
export function isMissing(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'string' && value.trim() === '');
}

/** A text, number or boolean as text; numbers by value (`1250.0` is `1250`). Null for all else. */
export function toText(value: unknown): string | null {
  if (typeof value === 'string') return value;
  return typeof value === 'boolean' ? String(value) : toDecimal(value);
}

/**
 * Compiles a format for a field.
 * @param field as messages name it
 * @param pointer place of the format's members in the config
 * @throws ConfigError for a format that cannot be
 */
export function fieldReader(field: string, format: FieldFormat, pointer: string): FieldReader {
  switch (format.as) {
    case 'text':
      return textReader(field);
    case 'decimal':
      return decimalReader(field, format.isComputed === true);
    case 'integer':
      return integerReader(field);
    case 'boolean':
      return booleanReader(
        field,
        format.trueValues ?? TRUE_WORDS,
        format.falseValues ?? FALSE_WORDS,
        pointer,
      );
    case 'timestamp':
      return momentReader(field, format, pointer);
  }
}

function textReader(field: string): FieldReader {
  return (value) => {
    const text = typeof value === 'string' ? value : toText(value);
    if (text === null) throw invalid(field, `${shown(value)} is not a text, a number or a boolean`);
    return text;
  };
}

function decimalReader(field: string, isComputed: boolean): FieldReader {
  const read = isComputed ? fitDecimal : toDecimal;
  return (value) => {
    const decimal = read(value);
    if (decimal === null) throw invalid(field, `${shown(value)} ${whyNoDecimal(value)}`);
    return decimal;
  };
}

function integerReader(field: string): FieldReader {
  return (value) => {
    const number = Number(toDecimal(value) ?? NaN);
    if (!Number.isSafeInteger(number)) {
      throw invalid(field, `${shown(value)} is not a whole number like 12`);
    }
    return number;
  };
}

function booleanReader(
  field: string,
  trueValues: readonly string[],
  falseValues: readonly string[],
  pointer: string,
): FieldReader {
  const words = new Map<string, boolean>();
  for (const word of trueValues) words.set(word.toLowerCase(), true);
  for (const word of falseValues) {
    if (words.has(word.toLowerCase()))
      throw configError(pointer, 'falseValues', `"${word}" means true as well`);
    words.set(word.toLowerCase(), false);
  }
  const accepted = [...words.keys()].join(', ');
  return (value) => {
    if (typeof value === 'boolean') return value;
    const found = words.get(toText(value)?.toLowerCase() ?? '');
    if (found === undefined) throw invalid(field, `${shown(value)} is not a boolean (${accepted})`);
    return found;
  };
}

function momentReader(field: string, format: FieldFormat, pointer: string): FieldReader {
  const { timeZone, formats = ['iso'] } = format;
  if (timeZone !== undefined && !isTimeZone(timeZone)) {
    throw configError(pointer, 'timeZone', `"${timeZone}" is not a time zone such as Europe/Berlin`);
  }
  const readers = formats.map((text, i) => {
    try {
      return timestampReader(text);
    } catch (error) {
      throw configError(pointer, `formats/${i}`, (error as Error).message);
    }
  });
  const accepted = formats.map((text) => (text === 'iso' ? '2026-10-26T12:00:00Z' : text)).join(' or ');
  return (value, policy) => {
    const zone = timeZone === undefined ? policy : { ...policy, timeZone };
    let problem: string | undefined;
    for (const read of readers) {
      const result: Instant | { problem: string } | null = read(value, zone);
      if (result === null) continue;
      if ('date' in result) return result.date;
      problem = result.problem;
    }
    throw invalid(field, problem ?? `${shown(value)} is not a timestamp like ${accepted}`);
  };
}

function whyNoDecimal(value: unknown): string {
  return DECIMAL_PROBLEMS[decimalProblem(value) ?? 'not_a_decimal'];
}

function invalid(field: string, message: string): RecordError {
  return new RecordError('invalid_value', `${field}: ${message}`, { field });
}

function configError(pointer: string, member: string, message: string): ConfigError {
  return new ConfigError([{ pointer: `${pointer}/${member}`, code: 'invalid_value', message }]);
}
