import type { SentRecord } from './sent-record.js';

/** What profiles may be: a factor, a value that they skip, and a plan. */
export interface ProfileContent {
  readonly factor: number;
  readonly skips: string;
  readonly reason: string;
  readonly plan: number;
}

export const CONTENTS: readonly ProfileContent[] = [
  { factor: 1, skips: '0', reason: 'zero_value', plan: 0 },
  { factor: 10, skips: '3', reason: 'three', plan: 1 },
];
export const CURRENCIES = ['USD', 'EUR'] as const;

/** Whose identifiers are, by their number, and what usage costs, by plan and class; null: nobody, nothing. */
export interface Reference {
  readonly accounts: readonly (number | null)[];
  readonly prices: readonly (readonly (number | null)[])[];
}

/** What a feed does with keys. */
export interface FeedRules {
  readonly hasKeys: boolean;
  readonly onConflict: 'exception' | 'replace';
  /** Records that say so withdraw earlier ones. */
  readonly mayCancel: boolean;
}

/** What a record costs whom. */
export interface Usage {
  readonly usageIdentifier: string | null;
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
  | (Base & { readonly kind: 'usage'; readonly mapped: string; readonly usage: Usage })
  | (Base & { readonly kind: 'skip'; readonly reason: string })
  | (Base & { readonly kind: 'cancel' })
  | (Base & { readonly kind: 'reject'; readonly code: string });

/** What becomes of a record before keys have their say. */
export function mediate(
  sent: SentRecord,
  content: ProfileContent,
  reference: Reference,
  feed: FeedRules,
): Result {
  const { identifier, value: text, usageClass } = sent;
  const key = feed.hasKeys ? sent.key : null;
  const base = { key, decoded: decodedText(sent) };
  const reject = (code: string): Result => ({ ...base, kind: 'reject', code });

  if (feed.hasKeys && key === null) return reject('usage_key_missing');
  if (feed.mayCancel && sent.cancels) return { ...base, kind: 'cancel' };
  if (text === 'x') return reject('invalid_value');
  if (text === content.skips) return { ...base, kind: 'skip', reason: content.reason };
  const account = reference.accounts[identifier] ?? null;
  if (account === null) return reject('identifier_not_found');
  const price = reference.prices[content.plan]![usageClass] ?? null;
  if (price === null) return reject('rate_not_found');

  const value = Number(text) * content.factor;
  const currency = CURRENCIES[content.plan]!;
  return {
    ...base,
    kind: 'usage',
    mapped: JSON.stringify([sent.key, identifier, value, usageClass]),
    usage: {
      usageIdentifier: sent.key,
      identifier,
      account,
      value,
      usageClass,
      price,
      amount: value * price,
      currency,
    },
  };
}

/** What makes a record the same record, whatever is made of it. */
export function decodedText(sent: SentRecord): string {
  const { key, identifier, value, usageClass, note, cancels } = sent;
  return JSON.stringify([key, identifier, value, usageClass, note, cancels]);
}
