import { parsePhoneNumberFromString, type CountryCode } from 'libphonenumber-js/max';
import type { Config } from './config.js';

/** A number as written, read: its E.164 digits, a short code, or why it is no number. */
export type ReadNumber =
  { readonly digits: string } | { readonly isShortCode: true } | { readonly problem: string };

export type NumberSettings = Pick<Config, 'internationalPrefixes' | 'digits' | 'check' | 'shortCodeDigits'>;

/** Characters of a number with all its blanks, brackets and dashes. */
const MAX_WRITTEN_LENGTH = 64;
const SHORT_CODE: ReadNumber = { isShortCode: true };
/** What may stand between digits; not what begins a number. */
const PUNCTUATION = /[\s().\-/]/g;

/**
 * Compiles the reading of numbers.
 * @param country of numbers that name none; undefined where there is no such country
 */
export function numberReader(
  settings: NumberSettings,
): (written: string, country: CountryCode | undefined) => ReadNumber {
  const prefixes = [...settings.internationalPrefixes].sort((a, b) => b.length - a.length);
  return (written, country) => {
    const text = written.trim();
    if (text.length > MAX_WRITTEN_LENGTH)
      return { problem: `is longer than ${MAX_WRITTEN_LENGTH} characters` };
    const compact = text.replace(PUNCTUATION, '');
    if (isShortCode(compact, settings.shortCodeDigits)) return SHORT_CODE;
    return read(toInternational(text, compact, prefixes, settings.digits), country, settings.check);
  };
}

function isShortCode(compact: string, maxDigits: number): boolean {
  if (/[*#]/.test(compact)) return /^[\p{Nd}*#]+$/u.test(compact);
  return maxDigits > 0 && /^\p{Nd}+$/u.test(compact) && [...compact].length <= maxDigits;
}

/** With `+` in front where the number is an international one without it, else as written. */
function toInternational(
  text: string,
  compact: string,
  prefixes: readonly string[],
  digits: Config['digits'],
): string {
  if (compact.startsWith('+')) return text;
  const prefix = prefixes.find((p) => compact.startsWith(p));
  if (prefix !== undefined) return `+${compact.slice(prefix.length)}`;
  return digits === 'international' ? `+${compact}` : text;
}

function read(text: string, country: CountryCode | undefined, check: Config['check']): ReadNumber {
  const number = parsePhoneNumberFromString(text, {
    extract: false,
    ...(country !== undefined && { defaultCountry: country }),
  });
  if (!number) {
    const isNational = country === undefined && !text.startsWith('+');
    return {
      problem: isNational ? 'names no country, and there is no default one' : 'is not a telephone number',
    };
  }
  if (number.ext !== undefined) return { problem: 'has an extension, which E.164 has not' };
  const isAccepted = check === 'valid' ? number.isValid() : number.isPossible();
  if (isAccepted) return { digits: number.number.slice(1) };
  const place = number.country ?? `+${number.countryCallingCode}`;
  return {
    problem: number.isPossible()
      ? `is in no assigned range of ${place}`
      : `is not as long as numbers of ${place}`,
  };
}
