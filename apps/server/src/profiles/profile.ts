import type { ProfileDefinition } from 'feedmill/pipeline';

/** A draft can be edited; a published version is what new imports use; a retired one what old imports used. */
export type VersionStatus = 'draft' | 'published' | 'retired';

/** Also a part of URLs. */
export const PROFILE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/** More than this is no profile but data. */
export const MAX_DEFINITION_BYTES = 1024 * 1024;

export interface ProfileSummary {
  readonly name: string;
  readonly description: string;
  readonly publishedVersion: number | null;
  readonly latestVersion: number | null;
  readonly createdAt: string;
}

export interface ProfileVersion extends ProfileDefinition {
  readonly name: string;
  readonly version: number;
  readonly status: VersionStatus;
  readonly comment: string | null;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly publishedAt: string | null;
  readonly publishedBy: string | null;
}
