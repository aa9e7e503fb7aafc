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
  | { readonly do: 'publish'; readonly content: number };
