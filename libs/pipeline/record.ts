/**
 * A value as decoded. Numbers of more than 15 significant digits, or with an exponent, are
 * `ExactNumber`s that keep the text of the input; all others are JavaScript numbers, which hold
 * up to 15 digits exactly.
 */
export type DecodedValue =
  | string
  | number
  | boolean
  | null
  | ExactNumber
  | readonly DecodedValue[]
  | { readonly [name: string]: DecodedValue };

/** What a decode step makes of a raw record: the source's own field names and values. */
export type DecodedRecord = Readonly<Record<string, DecodedValue>>;

/**
 * The member of a decoded record that holds what its transport said of it (the attributes of a CloudEvent). It is no
 * part of the record: sent another way, the record is the same.
 */
export const EVENT_FIELD = '$event';

/** A raw record: the text of a row (format `rows`) or a JSON object (format `records`). */
export type RawRecord = string | DecodedRecord;

/** A JSON number that a double cannot hold, kept as its text. `toJSON` is deliberately absent. */
export class ExactNumber {
  constructor(readonly text: string) {}
  toString(): string {
    return this.text;
  }
}

/** Who a record belongs to, as `resolve-identifier` found it. */
export interface ResolvedIdentifier {
  /** The usage field whose value matched, e.g. `originatingIdentifier`. */
  readonly field: string;
  readonly type: string;
  readonly value: string;
  /** The reference row that matched, kept with the ledger entry. */
  readonly identifierId: string;
}

/** What a record costs. All numbers are decimal texts. */
export interface Rating {
  /** `rated` by a plan of ours, or `given` by the source. */
  readonly source: 'rated' | 'given';
  readonly plan: string | null;
  readonly rateId: string | null;
  /** As billed, after increments and minimums. */
  readonly quantity: string;
  /** By the rate's `per`; null where the source gave the amount and no price. */
  readonly unitPrice: string | null;
  readonly amount: string;
  /** ISO 4217. */
  readonly currency: string;
}

/**
 * The fields of a usage entry on their way. A step may set further names for the steps behind it;
 * only the names below are stored.
 */
export interface UsageFields {
  /** When it happened: RFC 3339 in UTC, at most microseconds, no trailing zeros. */
  date?: string;
  /** IANA zone of the local date; the feed's when no step sets it. */
  timeZone?: string;
  identifierType?: string;
  originatingIdentifier?: string;
  terminatingIdentifier?: string;
  usageIdentifier?: string;
  /** Decimal text, at most 38 digits and 18 behind the point. */
  value?: string;
  usageClass?: string;
  usageClassType?: string;
  inbound?: boolean;
  /** The source says credit: the amount is negated. */
  reverseRating?: boolean;
  primaryDataRow?: number;
  extensions?: Record<string, DecodedValue>;
  accountId?: string;
  serviceId?: string;
  resolvedIdentifier?: ResolvedIdentifier;
  /** Attributes of the resolved identifier, for the steps behind it. */
  attributes?: Readonly<Record<string, string>>;
  rating?: Rating;
  cost?: Rating;
  [name: string]: unknown;
}

/**
 * One usage record on its way through a profile. `source` is what the decode step gave and is
 * never changed; steps set `fields` in place.
 */
export class PipelineRecord {
  constructor(
    /** Position in the import, counted from 0 in the order sent. */
    readonly index: number,
    /** 0, or the part's number where a step has split the record. */
    readonly part: number,
    readonly source: DecodedRecord,
    readonly fields: UsageFields = {},
  ) {}

  /** The value of a name: a usage field set by a step, else the source's own field, else undefined. */
  get(name: string): unknown {
    if (Object.hasOwn(this.fields, name)) return this.fields[name];
    return Object.hasOwn(this.source, name) ? this.source[name] : undefined;
  }
}

/** Fields of usage as others are shown them: which reference row has matched is ours alone. */
export function toShownFields<Fields extends { readonly resolvedIdentifier?: ResolvedIdentifier | null }>(
  fields: Fields,
): object {
  const resolved: unknown = fields.resolvedIdentifier;
  if (typeof resolved !== 'object' || resolved === null) return fields;
  const { identifierId: _, ...resolvedIdentifier } = resolved as ResolvedIdentifier;
  return { ...fields, resolvedIdentifier };
}
