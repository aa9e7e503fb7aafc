import {
  PendingBytes,
  type RecordSplitter,
  maxRecordBytes,
  newline,
  recordTooLarge,
  withoutCarriageReturn,
} from './splitter.js';

export interface CsvSyntax {
  delimiter: string;
  /** Empty: fields are never quoted, every line is a row. */
  quote: string;
  /** The first row names the columns and is no record. */
  hasHeader: boolean;
}

type Place = 'fieldStart' | 'unquoted' | 'quoted' | 'quoteInQuoted';

/**
 * Delimited rows on RFC 4180 boundaries: a line end inside a quoted field belongs to the row. Rows end with LF or
 * CRLF, blank lines are no records, the last row may lack its end. A quote opens a field only at its start, so that
 * `5" pipe` is text. A quoted field that never ends costs its own line and no more: that line goes as a row by itself
 * (the server will call it malformed) and reading resumes behind it.
 */
export class CsvSplitter implements RecordSplitter {
  private readonly quote: number;
  private readonly delimiter: number;
  private readonly pending = new PendingBytes();
  private place: Place = 'fieldStart';
  private isHeaderDue: boolean;
  private count = 0;

  constructor(syntax: CsvSyntax) {
    this.quote = syntax.quote === '' ? -1 : syntax.quote.charCodeAt(0);
    // Of a delimiter of several bytes the last one is enough to know where a field starts.
    this.delimiter = Buffer.from(syntax.delimiter).at(-1) ?? -1;
    this.isHeaderDue = syntax.hasHeader;
  }

  push(chunk: Buffer): Buffer[] {
    const rows: Buffer[] = [];
    this.scan(chunk, rows);
    while (this.pending.length > maxRecordBytes) this.giveUpQuote(rows);
    return rows;
  }

  end(): Buffer[] {
    const rows: Buffer[] = [];
    while (this.place === 'quoted' && this.hasLineEnd()) this.giveUpQuote(rows);
    this.finishRow(rows);
    return rows;
  }

  private scan(chunk: Buffer, rows: Buffer[]): void {
    let start = 0;
    for (let at = 0; at < chunk.length; at++) {
      if (this.place === 'quoted') {
        at = chunk.indexOf(this.quote, at);
        if (at === -1) break;
        this.place = 'quoteInQuoted';
        continue;
      }
      const byte = chunk[at];
      if (byte === newline) {
        this.pending.add(chunk.subarray(start, at));
        this.finishRow(rows);
        start = at + 1;
      } else if (byte === this.quote && this.place !== 'unquoted') this.place = 'quoted';
      else this.place = byte === this.delimiter ? 'fieldStart' : 'unquoted';
    }
    this.pending.add(chunk.subarray(start));
  }

  private finishRow(rows: Buffer[]): void {
    const row = withoutCarriageReturn(this.pending.take());
    this.place = 'fieldStart';
    if (this.isBlank(row)) return;
    if (this.isHeaderDue) {
      this.isHeaderDue = false;
      return;
    }
    rows.push(row);
    this.count++;
  }

  /** Nothing but white space; a delimiter is none, even where it is a tab. */
  private isBlank(row: Buffer): boolean {
    return row.every((byte) => isWhiteSpace(byte) && byte !== this.delimiter);
  }

  private hasLineEnd(): boolean {
    const bytes = this.pending.take();
    this.pending.add(bytes);
    return bytes.includes(newline);
  }

  private giveUpQuote(rows: Buffer[]): void {
    const bytes = this.pending.take();
    const end = bytes.indexOf(newline);
    if (end === -1) throw recordTooLarge(this.count + 1);
    this.pending.add(bytes.subarray(0, end));
    this.finishRow(rows);
    this.scan(bytes.subarray(end + 1), rows);
  }
}

function isWhiteSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}
