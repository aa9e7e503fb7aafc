import type { ShownOutcome } from 'feedmill/pipeline';
import { canonicalJson, stringifyJson, toDecimalTextOrNull } from '../common/index.js';
import type { ExceptionView } from '../exceptions/index.js';
import type { UsageView } from '../usage/index.js';

type Fields = Record<string, unknown>;
type Price = { readonly unitPrice: string | null } | null;

/** What usage is, but for its names in the ledger. */
const COMPARED = [
  'date',
  'timeZone',
  'identifierType',
  'originatingIdentifier',
  'terminatingIdentifier',
  'usageIdentifier',
  'value',
  'usageClass',
  'usageClassType',
  'inbound',
  'reverseRating',
  'primaryDataRow',
  'extensions',
  'accountId',
  'serviceId',
  'resolvedIdentifier',
] as const;

/** Whether the outcome's only usage is the entry. */
export function isReproducedUsage(outcome: ShownOutcome, entry: UsageView): boolean {
  if (outcome.kind !== 'usage' || outcome.usage.length !== 1) return false;
  const explained = JSON.parse(outcome.usage[0]!) as Fields;
  const stored = JSON.parse(stringifyJson(entry)) as Fields;
  return compared(explained) === compared(stored);
}

/**
 * Whether the outcome is the exception; one that was given behind the profile (by its usage key, its date) had come
 * through it. Null where no run had come to an end: the record, or others before it, ended the process.
 */
export function isReproducedException(
  outcome: ShownOutcome,
  { stage, step, code, field }: Pick<ExceptionView, 'stage' | 'step' | 'code' | 'field'>,
): boolean | null {
  if (code === 'step_crashed' && step === null) return null;
  if (stage === 'store') return outcome.kind !== 'reject';
  return (
    outcome.kind === 'reject' &&
    outcome.stage === stage &&
    outcome.step === step &&
    outcome.code === code &&
    outcome.field === field
  );
}

function compared(usage: Fields): string {
  const fields = Object.fromEntries(COMPARED.map((name) => [name, usage[name]]));
  return canonicalJson({ ...fields, rating: priced(usage.rating), cost: priced(usage.cost) });
}

/** The ledger does not keep zeros at the end of a price. */
const priced = (price: unknown) =>
  price && { ...price, unitPrice: toDecimalTextOrNull((price as NonNullable<Price>).unitPrice) };
