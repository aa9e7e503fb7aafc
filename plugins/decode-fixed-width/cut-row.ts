import { RecordError } from 'feedmill/pipeline';
import type { Column, Config } from './config.js';

/** A column with its place in the row: characters from `from` up to `to`, counted from 0. */
export interface PlacedColumn {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly trim: Column['trim'];
  readonly padding: string;
}

const BYTE_ORDER_MARK = 0xfeff;
const HAS_SURROGATES = /[\ud800-\udfff]/;

/** Columns without a start begin where the one before them ends. */
export function placeColumns(columns: readonly Column[]): PlacedColumn[] {
  let next = 0;
  return columns.map(({ name, start, length, trim, padding }) => {
    const from = start === undefined ? next : start - 1;
    next = from + length;
    return { name, from, to: next, trim, padding };
  });
}

/** Compiles the cutting of a row into the texts of its columns, without their padding. */
export function rowCutter(
  columns: readonly PlacedColumn[],
  { shortRows, longRows }: Pick<Config, 'shortRows' | 'longRows'>,
): (raw: string) => string[] {
  const width = Math.max(...columns.map(({ to }) => to));
  return (raw) => {
    const row = withoutFrame(raw);
    const lineBreak = row.search(/[\r\n]/);
    if (lineBreak >= 0) {
      throw malformed(`has a line break (character ${lineBreak + 1}): one row is one line`, {
        position: lineBreak + 1,
      });
    }
    // A text can be cut by its own positions where each character is one of them.
    const characters = HAS_SURROGATES.test(row) ? [...row] : null;
    const length = characters?.length ?? row.length;
    if (length < width && shortRows === 'reject') throw wrongLength(width, length);
    if (length > width && longRows === 'reject') throw wrongLength(width, length);
    return columns.map((column) =>
      unpadded(
        characters?.slice(column.from, column.to).join('') ?? row.slice(column.from, column.to),
        column,
      ),
    );
  };
}

/** Without a byte order mark before and one line end behind. */
function withoutFrame(raw: string): string {
  const start = raw.charCodeAt(0) === BYTE_ORDER_MARK ? 1 : 0;
  return raw.slice(start).replace(/\r?\n$/, '');
}

/**
 * A column without its padding. One that is all blanks is empty whatever its padding is; of one that is all
 * zeros the last stays.
 */
function unpadded(text: string, { trim, padding }: PlacedColumn): string {
  if (trim === 'none') return text;
  if (padding !== ' ' && /^ *$/.test(text)) return '';
  let from = 0;
  let to = text.length;
  if (trim !== 'end') while (from < to && text.startsWith(padding, from)) from += padding.length;
  if (trim !== 'start') while (to > from && text.endsWith(padding, to)) to -= padding.length;
  return from === to && padding === '0' ? '0' : text.slice(from, to);
}

function wrongLength(expected: number, found: number): RecordError {
  return malformed(`has ${found} characters; the columns of the profile have ${expected}`, {
    expected,
    found,
  });
}

function malformed(what: string, details: Readonly<Record<string, number>>): RecordError {
  return new RecordError('malformed_row', `the row ${what}`, { details });
}
