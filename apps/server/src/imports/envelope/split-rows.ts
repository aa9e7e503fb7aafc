import type { RowSyntax } from './content-type.js';

/**
 * The rows of delimited text (RFC 4180), one after the other: a line end inside a quoted field
 * belongs to its row. Rows end with LF or CRLF, blank lines are no rows, the last row may lack its
 * end. A quote opens a field only at its start, so that `5" pipe` is text. A quoted field that never
 * ends costs its own line and no more: the line is a row by itself and reading goes on behind it.
 */
export function* splitRows(text: string, { delimiter, quote, header }: RowSyntax): Generator<string> {
  let isHeaderDue = header;
  let nextQuote = quote === '' ? -1 : text.indexOf(quote);
  for (let start = 0; start < text.length;) {
    let end = endOfLine(text, start);
    if (nextQuote >= 0 && nextQuote < start) nextQuote = text.indexOf(quote, start);
    if (nextQuote >= 0 && nextQuote < end) end = endOfRow(text, start, delimiter, quote) ?? end;
    const row = text.slice(start, text[end - 1] === '\r' && end > start ? end - 1 : end);
    start = end + 1;
    if (isBlank(row, delimiter)) continue;
    if (isHeaderDue) isHeaderDue = false;
    else yield row;
  }
}

function endOfLine(text: string, start: number): number {
  const end = text.indexOf('\n', start);
  return end < 0 ? text.length : end;
}

/** Where the row that begins at `start` ends; null where a quoted field of it never does. */
function endOfRow(text: string, start: number, delimiter: string, quote: string): number | null {
  let isFieldStart = true;
  for (let at = start; at < text.length;) {
    if (isFieldStart && text.startsWith(quote, at)) {
      const behind = behindQuoted(text, at + quote.length, quote);
      if (behind === null) return null;
      at = behind;
      isFieldStart = false;
    } else if (text.startsWith(delimiter, at)) {
      at += delimiter.length;
      isFieldStart = true;
    } else if (text[at] === '\n') {
      return at;
    } else {
      at++;
      isFieldStart = false;
    }
  }
  return text.length;
}

/** The place behind the quote that ends a quoted field; a doubled quote is part of the field. */
function behindQuoted(text: string, from: number, quote: string): number | null {
  for (let at = from; ;) {
    const end = text.indexOf(quote, at);
    if (end < 0) return null;
    if (!text.startsWith(quote, end + quote.length)) return end + quote.length;
    at = end + 2 * quote.length;
  }
}

/** Nothing but white space; a delimiter is no white space, even where it is a tab. */
function isBlank(row: string, delimiter: string): boolean {
  return row === '' || (row.trim() === '' && !row.includes(delimiter));
}
