import { ExactNumber, RecordError, toComputable } from 'feedmill/pipeline';

/** Values of a record that are validated: a list may be compared member by member. */
const MAX_VALUES = 5000;

/**
 * Data as the validator reads it. It knows JavaScript's numbers only, so that exact ones are replaced by a stand-in that is
 * of the same kind (whole or not), and are found by the place where they were.
 */
export class ExactData {
  private readonly originals = new Map<object, object>();
  private values = 0;
  readonly root: unknown;

  /** @throws RecordError `invalid_value` for too many values */
  constructor(readonly original: Readonly<Record<string, unknown>>) {
    this.root = this.standIn(original);
  }

  /** The value at a place of the data as it was. */
  at(parent: unknown, name: string | number): unknown {
    const original = (this.originals.get(parent as object) ?? parent) as Record<string | number, unknown>;
    return original[name];
  }

  private standIn(value: unknown): unknown {
    if (++this.values > MAX_VALUES) {
      throw new RecordError('invalid_value', `the record has more than ${MAX_VALUES} values to validate`);
    }
    if (typeof value !== 'object' || value === null) return value;
    if (value instanceof ExactNumber) {
      const decimal = toComputable(value);
      // Out of every range: no number to the validator.
      if (decimal === null) return Infinity;
      return decimal.includes('.') ? 0.5 : 0;
    }
    const copy = Array.isArray(value)
      ? value.map((item) => this.standIn(item))
      : Object.fromEntries(
          Object.entries(value)
            .filter(([, item]) => item !== undefined)
            .map(([name, item]) => [name, this.standIn(item)]),
        );
    this.originals.set(copy, value);
    return copy;
  }
}
