import {
  ConfigError,
  PipelineRecord,
  RecordError,
  compileEach,
  fieldGetter,
  fieldReader,
  fieldSetter,
  isMissing,
  toDecimal,
  usageFieldKind,
  type ZonePolicy,
} from 'feedmill/pipeline';
import { sharesOf } from './shares.js';

/** Gives each part its share of the whole's fields. */
export type Sharing = (
  whole: PipelineRecord,
  parts: readonly PipelineRecord[],
  weights: readonly bigint[],
  policy: ZonePolicy,
) => void;

/** @throws ConfigError for fields that are no decimals */
export function compileSharing(fields: readonly string[], scale: number): Sharing {
  const compiled = compileEach(fields, (field, i) => {
    const pointer = `/share/${i}`;
    const kind = usageFieldKind(field) ?? 'decimal';
    if (kind !== 'decimal') {
      throw new ConfigError([
        { pointer, code: 'invalid_value', message: `"${field}" is a ${kind}, not a decimal` },
      ]);
    }
    const read = fieldReader(field, { as: 'decimal' }, pointer);
    return { field, get: fieldGetter(field), set: fieldSetter(field, pointer), read };
  });
  return (whole, parts, weights, policy) => {
    for (const { field, get, set, read } of compiled) {
      const value = get(whole);
      if (isMissing(value)) {
        throw new RecordError('missing_field', `${field}: the record has none to share`, { field });
      }
      sharesOf(String(read(value, policy)), weights, scale).forEach((share, i) => {
        if (toDecimal(share) === null) {
          throw invalid(field, `a share of ${String(value)} has more than 38 digits`);
        }
        set(parts[i]!, share);
      });
    }
  };
}

/** A part of a record, with fields of its own that begin as those of the whole. */
export function partOf({ index, source, fields }: PipelineRecord, part: number): PipelineRecord {
  return new PipelineRecord(index, part, source, { ...fields });
}

/** @throws RecordError where one of several parts would count the value of the whole once more */
export function requireOwnValues(
  whole: PipelineRecord,
  parts: readonly PipelineRecord[],
  hasOwn: (part: PipelineRecord) => boolean,
): void {
  if (parts.length < 2 || whole.fields.value === undefined || parts.every(hasOwn)) return;
  throw invalid(
    'value',
    'is neither shared nor set for every part, and each of the others would count it again',
  );
}

export function invalid(field: string, message: string): RecordError {
  return new RecordError('invalid_value', `${field}: ${message}`, { field });
}
