import { Injectable } from '@nestjs/common';
import type { ChangedBy } from '../admin/index.js';
import { canonicalJson } from '../common/index.js';
import type { ProfileVersion } from './profile.js';
import { ProfilesService } from './profiles.service.js';

/** A profile as the configuration folder has it. */
export interface WrittenProfile {
  readonly name: string;
  readonly description?: string;
  readonly comment: string;
  readonly definition: unknown;
}

/** Brings profiles to what the configuration folder says, unless somebody else has published since. */
@Injectable()
export class ConfiguredProfiles {
  constructor(private readonly profiles: ProfilesService) {}

  /** @throws Problem 422 `invalid_profile` */
  async apply(by: ChangedBy, written: WrittenProfile): Promise<'created' | 'changed' | 'same' | 'drift'> {
    const { name, definition } = written;
    const published = await this.published(name);
    if (published && isSame(published, definition)) return 'same';
    if (published && published.publishedBy !== 'config') return 'drift';
    if (published === undefined) await this.profiles.create(by, name, written.description);
    else if (published === null && (await this.hasDraftsOfOthers(name))) return 'drift';
    const draft = await this.profiles.createDraft(by, name, definition);
    await this.profiles.publish(by, name, draft.version, written.comment);
    return published ? 'changed' : 'created';
  }

  /** The published version, null where there is none, undefined where there is no profile. */
  private published(name: string): Promise<ProfileVersion | null | undefined> {
    return this.profiles.published(name).catch((error: { code?: string }) => {
      if (error.code === 'profile_not_found') return undefined;
      throw error;
    });
  }

  private async hasDraftsOfOthers(name: string): Promise<boolean> {
    const { items } = await this.profiles.listVersions(name, {});
    return items.some(({ createdBy }) => createdBy !== 'config');
  }
}

function isSame({ decode, steps }: ProfileVersion, definition: unknown): boolean {
  return canonicalJson({ decode, steps }) === canonicalJson(definition);
}
