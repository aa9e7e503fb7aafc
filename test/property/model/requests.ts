import type { Operation } from './operation.js';
import type { Ref } from './key-cell.js';
import type { SentRecord } from './sent-record.js';

/** An operation as it is asked for in one state: about things that are there. */
export type Request =
  | {
      readonly do: 'post';
      readonly feed: number;
      readonly records: readonly SentRecord[];
      readonly idempotencyKey: string;
    }
  | {
      readonly do: 'reprocess imports';
      readonly imports: readonly number[];
      readonly mode: 'all' | 'exceptions';
      readonly version: 'published' | 'original' | number;
      readonly reference: 'current' | 'original';
    }
  | { readonly do: 'reprocess exceptions'; readonly exceptions: readonly Ref[] }
  | { readonly do: 'revert'; readonly import: number }
  | { readonly do: 'void'; readonly of: Ref; readonly releaseKey: boolean }
  | { readonly do: 'amend'; readonly of: Ref; readonly record: SentRecord }
  | { readonly do: 'correct'; readonly of: Ref; readonly record: SentRecord }
  | { readonly do: 'discard' | 'reopen'; readonly of: Ref }
  | { readonly do: 'resolve'; readonly of: Ref; readonly resolution: 'replace' | 'keep' }
  | { readonly do: 'own'; readonly identifier: number; readonly account: number | null }
  | {
      readonly do: 'price';
      readonly plan: number;
      readonly usageClass: number;
      readonly price: number | null;
    }
  | { readonly do: 'publish'; readonly content: number }
  | { readonly do: 'heal'; readonly change: number; readonly feed: number | null }
  | { readonly do: 'close period'; readonly until: number; readonly feed: number | null }
  | { readonly do: 'reopen period'; readonly from: number; readonly feed: number | null };

/** What operations can be about. */
export interface Things {
  readonly imports: readonly {
    readonly number: number;
    readonly feed: number;
    readonly channel: 'api' | 'reprocess' | 'revert';
    /** Of channel `api`: its records. */
    readonly sent: readonly SentRecord[];
    /** Under which the same post would be answered with it. */
    readonly idempotencyKey: string | null;
  }[];
  readonly exceptions: readonly {
    readonly of: Ref;
    readonly feed: number;
    readonly key: string | null;
    readonly code: string;
  }[];
  /** What is live. */
  readonly usage: readonly { readonly of: Ref; readonly feed: number; readonly key: string | null }[];
  /** How many versions the profile has. */
  readonly versions: number;
  readonly accounts: readonly (number | null)[];
  /** How many changes of reference data there have been. */
  readonly changes: number;
}

/**
 * What an operation means where these things are; null where there is nothing it could be about.
 * @param post names the post, should it be one
 */
export function toRequest(things: Things, operation: Operation, post: string): Request | null {
  const { imports, exceptions, usage } = things;
  switch (operation.do) {
    case 'post':
      return { do: 'post', feed: operation.feed, records: operation.records, idempotencyKey: post };
    case 'post again': {
      const posted = at(imports.filter(isPost), operation.import);
      if (!posted) return null;
      const { feed, sent: records, idempotencyKey } = posted;
      const isSamePost = operation.withItsKey && idempotencyKey !== null;
      return { do: 'post', feed, records, idempotencyKey: isSamePost ? idempotencyKey : post };
    }
    case 'reprocess imports':
      return reprocessImports(things, operation);
    case 'reprocess exceptions': {
      const first = at(exceptions, operation.exception);
      if (!first) return null;
      const others = exceptions.filter((e) => e.feed === first.feed && e !== first);
      const chosen = [first, ...others.slice(0, operation.more)];
      return { do: 'reprocess exceptions', exceptions: chosen.map(({ of }) => of) };
    }
    case 'revert': {
      const found = at(imports, operation.import);
      return found && { do: 'revert', import: found.number };
    }
    case 'void': {
      const found = at(usage, operation.usage);
      return found && { do: 'void', of: found.of, releaseKey: operation.releaseKey };
    }
    case 'amend': {
      const found = at(usage, operation.usage);
      if (!found) return null;
      const key = operation.keepsKey && found.key !== null ? found.key : operation.record.key;
      return { do: 'amend', of: found.of, record: { ...operation.record, key } };
    }
    case 'correct': {
      const found = at(exceptions, operation.exception);
      return found && { do: 'correct', of: found.of, record: operation.record };
    }
    case 'discard':
    case 'reopen': {
      const found = at(exceptions, operation.exception);
      return found && { do: operation.do, of: found.of };
    }
    case 'resolve': {
      const conflicts = exceptions.filter(({ code }) => code === 'usage_key_conflict');
      const found = at(conflicts, operation.exception);
      return found && { do: 'resolve', of: found.of, resolution: operation.resolution };
    }
    case 'own': {
      const isOwned = things.accounts[operation.identifier] !== null;
      return operation.account === null && !isOwned ? null : operation;
    }
    case 'heal':
      return things.changes ? heal(things, operation) : null;
    default:
      return operation;
  }
}

/** Feeds are healed at once: which of two records of one key comes first, where they are of different ones, cannot be said. */
function heal({ changes, exceptions }: Things, { change, feed }: Operation & { do: 'heal' }): Request {
  const oneOfTwo = exceptions.find(({ feed: one, key }) =>
    exceptions.some((other) => other.feed !== one && other.key === key && key !== null),
  );
  return { do: 'heal', change: changes - 1 - (change % changes), feed: feed ?? oneOfTwo?.feed ?? null };
}

/** Several imports go together where that is one correction: of one feed, by one version, on one state of reference data. */
function reprocessImports(
  { imports, versions: count }: Things,
  { import: n, more, mode, version: choice, reference }: Operation & { do: 'reprocess imports' },
): Request | null {
  const posts = imports.filter(isPost);
  const first = at(posts, n);
  if (!first) return null;
  const numbers = Array.from({ length: count }, (_, i) => i + 1);
  const version = at(['published', 'original', ...numbers] as const, choice)!;
  const isOne = version !== 'original' && reference === 'current';
  const others = isOne ? posts.filter((i) => i.feed === first.feed && i !== first).slice(0, more) : [];
  const chosen = [first, ...others].map(({ number }) => number);
  return { do: 'reprocess imports', imports: chosen, mode, version, reference };
}

const isPost = ({ channel }: Things['imports'][number]) => channel === 'api';

const at = <T>(items: readonly T[], n: number): T | null => (items.length ? items[n % items.length]! : null);
