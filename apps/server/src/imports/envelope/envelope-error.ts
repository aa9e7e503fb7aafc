export type EnvelopeErrorCode = 'malformed_body' | 'wrong_shape' | 'empty_batch' | 'too_many_records';

/** A body that is refused as a whole; nothing of it is stored. */
export class EnvelopeError extends Error {
  constructor(
    readonly code: EnvelopeErrorCode,
    message: string,
  ) {
    super(message);
    this.name = 'EnvelopeError';
  }
}

/** An NDJSON line that is not JSON: it keeps its place among the records and becomes `malformed_row`. */
export class BrokenElement {
  constructor(
    /** The line as sent. */
    readonly text: string,
    /** What is wrong with it, for an operator. */
    readonly message: string,
  ) {}
}
