import type { LookupRow } from 'feedmill/pipeline';
import type { Bound, BoundKind } from './bounds.js';
import { LastHolding, type Range } from './last-holding.js';

/** What a record asks a table for: one value for each kind of matching that the step uses. */
export interface Query {
  /** The values of the exact columns, as `exactKey` joins them. */
  readonly exact: string;
  readonly prefixed: string;
  readonly ranged: Bound;
}

/** Why rows cannot be searched, as a sentence. Says so for the records that would have come to those rows only. */
export class Unreadable {
  constructor(readonly why: string) {}
}

export type Found = LookupRow | Unreadable | undefined;

/** Rows that agree in all that the levels above have compared. */
export interface Level {
  add(row: LookupRow): void;
  /** To be called once, when every row has been added. */
  seal(): void;
  /** @param micros the usage date, microseconds since 1970; of no importance where rows have no validities */
  find(query: Query, micros: number): Found;
}

export type MakeLevel = () => Level;

/** The innermost level: rows that differ by validity alone. */
export class Versions implements Level {
  private first: LookupRow | undefined;
  private others: LookupRow[] | undefined;

  add(row: LookupRow): void {
    if (!this.first) this.first = row;
    else (this.others ??= []).push(row);
  }

  seal(): void {
    // Validities do not overlap, so any order will do.
  }

  find(_: Query, micros: number): Found {
    return isValid(this.first, micros) ? this.first : this.others?.find((row) => isValid(row, micros));
  }
}

export class ExactColumns implements Level {
  private readonly children = new Map<string, Level>();

  constructor(
    private readonly columns: readonly string[],
    private readonly next: MakeLevel,
  ) {}

  add(row: LookupRow): void {
    const texts = this.columns.map((column) => row.cells[column]);
    // A row without a value in a column fits no record.
    if (texts.every((each) => each !== undefined))
      childOf(this.children, exactKey(texts), this.next).add(row);
  }

  seal(): void {
    for (const child of this.children.values()) child.seal();
  }

  find(query: Query, micros: number): Found {
    return this.children.get(query.exact)?.find(query, micros);
  }
}

/** Goes from the longest prefix to the shortest, until one has a row that fits and is valid. */
export class PrefixColumn implements Level {
  private readonly children = new Map<string, Level>();
  /** Descending. */
  private lengths: readonly number[] = [];

  constructor(
    private readonly column: string,
    private readonly next: MakeLevel,
  ) {}

  add(row: LookupRow): void {
    const prefix = row.cells[this.column];
    if (prefix !== undefined) childOf(this.children, prefix, this.next).add(row);
  }

  seal(): void {
    const lengths = new Set<number>();
    for (const [prefix, child] of this.children) {
      lengths.add(prefix.length);
      child.seal();
    }
    this.lengths = [...lengths].sort((a, b) => b - a);
  }

  find(query: Query, micros: number): Found {
    const { prefixed } = query;
    for (const length of this.lengths) {
      if (length > prefixed.length) continue;
      const found = this.children.get(prefixed.slice(0, length))?.find(query, micros);
      if (found) return found;
    }
    return undefined;
  }
}

export interface RangeColumns {
  readonly column: string;
  readonly toColumn: string | undefined;
  readonly includesEnd: boolean;
  readonly kind: BoundKind;
}

/** So few are tried one by one: most prefixes have a range or two. */
const MAX_TRIED = 8;

/**
 * Ranges in the order they begin. Of several that hold a value the one that begins last is found, then the one that
 * ends first: so a small range may lie in a large one, and of ranges without ends each lasts until the next begins.
 */
export class Ranges implements Level {
  private readonly ranges: Range[] = [];
  /** Where there are many. */
  private holding: LastHolding | undefined;
  private unreadable: Unreadable | undefined;

  constructor(private readonly columns: RangeColumns) {}

  add(row: LookupRow): void {
    const from = this.bound(row, this.columns.column);
    const to = this.columns.toColumn === undefined ? null : this.bound(row, this.columns.toColumn);
    if (from && to && this.isBehind(from, to)) {
      this.unreadable ??= new Unreadable(`the range from "${from.text}" to "${to.text}" holds nothing`);
    }
    this.ranges.push({ from, to, row });
  }

  seal(): void {
    this.ranges.sort(
      (a, b) =>
        this.order(a.from, b.from, -1) || -this.order(a.to, b.to, 1) || a.row.validFrom - b.row.validFrom,
    );
    if (this.ranges.length <= MAX_TRIED) return;
    this.holding = new LastHolding(
      this.ranges,
      (value, end) => this.isBehind(value, end),
      (a, b) => this.order(a, b, 1) > 0,
    );
  }

  find({ ranged }: Query, micros: number): Found {
    if (this.unreadable) return this.unreadable;
    const count = this.beginning(ranged);
    if (this.holding) return this.holding.find(count, ranged, micros);
    for (let i = count - 1; i >= 0; i--) {
      const { to, row } = this.ranges[i]!;
      if (isValid(row, micros) && !this.isBehind(ranged, to)) return row;
    }
    return undefined;
  }

  /** How many ranges begin at the value or before. */
  private beginning(value: Bound): number {
    let low = 0;
    let high = this.ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.order(this.ranges[middle]!.from, value, -1) <= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private isBehind(value: Bound, end: Bound | null): boolean {
    if (end === null) return false;
    const order = this.columns.kind.compare(value, end);
    return this.columns.includesEnd ? order > 0 : order >= 0;
  }

  /** Compares bounds of which the open ones lie before (-1) or behind (1) all others. */
  private order(a: Bound | null, b: Bound | null, open: -1 | 1): number {
    if (a && b) return this.columns.kind.compare(a, b);
    return a === b ? 0 : a === null ? open : -open;
  }

  private bound(row: LookupRow, column: string): Bound | null {
    const cell = row.cells[column];
    if (cell === undefined) return null;
    const bound = this.columns.kind.read(cell);
    if (bound === null)
      this.unreadable ??= new Unreadable(`"${cell}" in column "${column}" is not a decimal`);
    return bound;
  }
}

/** Joins the values of exact columns: lengths stand before the texts, so that no two lists have the same key. */
export function exactKey(texts: readonly (string | undefined)[]): string {
  if (texts.length === 1) return texts[0]!;
  let key = '';
  for (const text of texts) key += `${text!.length}:${text}`;
  return key;
}

function isValid(row: LookupRow | undefined, micros: number): boolean {
  return row !== undefined && row.validFrom <= micros && micros < row.validTo;
}

function childOf(children: Map<string, Level>, key: string, make: MakeLevel): Level {
  let child = children.get(key);
  if (!child) {
    child = make();
    children.set(key, child);
  }
  return child;
}
