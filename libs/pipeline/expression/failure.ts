/**
 * An error in the shape of JSONata's own: by its `code` JSONata finds the message text and fills in
 * `token` and `value`.
 */
export class ExpressionFailure extends Error {
  readonly token?: string;
  readonly value?: unknown;
  readonly value2?: unknown;
  /** Set by JSONata while the error passes through. */
  position?: number;

  constructor(
    readonly code: string,
    facts: { message?: string; token?: string; value?: unknown; value2?: unknown } = {},
  ) {
    super(facts.message);
    this.name = 'ExpressionFailure';
    this.token = facts.token;
    this.value = facts.value;
    this.value2 = facts.value2;
  }
}
