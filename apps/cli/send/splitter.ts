import { UsageError } from '../errors.js';

/** Cuts the bytes of a file into records, as they come; a record is a slice of the file, never rewritten. */
export interface RecordSplitter {
  /** The records that `chunk` completes. */
  push(chunk: Buffer): Buffer[];
  /**
   * The records that the end of the file completes.
   * @throws UsageError where the file ends inside a record
   */
  end(): Buffer[];
}

/** No request can carry a larger record (the server's default limit for a body), so none is waited for. */
export const maxRecordBytes = 8 * 1024 * 1024;

export const newline = 0x0a;
export const carriageReturn = 0x0d;

/** The bytes of one unfinished record, over as many chunks as it takes. */
export class PendingBytes {
  private parts: Buffer[] = [];
  length = 0;

  add(part: Buffer): void {
    if (part.length === 0) return;
    this.parts.push(part);
    this.length += part.length;
  }

  /** All bytes added since the last `take`. */
  take(): Buffer {
    const bytes = this.parts.length === 1 ? this.parts[0]! : Buffer.concat(this.parts);
    this.parts = [];
    this.length = 0;
    return bytes;
  }
}

/** `row` without the CR of a CRLF. */
export function withoutCarriageReturn(row: Buffer): Buffer {
  return row.at(-1) === carriageReturn ? row.subarray(0, -1) : row;
}

export function recordTooLarge(recordNumber: number): UsageError {
  return new UsageError(
    `record ${recordNumber} is larger than ${maxRecordBytes / 1024 / 1024} MiB, more than a request can carry`,
  );
}
