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

/** What cannot be read where a record belongs: it keeps its place among the records and becomes `malformed_row`. */
export class BrokenElement {
  constructor(
    /** As sent: the text of an NDJSON line, or an event. */
    readonly raw: unknown,
    /** What is wrong with it, for an operator. */
    readonly message: string,
  ) {}
}
