const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;

/** Finds where one JSON value ends, over any number of chunks. Looks at brackets and strings only: whether what is
 * between them is JSON, the server decides. */
export class JsonValueScanner {
  private depth = 0;
  private isInString = false;
  private isEscaped = false;

  /** Forgets the value before; the next byte scanned is the first of a new one. */
  begin(): void {
    this.depth = 0;
    this.isInString = false;
    this.isEscaped = false;
  }

  /** The offset just behind the value, or -1 where it goes on in the next chunk. */
  scan(chunk: Buffer, from: number): number {
    for (let at = from; at < chunk.length; at++) {
      const byte = chunk[at]!;
      if (this.isInString) {
        if (this.isEscaped) this.isEscaped = false;
        else if (byte === backslash) this.isEscaped = true;
        else if (byte === quote) {
          this.isInString = false;
          if (this.depth === 0) return at + 1;
        }
      } else if (byte === quote) this.isInString = true;
      else if (byte === 0x7b || byte === 0x5b) this.depth++;
      else if (byte === 0x7d || byte === 0x5d) {
        if (this.depth === 0) return at;
        if (--this.depth === 0) return at + 1;
      } else if (this.depth === 0 && (byte === comma || isWhitespace(byte))) return at;
    }
    return -1;
  }
}

/** JSON's white space. */
export function isWhitespace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
