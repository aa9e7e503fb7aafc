import { Injectable } from '@nestjs/common';
import type { ChangedBy } from '../admin/index.js';
import { canonicalJson } from '../common/index.js';
import { FeedChanges } from './feed-changes.js';
import { readFeed } from './feed-rules.js';
import { definitionHash, toDefinition } from './feed-wire.js';
import type { FeedDefinition } from './feed.js';
import { FeedsService } from './feeds.service.js';

/** What became of something that the configuration folder says. */
export interface ApplyResult {
  readonly outcome: 'created' | 'changed' | 'same' | 'drift';
  /** What differs, where it is drift. */
  readonly detail: string;
}

/** Brings feeds to what the configuration folder says, unless somebody has changed them since. */
@Injectable()
export class ConfiguredFeeds {
  constructor(
    private readonly feeds: FeedsService,
    private readonly changes: FeedChanges,
  ) {}

  /** @throws Problem 422 `invalid_feed`, 409 `feed_has_imports` */
  async apply(by: ChangedBy, written: unknown): Promise<ApplyResult> {
    const { definition, problems } = readFeed(written);
    const row = problems.length ? null : await this.feeds.rowOfApiName(definition.apiName);
    if (!row) {
      await this.changes.create(by, written);
      return { outcome: 'created', detail: '' };
    }
    const present = toDefinition(row);
    if (definitionHash(present).equals(definitionHash(definition))) return { outcome: 'same', detail: '' };
    if (row.configSha256?.equals(definitionHash(present))) {
      await this.changes.replace(by, row, { ...definition, paused: present.paused });
      return { outcome: 'changed', detail: '' };
    }
    return { outcome: 'drift', detail: differing(present, definition).join(', ') };
  }
}

function differing(present: FeedDefinition, wanted: FeedDefinition): string[] {
  const names = Object.keys(wanted) as (keyof FeedDefinition)[];
  return names.filter(
    (name) => name !== 'paused' && canonicalJson(present[name]) !== canonicalJson(wanted[name]),
  );
}
