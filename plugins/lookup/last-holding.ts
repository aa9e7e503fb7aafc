import type { LookupRow } from 'feedmill/pipeline';
import type { Bound } from './bounds.js';

/** A row's range: it holds what is not behind its end; where it begins is known by its place. */
export interface Range {
  /** Null: from ever. */
  readonly from: Bound | null;
  /** Null: open. */
  readonly to: Bound | null;
  readonly row: LookupRow;
}

/**
 * The last of the first so many ranges that is valid at a moment and does not end before a value. A tree over their places:
 * each node knows the furthest end below it, and from when to when something there is valid, so that a value in a gap
 * passes over all that end before it, however many lie between it and the range that holds it.
 */
export class LastHolding {
  /** Leaves of the tree: a power of two. */
  private readonly width: number;
  /** Of each node the place of the range that ends last; -1 where there is none. The root is 1, the children of n are 2n and 2n + 1. */
  private readonly furthest: Int32Array;
  private readonly validFrom: Float64Array;
  private readonly validTo: Float64Array;

  /**
   * @param ranges at least one
   * @param isLonger whether the end a lies behind the end b
   */
  constructor(
    private readonly ranges: readonly Range[],
    private readonly isBehind: (value: Bound, end: Bound | null) => boolean,
    isLonger: (a: Bound | null, b: Bound | null) => boolean,
  ) {
    this.width = 2 ** Math.ceil(Math.log2(ranges.length));
    this.furthest = new Int32Array(2 * this.width).fill(-1);
    this.validFrom = new Float64Array(2 * this.width).fill(Infinity);
    this.validTo = new Float64Array(2 * this.width).fill(-Infinity);
    ranges.forEach(({ row }, place) => {
      this.furthest[this.width + place] = place;
      this.validFrom[this.width + place] = row.validFrom;
      this.validTo[this.width + place] = row.validTo;
    });
    for (let node = this.width - 1; node > 0; node--) {
      const [left, right] = [this.furthest[2 * node]!, this.furthest[2 * node + 1]!];
      const isLeft = right < 0 || isLonger(ranges[left]!.to, ranges[right]!.to);
      this.furthest[node] = isLeft ? left : right;
      this.validFrom[node] = Math.min(this.validFrom[2 * node]!, this.validFrom[2 * node + 1]!);
      this.validTo[node] = Math.max(this.validTo[2 * node]!, this.validTo[2 * node + 1]!);
    }
  }

  /** @param count how many of the ranges, from the first on */
  find(count: number, value: Bound, micros: number): LookupRow | undefined {
    return this.below(1, 0, this.width, count, value, micros);
  }

  private below(
    node: number,
    first: number,
    width: number,
    count: number,
    value: Bound,
    micros: number,
  ): LookupRow | undefined {
    if (first >= count || micros < this.validFrom[node]! || micros >= this.validTo[node]!) return undefined;
    const { to, row } = this.ranges[this.furthest[node]!]!;
    if (this.isBehind(value, to)) return undefined;
    if (width === 1) return row;
    const half = width / 2;
    return (
      this.below(2 * node + 1, first + half, half, count, value, micros) ??
      this.below(2 * node, first, half, count, value, micros)
    );
  }
}
