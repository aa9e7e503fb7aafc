import type { SentRecord } from './sent-record.js';

/**
 * What is done to an installation, in numbers that mean something in every state of it: `import: 7` is one of the imports
 * that there are, whatever their number. So a sequence stays one when some of its operations are left out.
 */
export type Operation =
  | { readonly do: 'post'; readonly feed: number; readonly records: readonly SentRecord[] }
  | { readonly do: 'post again'; readonly import: number; readonly withItsKey: boolean }
  | {
      readonly do: 'reprocess imports';
      readonly import: number;
      readonly more: number;
      readonly mode: 'all' | 'exceptions';
      readonly version: number;
      readonly reference: 'current' | 'original';
    }
  | { readonly do: 'reprocess exceptions'; readonly exception: number; readonly more: number }
  | { readonly do: 'revert'; readonly import: number }
  | { readonly do: 'void'; readonly usage: number; readonly releaseKey: boolean }
  | { readonly do: 'amend'; readonly usage: number; readonly record: SentRecord; readonly keepsKey: boolean }
  | { readonly do: 'correct'; readonly exception: number; readonly record: SentRecord }
  | { readonly do: 'discard' | 'reopen'; readonly exception: number }
  | { readonly do: 'resolve'; readonly exception: number; readonly resolution: 'replace' | 'keep' }
  | { readonly do: 'own'; readonly identifier: number; readonly account: number | null }
  | {
      readonly do: 'price';
      readonly plan: number;
      readonly usageClass: number;
      readonly price: number | null;
    }
  | { readonly do: 'publish'; readonly content: number }
  /** What a change of reference data, counted back from the last, may heal is reprocessed: of a feed, or of all. */
  | { readonly do: 'heal'; readonly change: number; readonly feed: number | null }
  /** Months before that one, of a feed or of all. */
  | { readonly do: 'close period'; readonly until: number; readonly feed: number | null }
  /** That month and those behind it. */
  | { readonly do: 'reopen period'; readonly from: number; readonly feed: number | null };
