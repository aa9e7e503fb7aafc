import { fromMicros, reject, type Identifier, type Missing, type Outcome } from 'feedmill/pipeline';

/** One value to look up, as a record has it. */
export interface Wanted {
  /** The field it comes from. */
  readonly field: string;
  readonly value: string;
  /** Null matches identifiers of any type. */
  readonly type: string | null;
}

/** All identifiers of the values that a chunk asks for. */
export type KnownIdentifiers = ReadonlyMap<string, readonly Identifier[]>;

type Rejected = Extract<Outcome, { kind: 'reject' }>;

const ANY_TYPE = 'Unknown';
/** Owners and validities that an exception lists; more would only repeat the message. */
const MAX_LISTED = 10;

/** The type to match by: null for none, an empty one, and `Unknown`. */
export function toType(type: unknown): string | null {
  return typeof type === 'string' && type !== '' && type !== ANY_TYPE ? type : null;
}

/**
 * Who a value belongs to at a moment: the identifier; null where the value does not exist at all, so
 * that the next candidate may be tried; a rejection where it exists but gives no single owner.
 * @param micros the usage date, microseconds since 1970
 */
export function findOwner(
  wanted: Wanted,
  micros: number,
  known: KnownIdentifiers,
): Identifier | null | Rejected {
  const rows = ofType(known.get(wanted.value), wanted.type);
  if (rows.length === 0) return null;
  const valid = rows.filter(({ validFrom, validTo }) => validFrom <= micros && micros < validTo);
  if (valid.length === 0) return notValid(wanted, micros, rows);
  const first = valid[0]!;
  if (valid.length === 1) return first;
  if (!valid.every((row) => row.accountId === first.accountId && row.serviceId === first.serviceId))
    return ambiguous(wanted, micros, valid, 'more than one owner');
  // Attributes decide prices: which row is taken must not matter.
  const attributes = attributesText(first);
  if (!valid.every((row) => attributesText(row) === attributes))
    return ambiguous(wanted, micros, valid, 'one owner, but other attributes under each type,');
  // The same under several types is no conflict; the first id keeps the choice repeatable.
  return valid.reduce((a, b) => (b.id < a.id ? b : a));
}

/** None of the candidates exists; the first is what creating would heal. */
export function notFound(tried: readonly [Wanted, ...Wanted[]]): Outcome {
  const [first] = tried;
  const texts = tried.map(named).join(', nor ');
  return reject('identifier_not_found', `there is no identifier ${texts}`, {
    field: first.field,
    missing: missing(first),
    ...(tried.length > 1 && { details: { tried } }),
  });
}

function ofType(rows: readonly Identifier[] = [], type: string | null): readonly Identifier[] {
  return type === null ? rows : rows.filter((row) => row.type === type);
}

function notValid(wanted: Wanted, micros: number, rows: readonly Identifier[]): Rejected {
  const message = `identifier ${named(wanted)} is not valid at ${fromMicros(micros)}`;
  const validities = rows.slice(0, MAX_LISTED).map((row) => ({
    type: row.type,
    accountId: row.accountId,
    serviceId: row.serviceId,
    validFrom: toDate(row.validFrom),
    validTo: toDate(row.validTo),
  }));
  const more = { field: wanted.field, details: { validities }, missing: missing(wanted) };
  return { kind: 'reject', code: 'identifier_not_valid_at_date', message, ...more };
}

function attributesText({ attributes }: Identifier): string {
  return JSON.stringify(Object.entries(attributes).sort());
}

function ambiguous(wanted: Wanted, micros: number, rows: readonly Identifier[], what: string): Rejected {
  const message = `identifier ${named(wanted)} has ${what} at ${fromMicros(micros)}`;
  const owners = rows
    .slice(0, MAX_LISTED)
    .map(({ type, accountId, serviceId }) => ({ type, accountId, serviceId }));
  return { kind: 'reject', code: 'identifier_ambiguous', message, field: wanted.field, details: { owners } };
}

function missing({ type, value }: Wanted): Missing {
  return { kind: 'identifier', ...(type !== null && { type }), value };
}

function named({ field, value, type }: Wanted): string {
  return `${JSON.stringify(value)} of ${type === null ? 'any type' : `type ${type}`} (${field})`;
}

export function toDate(micros: number): string | null {
  return Number.isFinite(micros) ? fromMicros(micros) : null;
}
