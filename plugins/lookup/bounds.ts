import { compare, toDecimal } from 'feedmill/pipeline';

/** A bound of a range, or a value that may lie in one. */
export interface Bound {
  readonly text: string;
  /** The same as a number where that tells all decimals apart (at most 15 digits), else NaN. */
  readonly number: number;
}

/** How bounds are read and put in order. */
export interface BoundKind {
  /** Null for what is none of this kind. */
  read(value: string): Bound | null;
  /** Negative where a lies before b, 0 where they are equal. */
  compare(a: Bound, b: Bound): number;
}

/** A double holds every decimal of so many digits apart from all others. */
const EXACT_DIGITS = 15;

const decimal: BoundKind = {
  read(value) {
    const text = toDecimal(value);
    if (text === null) return null;
    const digits = text.length - (text.startsWith('-') ? 1 : 0) - (text.includes('.') ? 1 : 0);
    return { text, number: digits <= EXACT_DIGITS ? Number(text) : NaN };
  },
  compare(a, b) {
    const difference = a.number - b.number;
    return Number.isNaN(difference) ? compare(a.text, b.text) : difference;
  },
};

const text: BoundKind = {
  read: (value) => ({ text: value, number: NaN }),
  compare: (a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0),
};

export const BOUND_KINDS: Readonly<Record<'decimal' | 'text', BoundKind>> = { decimal, text };
