import { KEEP_FOREVER, type Retention } from '../retention/index.js';

/** How a usage key field is compared: exactly, by instant, or by value. */
export type KeyFieldKind = 'text' | 'timestamp' | 'decimal';

export interface UsageKeyField {
  /** Name of a decoded field. */
  readonly field: string;
  readonly as: KeyFieldKind;
}

/** What happens to another record of a live key. */
export type ConflictRule = 'exception' | 'replace' | 'keep';

/** What makes a record of the feed unique, and what happens to another record of a live key; or that nothing does. */
export type UsageKeyDefinition =
  | {
      readonly fields: readonly UsageKeyField[];
      readonly onConflict: ConflictRule;
      /** JSONata on `sent` and `live` usage: whether a conflict is replaced; else what is live is kept. */
      readonly replaceWhen?: string;
      /** JSONata on the decoded record: it withdraws what is live. */
      readonly cancelWhen?: string;
    }
  | { readonly none: true };

/** How a row of a feed of format `rows` is delimited. */
export interface RowSyntax {
  readonly delimiter: string;
  readonly quote: string;
  readonly header: boolean;
}

/** A feed as the API shows it. */
export interface Feed {
  readonly id: number;
  readonly name: string;
  readonly apiName: string;
  readonly description: string;
  readonly enabled: boolean;
  readonly paused: boolean;
  /** Why it is paused where the program did it; null otherwise. */
  readonly pausedReason: string | null;
  readonly format: 'rows' | 'records';
  /** Null for format `records`. */
  readonly rows: RowSyntax | null;
  /** Name of the profile. */
  readonly profile: string;
  readonly usageKey: UsageKeyDefinition;
  readonly timeZone: string;
  readonly dstOverlap: 'earlier' | 'later' | 'reject';
  readonly dstGap: 'reject' | 'shift';
  /** Feeds of one scope share their usage keys; null: the feed's own. */
  readonly keyScope: string | null;
  /** `forever` or an ISO 8601 duration. */
  readonly keyRetention: string;
  readonly retention: Retention;
  readonly lateUsage: 'exception' | 'accept';
  /** Exceptions that a change of reference data may heal are reprocessed without being asked. */
  readonly autoHeal: boolean;
  /** A date, a moment or an ISO 8601 duration; null: no limit. */
  readonly acceptUsageSince: string | null;
  /** ISO 8601 duration. */
  readonly futureTolerance: string;
  /** ISO 8601 duration after which a feed that has sent nothing is quiet; null: nobody waits for it. */
  readonly expectEvery: string | null;
  readonly mode: 'live' | 'test';
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** What an implementer says of a feed. */
export type FeedDefinition = Omit<Feed, 'id' | 'pausedReason' | 'createdAt' | 'updatedAt'>;

export const ROW_SYNTAX: RowSyntax = { delimiter: ',', quote: '"', header: false };

/** What holds where a definition does not say. */
export const FEED_DEFAULTS = {
  description: '',
  enabled: true,
  paused: false,
  timeZone: 'UTC',
  dstOverlap: 'earlier',
  dstGap: 'reject',
  keyScope: null,
  keyRetention: 'forever',
  retention: KEEP_FOREVER,
  lateUsage: 'exception',
  autoHeal: false,
  acceptUsageSince: null,
  futureTolerance: 'PT24H',
  expectEvery: null,
  mode: 'live',
  parameters: {},
} as const satisfies Partial<FeedDefinition>;

/** What cannot change once records have been read by it, by the path that a problem names. */
export const FIXED_WITH_IMPORTS: Readonly<Record<string, (feed: FeedDefinition) => unknown>> = {
  format: ({ format }) => format,
  'usageKey/fields': ({ usageKey }) => ('fields' in usageKey ? usageKey.fields : null),
  keyScope: ({ keyScope }) => keyScope,
};

/** A feed for those who take usage in or mediate it; read with `FeedsService.byRef`. */
export interface FeedRow extends Omit<
  Feed,
  'profile' | 'keyScope' | 'retention' | 'createdAt' | 'updatedAt'
> {
  readonly keyScopeId: number;
  readonly profileId: number;
  readonly profileName: string;
  /** The published version, null where there is none. */
  readonly profileVersionId: number | null;
  readonly profileVersion: number | null;
}
