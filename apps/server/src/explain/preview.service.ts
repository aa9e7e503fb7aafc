import { Injectable } from '@nestjs/common';
import type { ProfileDefinition } from 'feedmill/pipeline';
import { type Caller, requireFeed } from '../auth/index.js';
import { Problem, refusedBody } from '../common/index.js';
import { type FeedRow, FeedsService } from '../feeds/index.js';
import { ProfilesService } from '../profiles/index.js';
import { ExplainChild } from './explain-child.js';
import type { PreviewView } from './explain-view.js';
import type { Preview } from './preview.dto.js';
import { toPreviewed } from './to-explained.js';

interface Chosen {
  readonly definition: unknown;
  /** Null of a draft that is not saved. */
  readonly version: number | null;
}

/** Says how a version of a profile would treat records, step by step, and stores nothing. */
@Injectable()
export class PreviewService {
  constructor(
    private readonly profiles: ProfilesService,
    private readonly feeds: FeedsService,
    private readonly child: ExplainChild,
  ) {}

  /** @throws Problem 403, 404, 409 `profile_not_published`, 422, 429, 503 */
  async preview(caller: Caller, name: string, preview: Preview, gone: AbortSignal): Promise<PreviewView> {
    const feed = preview.feed === undefined ? null : await this.feedOf(caller, preview.feed);
    const { definition, version } = await this.chosen(name, preview);
    const { records } = preview;
    const feedId = feed?.id ?? null;
    const report = await this.child.preview({ kind: 'preview', definition, feedId, records }, gone);
    if (report.kind === 'invalid') {
      const below = version === null ? '/draft' : '';
      const errors = report.problems.map((each) => ({ ...each, pointer: below + each.pointer }));
      throw new Problem(422, 'invalid_profile', 'The profile cannot work; see errors.', { errors });
    }
    if (report.kind === 'misread') {
      const message = `takes ${feed!.format}, and the profile reads ${report.format}`;
      throw refusedBody('format_mismatch', [{ pointer: '/feed', code: 'format_mismatch', message }]);
    }
    return {
      profile: { name, version },
      feed: feed && { id: feed.id, name: feed.name, apiName: feed.apiName },
      referenceVersion: report.referenceVersion,
      records: report.traces.map((trace, index) => toPreviewed(trace, records[index]!, index)),
    };
  }

  private async feedOf(caller: Caller, ref: string): Promise<FeedRow> {
    const feed = await this.feeds.byRef(ref).catch((error: unknown) => {
      if (!(error instanceof Problem) || error.status !== 404) throw error;
      throw refusedBody('invalid_preview', [
        { pointer: '/feed', code: 'feed_not_found', message: error.detail },
      ]);
    });
    requireFeed(caller, feed.id);
    return feed;
  }

  private async chosen(name: string, { version, draft }: Preview): Promise<Chosen> {
    if (typeof draft === 'object') {
      await this.profiles.get(name);
      return { definition: draft, version: null };
    }
    const saved =
      version !== undefined
        ? await this.profiles.getVersion(name, version)
        : draft
          ? await this.lastDraft(name)
          : await this.profiles.published(name);
    if (!saved) {
      const detail = `Profile "${name}" has no published version: name a version, or give a draft.`;
      throw new Problem(409, 'profile_not_published', detail);
    }
    const { decode, steps } = saved;
    return { definition: { decode, steps } satisfies ProfileDefinition, version: saved.version };
  }

  private async lastDraft(name: string) {
    const { items } = await this.profiles.listVersions(name, {});
    const draft = items.find(({ status }) => status === 'draft');
    if (draft) return draft;
    throw new Problem(404, 'version_not_found', `Profile "${name}" has no draft among its last versions.`);
  }
}
