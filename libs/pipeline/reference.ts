/** A row that says who an identifier belongs to. Valid from `validFrom` (inclusive) to `validTo` (exclusive). */
export interface Identifier {
  readonly id: string;
  readonly type: string;
  readonly value: string;
  readonly accountId: string;
  readonly serviceId: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Microseconds since 1970 UTC; -Infinity where open. */
  readonly validFrom: number;
  /** Microseconds since 1970 UTC; Infinity where open. */
  readonly validTo: number;
}

export type RoundingMode = 'halfUp' | 'halfEven' | 'up' | 'down';

/** One price. Decimal texts throughout; null where the plan does not say. */
export interface Rate {
  readonly id: string;
  readonly usageClass: string;
  readonly usageClassType: string | null;
  /** Attributes that must be equal for the rate to fit; more matched attributes win. */
  readonly match: Readonly<Record<string, string>>;
  readonly unitPrice: string;
  /** The quantity that `unitPrice` is for; "1" unless said. */
  readonly per: string;
  readonly increment: string | null;
  readonly minimumQuantity: string | null;
  readonly setupAmount: string | null;
  readonly minimumAmount: string | null;
  /** Digits behind the point of the amount; null: no rounding (up to 18 digits). */
  readonly scale: number | null;
  readonly rounding: RoundingMode;
  /** What is priced in place of the value; null for the value. */
  readonly base: RateBase | null;
  /** Microseconds since 1970 UTC; -Infinity where open. */
  readonly validFrom: number;
  /** Microseconds since 1970 UTC; Infinity where open. */
  readonly validTo: number;
}

/** An amount that a rate is a share of: fields of the record, by name or by path (`extensions.amount`). */
export interface RateBase {
  readonly amount: string;
  /** The field of its currency; null where it is taken to be in the plan's. */
  readonly currency: string | null;
}

export interface RatePlan {
  readonly name: string;
  /** ISO 4217. */
  readonly currency: string;
  readonly rates: readonly Rate[];
}

/** A row of a table, valid from `validFrom` (inclusive) to `validTo` (exclusive). */
export interface LookupRow {
  readonly id: string;
  /** Texts by column, the key's among them; a column that the row leaves empty is absent. */
  readonly cells: Readonly<Record<string, string>>;
  /** Microseconds since 1970 UTC; -Infinity where open. */
  readonly validFrom: number;
  /** Microseconds since 1970 UTC; Infinity where open. */
  readonly validTo: number;
}

/** A table for look-ups. Rows that are equal in every column of the key are never valid at one time. */
export interface LookupTable {
  readonly name: string;
  /** The columns that no row leaves empty and that tell rows apart. */
  readonly key: readonly string[];
  /** All columns that a row has ever had, the key's first. */
  readonly columns: readonly string[];
  readonly rows: readonly LookupRow[];
}

/**
 * Reference data as of the version that the chunk took. Steps ask in `prepare`, for all records at
 * once; implementations cache and never query per record.
 */
export interface ReferenceData {
  /** All rows of each value, of any type and validity; a value without rows is absent. */
  identifiers(values: ReadonlySet<string>): Promise<ReadonlyMap<string, readonly Identifier[]>>;
  /**
   * The plans by name; a name without a plan is absent. The same object is returned as long as a plan
   * has not changed, so that a step may index it once (WeakMap).
   */
  ratePlans(names: ReadonlySet<string>): Promise<ReadonlyMap<string, RatePlan>>;
  /**
   * The table with all its rows, or undefined where there is none of that name. The same object is
   * returned as long as the table has not changed, as with plans.
   */
  table(name: string): Promise<LookupTable | undefined>;
}
