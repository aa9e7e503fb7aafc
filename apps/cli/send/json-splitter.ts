import { UsageError } from '../errors.js';
import { JsonValueScanner, isWhitespace } from './json-value-scanner.js';
import { PendingBytes, type RecordSplitter, maxRecordBytes, recordTooLarge } from './splitter.js';

const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const comma = 0x2c;

/** `{"data":[`: the beginning of what may be the envelope. */
const envelopeStart = /^\s*\{\s*"data"\s*:\s*\[/;

/**
 * Where in the file the next byte is.
 * root: before the value; object: in an object that may yet turn out to be one record;
 * first, next, between: in the list, before its first element, before one that must come, behind one;
 * element: in an element; envelopeEnd: behind the envelope's list; done: behind the value.
 */
type Place = 'root' | 'object' | 'first' | 'next' | 'between' | 'element' | 'envelopeEnd' | 'done';

/**
 * The records of one JSON value: the elements of `[...]` or of `{"data":[...]}`, or the object itself. Elements are cut
 * out as text, so every digit of a number arrives as it was written. A file that begins like the envelope is decided
 * at its end, or when it has grown past what one record may be.
 */
export class JsonSplitter implements RecordSplitter {
  private readonly pending = new PendingBytes();
  private readonly scanner = new JsonValueScanner();
  private place: Place = 'root';
  private isEnvelope = false;
  private count = 0;

  push(chunk: Buffer): Buffer[] {
    const records: Buffer[] = [];
    this.read(chunk, records);
    if (this.pending.length > maxRecordBytes) this.readLongObject(records);
    return records;
  }

  end(): Buffer[] {
    if (this.place === 'root') return [];
    if (this.place !== 'done') throw new UsageError(`the JSON ends early, behind record ${this.count}`);
    return [];
  }

  private read(chunk: Buffer, records: Buffer[]): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.place === 'element' || this.place === 'object') at = this.readValue(chunk, at, records);
      else if (isWhitespace(chunk[at]!)) at++;
      else at = this.readBetween(chunk, at);
    }
  }

  /** Reads on in an element or in the root object; returns where it stopped. */
  private readValue(chunk: Buffer, from: number, records: Buffer[]): number {
    const end = this.scanner.scan(chunk, from);
    this.pending.add(chunk.subarray(from, end === -1 ? undefined : end));
    if (end === -1) return chunk.length;
    if (this.place === 'element') {
      this.place = 'between';
      this.emit(this.pending.take(), records);
    } else {
      this.place = 'done';
      this.readWholeObject(this.pending.take(), records);
    }
    return end;
  }

  /** One byte of structure; returns where to read on. */
  private readBetween(chunk: Buffer, at: number): number {
    const byte = chunk[at]!;
    switch (this.place) {
      case 'root':
        if (byte !== openBracket && byte !== openBrace)
          throw this.notJson('it is neither a list nor an object');
        this.place = byte === openBracket ? 'first' : 'object';
        if (byte === openBrace) this.scanner.begin();
        return byte === openBracket ? at + 1 : at;
      case 'between':
        if (byte !== comma && byte !== closeBracket) throw this.notJson('a comma is missing');
        this.place = byte === comma ? 'next' : this.listEnd();
        return at + 1;
      case 'envelopeEnd':
        if (byte !== closeBrace)
          throw this.notJson('"data" is followed by other members, in a file too large for one record');
        this.place = 'done';
        return at + 1;
      case 'done':
        throw this.notJson('a second value follows the first; for one record a line use --format ndjson');
      default:
        return this.beginElement(byte, at);
    }
  }

  private beginElement(byte: number, at: number): number {
    if (byte === closeBracket && this.place === 'first') {
      this.place = this.listEnd();
      return at + 1;
    }
    if (byte === comma || byte === closeBracket || byte === closeBrace)
      throw this.notJson('an element is missing');
    this.place = 'element';
    this.scanner.begin();
    return at;
  }

  private listEnd(): Place {
    return this.isEnvelope ? 'envelopeEnd' : 'done';
  }

  private readWholeObject(object: Buffer, records: Buffer[]): void {
    const elements = isEnvelope(object) ? elementsOf(object) : null;
    for (const record of elements ?? [object]) this.emit(record, records);
  }

  /** More bytes are pending than a record may have: only the envelope can go on. */
  private readLongObject(records: Buffer[]): void {
    const bytes = this.pending.take();
    const start = this.place === 'object' ? envelopeListStart(bytes) : -1;
    if (start === -1) throw recordTooLarge(this.count + 1);
    this.isEnvelope = true;
    this.place = 'first';
    this.read(bytes.subarray(start), records);
    if (this.pending.length > maxRecordBytes) throw recordTooLarge(this.count + 1);
  }

  private emit(record: Buffer, records: Buffer[]): void {
    records.push(record);
    this.count++;
  }

  private notJson(problem: string): UsageError {
    return new UsageError(`not the JSON of records, behind record ${this.count}: ${problem}`);
  }
}

/** Where the elements of an envelope begin, -1 where the object does not begin like one. */
function envelopeListStart(object: Buffer): number {
  // Longer than any sensible white space before the list; latin1 keeps one character a byte.
  return envelopeStart.exec(object.toString('latin1', 0, 4096))?.[0].length ?? -1;
}

/** Whether `data` is the object's only member and a list; an object that only begins so is a record itself. */
function isEnvelope(object: Buffer): boolean {
  const start = envelopeListStart(object);
  if (start === -1) return false;
  const scanner = new JsonValueScanner();
  scanner.begin();
  const end = scanner.scan(object, start - 1);
  return end !== -1 && /^\s*\}$/.test(object.toString('latin1', end));
}

function elementsOf(envelope: Buffer): Buffer[] {
  const list = new JsonSplitter();
  const end = envelope.lastIndexOf(closeBracket);
  return list.push(envelope.subarray(envelopeListStart(envelope) - 1, end + 1));
}
