import { ExactNumber } from 'feedmill/pipeline';
import { parse } from 'lossless-json';

/** More significant digits than this and a double may not keep them all. */
const DOUBLE_DIGITS = 15;

/** Whether the text of a JSON number has to be kept: more than 15 significant digits, or an exponent. */
export function isExactNumber(text: string): boolean {
  if (/[eE]/.test(text)) return true;
  const digits = text.replace(/[-.]/g, '').replace(/^0+/, '');
  return digits.length > DOUBLE_DIGITS;
}

/**
 * As `JSON.parse` (the last of two equal keys wins, `__proto__` is a key as any other), but numbers
 * that a double cannot hold become `ExactNumber`s. Ten times slower: only for texts that have such.
 */
export function parseExactJson(text: string): unknown {
  return parse(text, undefined, {
    parseNumber: (number) => (isExactNumber(number) ? new ExactNumber(number) : Number(number)),
    onDuplicateKey: ({ newValue }) => newValue,
  });
}
