import { type Rating, type UsageEntry, canonicalText, toDecimal } from 'feedmill/pipeline';
import { fromStoredField } from '../../database/child.js';
import { parseKeepingNumbers } from '../envelope/index.js';

/** Fields of usage that are equal where they are the same. */
const PLAIN_FIELDS = [
  'date',
  'timeZone',
  'identifierType',
  'originatingIdentifier',
  'terminatingIdentifier',
  'usageIdentifier',
  'usageClass',
  'usageClassType',
  'primaryDataRow',
  'accountId',
  'serviceId',
] as const satisfies readonly (keyof UsageEntry)[];

/** A part of usage as the ledger has it; decimals are texts, with zeros at the end or without. */
export interface StoredPart extends Pick<UsageEntry, (typeof PLAIN_FIELDS)[number] | 'value'> {
  readonly isInbound: boolean;
  readonly isReverseRating: boolean;
  /** JSON text of an object; null where there are none. */
  readonly extensions: string | null;
  /** As `toStoredField` gave it. */
  readonly resolvedField: string | null;
  readonly resolvedType: string | null;
  readonly resolvedValue: string | null;
  /** Null where it has no price. */
  readonly currency: string | null;
  readonly amount: string | null;
  readonly quantity: string | null;
  readonly unitPrice: string | null;
  readonly source: Rating['source'];
  readonly plan: string | null;
  /** Null where it has no cost. */
  readonly costCurrency: string | null;
  readonly costAmount: string | null;
  readonly costQuantity: string | null;
  readonly costUnitPrice: string | null;
  readonly costSource: Rating['source'];
  readonly costPlan: string | null;
}

/** Whether usage is what the ledger has: all fields of all parts, but for ids; numbers by value. */
export function isSameUsage(stored: readonly StoredPart[], now: readonly UsageEntry[]): boolean {
  return stored.length === now.length && stored.every((part, n) => isSamePart(part, now[n]!));
}

function isSamePart(stored: StoredPart, now: UsageEntry): boolean {
  return (
    PLAIN_FIELDS.every((name) => stored[name] === now[name]) &&
    stored.isInbound === now.inbound &&
    stored.isReverseRating === now.reverseRating &&
    isSameNumber(stored.value, now.value) &&
    isSameIdentifier(stored, now.resolvedIdentifier) &&
    isSameRating(stored, now.rating) &&
    isSameRating(costOf(stored), now.cost) &&
    isSameObject(stored.extensions ?? '{}', now.extensions)
  );
}

function isSameIdentifier(
  { resolvedField, resolvedType, resolvedValue }: StoredPart,
  now: UsageEntry['resolvedIdentifier'],
): boolean {
  if (resolvedField === null || resolvedType === null || resolvedValue === null) return now === null;
  return (
    now !== null &&
    fromStoredField(resolvedField) === now.field &&
    resolvedType === now.type &&
    resolvedValue === now.value
  );
}

type StoredRating = Pick<StoredPart, 'currency' | 'amount' | 'quantity' | 'unitPrice' | 'source' | 'plan'>;

const costOf = (part: StoredPart): StoredRating => ({
  currency: part.costCurrency,
  amount: part.costAmount,
  quantity: part.costQuantity,
  unitPrice: part.costUnitPrice,
  source: part.costSource,
  plan: part.costPlan,
});

/** The ledger keeps the rate, and knows source and plan by it: without one (a plugin's own price), it is `given`. */
function isSameRating(stored: StoredRating, now: Rating | null): boolean {
  if (stored.currency === null || now === null) return stored.currency === null && now === null;
  const isRated = now.rateId !== null;
  return (
    stored.currency === now.currency &&
    stored.source === (isRated ? 'rated' : 'given') &&
    stored.plan === (isRated ? now.plan : null) &&
    isSameNumber(stored.quantity, now.quantity) &&
    isSameNumber(stored.unitPrice, now.unitPrice) &&
    isSameNumber(stored.amount, now.amount)
  );
}

function isSameNumber(a: string | null, b: string | null): boolean {
  return a === b || (a !== null && b !== null && toDecimal(a) === toDecimal(b));
}

/** Both are JSON texts. */
function isSameObject(a: string, b: string): boolean {
  return a === b || canonicalText(parseKeepingNumbers(a)) === canonicalText(parseKeepingNumbers(b));
}
