import type { ConfigProblem, FeedContext } from 'feedmill/pipeline';

/**
 * What a child can be asked. Between the processes go ids, progress and counts, never records; but those of which somebody
 * waits to be told.
 */
export type ChildRequest =
  | { readonly kind: 'list-plugins' }
  | { readonly kind: 'check-profile'; readonly definition: unknown }
  | { readonly kind: 'run'; readonly chunkId: number; readonly token: string }
  | DryRunRequest
  | DryCorrectionRequest
  | PatchRequest
  | ExplainRequest
  | PreviewRequest;

/** A body of which a child is to say what would become of its records. */
export interface DryRunRequest {
  readonly kind: 'dry-run';
  readonly feedId: number;
  /** Content type as it would be stored with the body. */
  readonly storedType: string;
  readonly text: string;
  readonly hasExactNumbers: boolean;
}

/** What a child says of a profile version's definition. */
export interface ProfileCheck {
  /** Each with its pointer; none: it can be published. */
  readonly problems: readonly ConfigProblem[];
  /** What records have once they are decoded, where the definition fixes it; null: any fields. */
  readonly decodedFields: readonly string[] | null;
}

/** Corrections of which a child is to say what they would come to (docs/adr/0016). */
export interface DryCorrectionRequest {
  readonly kind: 'dry-correction';
  readonly corrections: readonly {
    readonly operation: 'exceptions' | 'all' | 'replace' | 'amend' | 'revert' | 'void';
    readonly feedId: number;
    readonly profileVersionId: number;
    /** Null: the present one. */
    readonly referenceVersion: number | null;
    readonly isTest: boolean;
    readonly releaseKey: boolean;
    /** `[import id, first index, last index, ...]` in order of acceptance. */
    readonly origins: readonly number[];
  }[];
  /** What records are changed to, over what is stored: JSON texts. */
  readonly revisions?: readonly { readonly importId: number; readonly index: number; readonly raw: string }[];
}

/** Raw records of one feed, and a JSONata expression that corrects them. */
export interface PatchRequest {
  readonly kind: 'patch-records';
  readonly patch: string;
  readonly feed: Pick<FeedContext, 'name' | 'apiName' | 'format' | 'timeZone' | 'parameters'>;
  /** JSON texts, each with the moment when it was accepted. */
  readonly records: readonly { readonly raw: string; readonly acceptedAt: string }[];
}

/** What became of a record: JSON text, or why nothing did. */
export type PatchResult =
  { readonly raw: string; readonly isChanged: boolean } | { readonly problem: string };

export type PatchReport =
  { readonly problems: readonly ConfigProblem[] } | { readonly results: readonly PatchResult[] };

/** A record whose way through a profile is to be explained, as it was and as it would be with today's reference data. */
export interface ExplainRequest {
  readonly kind: 'explain';
  readonly feedId: number;
  readonly profileVersionId: number;
  readonly referenceVersion: number;
  readonly importId: number;
  readonly index: number;
  /** JSON text of what it was changed to; null for what was sent. */
  readonly revised: string | null;
  /** What was sent stands with its exception, else in the body of its import. */
  readonly isException: boolean;
  /** The part whose way is explained; null for all. */
  readonly part: number | null;
}

/** Records of which a child is to say how a profile's definition would treat them. */
export interface PreviewRequest {
  readonly kind: 'preview';
  readonly definition: unknown;
  /** Null: a feed in UTC without keys and parameters. */
  readonly feedId: number | null;
  /** JSON texts. */
  readonly records: readonly string[];
}
