/** The WHERE of a hand-written query as it grows, with its values; texts of clients only ever become values. */
export class Conditions {
  private readonly parts: string[] = [];

  /** @param values of the query as far as it is written: several WHEREs of one query share them */
  constructor(readonly values: unknown[] = []) {}

  /** The placeholder of a value. */
  value(value: unknown): string {
    return `$${this.values.push(value)}`;
  }

  /** The same so far: what is added to the one is not added to the other. */
  copy(): Conditions {
    const copy = new Conditions([...this.values]);
    copy.parts.push(...this.parts);
    return copy;
  }

  add(sql: string): this {
    this.parts.push(sql);
    return this;
  }

  /** Adds `<sql> <placeholder>` unless the value is undefined. */
  compare(sql: string, value: unknown): this {
    return value === undefined ? this : this.add(`${sql} ${this.value(value)}`);
  }

  /** `WHERE ...`, or nothing. */
  toString(): string {
    return this.parts.length ? `WHERE ${this.parts.join(' AND ')}` : '';
  }
}
