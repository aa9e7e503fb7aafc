import type { SentRecord } from './sent-record.js';

/** What profiles may be: a factor, a value that they skip, whether a value is shared by two identifiers, and a plan. */
export interface ProfileContent {
  readonly factor: number;
  readonly skips: string;
  readonly reason: string;
  readonly splits: boolean;
  readonly plan: number;
}

export const CONTENTS: readonly ProfileContent[] = [
  { factor: 1, skips: '0', reason: 'zero_value', splits: false, plan: 0 },
  { factor: 10, skips: '3', reason: 'three', splits: false, plan: 1 },
  { factor: 1, skips: '0', reason: 'zero_value', splits: true, plan: 0 },
];
export const CURRENCIES = ['USD', 'EUR'] as const;

/** Whose identifiers are, by their number, and what usage costs, by plan and class; null: nobody, nothing. */
export interface Reference {
  readonly accounts: readonly (number | null)[];
  readonly prices: readonly (readonly (number | null)[])[];
}

/** What a feed does with its records. */
export interface FeedRules {
  readonly hasKeys: boolean;
  readonly onConflict: 'exception' | 'replace';
  /** Records that say so withdraw earlier ones. */
  readonly mayCancel: boolean;
  /** Feeds that name the same one share their keys, test and live apart. */
  readonly keyScope: string | null;
  readonly lateUsage: 'exception' | 'accept';
  readonly isTest: boolean;
  /** What a change of reference data may heal is reprocessed without being asked for. */
  readonly autoHeals: boolean;
}

/** What a part of a record costs whom. */
export interface Usage {
  readonly usageIdentifier: string | null;
  readonly month: number;
  readonly identifier: number;
  readonly account: number;
  readonly value: number;
  readonly usageClass: number;
  readonly price: number;
  readonly amount: number;
  readonly currency: string;
}

interface Base {
  readonly key: string | null;
  readonly decoded: string;
}

export type Result =
  | (Base & { readonly kind: 'usage'; readonly mapped: string; readonly parts: readonly Usage[] })
  | (Base & { readonly kind: 'skip'; readonly reason: string })
  | (Base & { readonly kind: 'cancel' })
  | (Base & {
      readonly kind: 'reject';
      readonly code: string;
      /** Of a record that is mapped: nobody owns it, nothing prices it, or it is dated in a closed month. */
      readonly mapped?: string;
      /** What was looked for and not found (`missingIdentifier`, `missingRate`). */
      readonly missing: string | null;
    });

export const missingIdentifier = (identifier: number) => `i${identifier}`;
export const missingRate = (plan: number, usageClass: number) => `p${plan}/c${usageClass}`;

/**
 * What becomes of a record before keys have their say.
 * @param isRefused whether the feed takes no usage of a month
 */
export function mediate(
  sent: SentRecord,
  content: ProfileContent,
  reference: Reference,
  feed: FeedRules,
  isRefused: (month: number) => boolean,
): Result {
  const { value: text, usageClass, month } = sent;
  const key = feed.hasKeys ? sent.key : null;
  const base = { key, decoded: decodedText(sent) };
  const reject = (code: string, more: { mapped?: string; missing?: string } = {}): Result => ({
    ...base,
    kind: 'reject',
    code,
    missing: null,
    ...more,
  });

  if (feed.hasKeys && key === null) return reject('usage_key_missing');
  if (feed.mayCancel && sent.cancels) return { ...base, kind: 'cancel' };
  if (text === 'x') return reject('invalid_value');
  if (text === content.skips) return { ...base, kind: 'skip', reason: content.reason };
  const shares = sharesOf(sent, content);
  const mapped = JSON.stringify(
    shares.map(({ identifier, value }) => [sent.key, month, identifier, value, usageClass]),
  );
  const unknown = shares.find(({ identifier }) => reference.accounts[identifier] === null);
  if (unknown)
    return reject('identifier_not_found', { mapped, missing: missingIdentifier(unknown.identifier) });
  const price = reference.prices[content.plan]![usageClass] ?? null;
  if (price === null)
    return reject('rate_not_found', { mapped, missing: missingRate(content.plan, usageClass) });
  if (isRefused(month)) return reject('period_closed', { mapped });
  const parts = shares.map(({ identifier, value }) => ({
    usageIdentifier: sent.key,
    month,
    identifier,
    account: reference.accounts[identifier]!,
    value,
    usageClass,
    price,
    amount: value * price,
    currency: CURRENCIES[content.plan]!,
  }));
  return { ...base, kind: 'usage', mapped, parts };
}

/** Whole shares, the greater one first. */
function sharesOf(
  { identifier, also, value: text }: SentRecord,
  { splits, factor }: ProfileContent,
): { identifier: number; value: number }[] {
  const value = Number(text) * factor;
  if (!splits || also === null) return [{ identifier, value }];
  return [
    { identifier, value: Math.ceil(value / 2) },
    { identifier: also, value: Math.floor(value / 2) },
  ];
}

/** What makes a record the same record, whatever is made of it. */
export function decodedText(sent: SentRecord): string {
  const { key, identifier, also, value, usageClass, month, note, cancels } = sent;
  return JSON.stringify([key, identifier, also, value, usageClass, month, note, cancels]);
}
