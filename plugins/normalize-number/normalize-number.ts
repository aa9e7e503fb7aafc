import { isSupportedCountry, type CountryCode } from 'libphonenumber-js/max';
import {
  ConfigError,
  RecordError,
  compileEach,
  fieldGetter,
  fieldSetter,
  isMissing,
  ok,
  shown,
  skip,
  toText,
  usageFieldKind,
  type FieldGetter,
  type FieldSetter,
  type Outcome,
  type PipelineRecord,
} from 'feedmill/pipeline';
import type { Config, NumberField, Otherwise } from './config.js';
import { numberReader } from './telephone-number.js';

interface CompiledField {
  readonly field: string;
  readonly from: string;
  readonly isOptional: boolean;
  readonly get: FieldGetter;
  readonly set: FieldSetter;
}

type CountryOf = (record: PipelineRecord) => CountryCode | undefined;

const INVALID = skip('invalid_number');
const SHORT = skip('short_code');

/** @throws ConfigError with every problem */
export function compileNumbers(config: Config): (record: PipelineRecord) => Outcome {
  const fields = compileEach(config.fields, (field, i) => compileField(field, `/fields/${i}`));
  const countryOf = compileCountry(config);
  const read = numberReader(config);
  const prefix = config.format === 'e164' ? '+' : '';

  return (record) => {
    const country = countryOf(record);
    for (const { field, from, isOptional, get, set } of fields) {
      const value = get(record);
      if (isMissing(value)) {
        if (isOptional) continue;
        throw new RecordError('missing_field', `${field}: the record has no "${from}"`, { field });
      }
      const written = toText(value);
      if (written === null) throw invalid(field, 'is not a text or a number');
      const result = read(written, country);
      if ('digits' in result) {
        set(record, prefix + result.digits);
        continue;
      }
      const isShort = 'isShortCode' in result;
      const otherwise: Otherwise = isShort ? config.shortCodes : config.invalid;
      if (otherwise === 'skip') return isShort ? SHORT : INVALID;
      if (otherwise === 'reject') {
        const why = isShort ? 'is a short code or service code, not a telephone number' : result.problem;
        throw invalid(field, `${shown(written)} ${why}`);
      }
      set(record, written);
    }
    return ok();
  };
}

function compileField({ field, from = field, optional }: NumberField, pointer: string): CompiledField {
  const kind = usageFieldKind(field);
  if (kind !== undefined && kind !== 'text') {
    throw configError(`${pointer}/field`, `"${field}" is a ${kind}, not a text`);
  }
  return {
    field,
    from,
    isOptional: optional,
    get: fieldGetter(from),
    set: fieldSetter(field, `${pointer}/field`),
  };
}

function compileCountry({ country, countryFrom }: Config): CountryOf {
  if (country !== undefined && !isSupportedCountry(country)) {
    throw configError('/country', `"${country}" is not a country such as US or GB`);
  }
  if (countryFrom === undefined) return () => country;
  const get = fieldGetter(countryFrom);
  return (record) => {
    const value = get(record);
    if (isMissing(value)) return country;
    const code = toText(value)?.trim().toUpperCase() ?? '';
    if (isSupportedCountry(code)) return code;
    throw invalid(countryFrom, `${shown(toText(value) ?? 'an object')} is not a country such as US or GB`);
  };
}

function invalid(field: string, message: string): RecordError {
  return new RecordError('invalid_value', `${field}: ${message}`, { field });
}

function configError(pointer: string, message: string): ConfigError {
  return new ConfigError([{ pointer, code: 'invalid_value', message }]);
}
