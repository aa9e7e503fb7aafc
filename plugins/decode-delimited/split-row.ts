import { RecordError } from 'feedmill/pipeline';

/** How a row is written. `quote` is one character, or empty where quotes mean nothing. */
export interface RowSyntax {
  readonly delimiter: string;
  readonly quote: string;
  /** Whether blanks around a field that is not quoted belong to it. */
  readonly trim: boolean;
}

const BYTE_ORDER_MARK = 0xfeff;

/**
 * The fields of one row by RFC 4180. A quoted field may hold delimiters, line breaks and doubled
 * quotes and is taken as it is; a quote inside an unquoted field is refused, not guessed at.
 * @throws RecordError `malformed_row`
 */
export function splitRow(raw: string, syntax: RowSyntax): string[] {
  const row = withoutFrame(raw);
  if (syntax.quote !== '' && row.includes(syntax.quote)) return scan(row, syntax);
  if (hasLineBreak(row)) throw severalLines(lineBreakAt(row));
  const fields = row.split(syntax.delimiter);
  if (syntax.trim) for (let i = 0; i < fields.length; i++) fields[i] = fields[i]!.trim();
  return fields;
}

/** Without a byte order mark before and one line end behind. */
function withoutFrame(raw: string): string {
  const start = raw.charCodeAt(0) === BYTE_ORDER_MARK ? 1 : 0;
  let end = raw.length;
  if (end > start && raw.charCodeAt(end - 1) === 10) end--;
  if (end > start && raw.charCodeAt(end - 1) === 13) end--;
  return start === 0 && end === raw.length ? raw : raw.slice(start, end);
}

function scan(row: string, { delimiter, quote, trim }: RowSyntax): string[] {
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    const start = trim ? afterBlanks(row, at, delimiter) : at;
    let end: number;
    if (row.startsWith(quote, start)) {
      const close = closingQuote(row, start, quote);
      fields.push(row.slice(start + 1, close).replaceAll(quote + quote, quote));
      end = trim ? afterBlanks(row, close + 1, delimiter) : close + 1;
      if (end < row.length && !row.startsWith(delimiter, end)) {
        throw malformed('text behind a closing quote', end);
      }
    } else {
      const next = row.indexOf(delimiter, at);
      end = next < 0 ? row.length : next;
      fields.push(unquoted(row.slice(at, end), at, quote, trim));
    }
    if (end === row.length) return fields;
    at = end + delimiter.length;
  }
}

function unquoted(field: string, at: number, quote: string, trim: boolean): string {
  const inside = field.indexOf(quote);
  if (inside >= 0) throw malformed('a quote inside a field that is not quoted', at + inside);
  if (hasLineBreak(field)) throw severalLines(at + lineBreakAt(field));
  return trim ? field.trim() : field;
}

function closingQuote(row: string, open: number, quote: string): number {
  let at = row.indexOf(quote, open + 1);
  while (at >= 0 && row.startsWith(quote, at + 1)) at = row.indexOf(quote, at + 2);
  if (at < 0) throw malformed('a quote that is never closed', open);
  return at;
}

/** Blanks and tabs, unless they are the delimiter. */
function afterBlanks(row: string, from: number, delimiter: string): number {
  let at = from;
  while (at < row.length && (row[at] === ' ' || row[at] === '\t') && row[at] !== delimiter) at++;
  return at;
}

function hasLineBreak(text: string): boolean {
  return text.includes('\n') || text.includes('\r');
}

function lineBreakAt(text: string): number {
  return text.search(/[\r\n]/);
}

function severalLines(position: number): RecordError {
  return malformed('a line break outside of quotes: one row is one line', position);
}

function malformed(what: string, position: number): RecordError {
  return new RecordError('malformed_row', `the row has ${what} (character ${position + 1})`, {
    details: { position: position + 1 },
  });
}
