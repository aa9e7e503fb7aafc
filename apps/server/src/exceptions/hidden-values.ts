import { ExactNumber, TOO_LONG, toDecimal } from 'feedmill/pipeline';
import { parseKeepingNumbers } from '../imports/index.js';
import { isShownField } from './masked-exception.js';

/** What an exception is about, and its message may repeat. JSON texts; null where there is none. */
export interface Subject {
  /** What was sent, and what it was changed to. */
  readonly raws: readonly (string | null)[];
  /** The record as far as it came. */
  readonly records: readonly (string | null)[];
  /** Plain texts that stand for somebody: usage keys, what a look-up missed. */
  readonly known: readonly (string | null)[];
}

/** What a viewer does not see of a record, and so not in a message about it either. */
export interface HiddenValues {
  /** Without blanks around them, none twice. */
  readonly texts: readonly string[];
  /** Rows: their columns are known to the profile only, which may cut them out of the midst of a word. */
  readonly rows: readonly string[];
}

/** Characters of what was sent that a message is compared with: in a list, thousand messages are. */
const MAX_COMPARED_LENGTH = 64 * 1024;
/** Shorter words of a text are those of any language. */
const MIN_WORD_LENGTH = 4;
const WORDS = /[^\s,;|]+/g;
const CELL_SEPARATORS = /[\t,;|^~#"]+/;
const ALPHANUMERIC = /[\p{L}\p{M}\p{N}]+/gu;
const LETTERS_OR_DIGITS = /[\p{L}\p{M}]+|\p{N}+/gu;
/** Punctuation alone is nobody's. */
const NAMING = /[\p{L}\p{N}]/u;

/**
 * Null where it is not known what was sent, or how far it came, or it is too long to be looked through: then nothing in a
 * message is known to be harmless.
 */
export function hiddenValues({ raws, records, known }: Subject): HiddenValues | null {
  const texts = raws.filter(isText);
  const came = records.filter(isText);
  if (texts.length === 0 || came.includes(TOO_LONG)) return null;
  if (texts.some(({ length }) => length > MAX_COMPARED_LENGTH)) return null;
  const sent = texts.map(parseKeepingNumbers);
  const rows = sent.filter((raw) => typeof raw === 'string');
  const whole = [...sent, ...came.flatMap(maskedFields)]
    .flatMap(leavesOf)
    .concat(rows.flatMap(cellsOf), known.filter(isText))
    .map((text) => text.trim());
  const values = new Set([...whole, ...whole.flatMap(wordsOf)]);
  return { texts: [...values].filter((text) => NAMING.test(text)), rows };
}

const isText = (text: string | null) => text !== null;

function maskedFields(record: string): unknown[] {
  const fields = Object.entries(parseKeepingNumbers(record) as object);
  return fields.flatMap(([name, value]: [string, unknown]) => (isShownField(name) ? [] : [value]));
}

/** The texts and numbers of JSON data. Numbers are without their sign, as they were written and as expressions see them. */
function leavesOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value === 'number' || value instanceof ExactNumber) {
    return [String(value), toDecimal(value) ?? ''].map((text) => text.replace(/^-/, ''));
  }
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(leavesOf) : [];
}

/** What may be the columns of a row, whatever separates them. */
const cellsOf = (row: string): string[] => [
  ...row.split(CELL_SEPARATORS),
  ...(row.match(ALPHANUMERIC) ?? []),
  ...(row.match(LETTERS_OR_DIGITS) ?? []),
];

function wordsOf(text: string): string[] {
  const words = text.match(WORDS) ?? [];
  return words.length > 1 ? words.filter((word) => word.length >= MIN_WORD_LENGTH) : [];
}
