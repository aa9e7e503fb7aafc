import {
  PendingBytes,
  type RecordSplitter,
  maxRecordBytes,
  newline,
  recordTooLarge,
  withoutCarriageReturn,
} from './splitter.js';

/** NDJSON: one record a line, LF or CRLF; blank lines are no records; the last line may lack its end. */
export class LineSplitter implements RecordSplitter {
  private readonly pending = new PendingBytes();
  private count = 0;

  push(chunk: Buffer): Buffer[] {
    const records: Buffer[] = [];
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      this.pending.add(chunk.subarray(start, end));
      this.finishLine(records);
      start = end + 1;
    }
    this.pending.add(chunk.subarray(start));
    if (this.pending.length > maxRecordBytes) throw recordTooLarge(this.count + 1);
    return records;
  }

  end(): Buffer[] {
    const records: Buffer[] = [];
    this.finishLine(records);
    return records;
  }

  private finishLine(records: Buffer[]): void {
    const line = withoutCarriageReturn(this.pending.take());
    if (line.every(isBlank)) return;
    records.push(line);
    this.count++;
  }
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x09;
}
