import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { SETTINGS, type Settings, unavailable } from '../../common/index.js';
import { AskedChild, StepProcessDied, childEnvironment } from '../../plugins/index.js';
import { type IncomingPost, IncomingPosts, type Post } from '../accept/incoming.js';
import {
  dryRunNotSurvivable,
  dryRunTooLarge,
  feedDisabled,
  feedNotFound,
  profileNotPublished,
  tooManyDryRuns,
} from '../accept/refusals.js';
import { type DryRunView, toDryRunView } from './dry-run-view.js';
import type { DryRunReport } from './dry-runner.js';

const MAX_RECORDS = 100;
/** Dry runs go one after the other; so many may wait. */
const MAX_WAITING = 20;

/**
 * Says what would become of records, and stores nothing. It asks a child of its own, so that a dry run holds up neither
 * the mediation of what was accepted nor who is saving a profile.
 */
@Injectable()
export class DryRunService implements OnApplicationShutdown {
  private readonly log = new Logger('dry-run');
  private readonly child: AskedChild;

  constructor(
    @Inject(SETTINGS) settings: Settings,
    private readonly incoming: IncomingPosts,
  ) {
    this.child = new AskedChild({
      heapMb: settings.childHeapMb,
      env: childEnvironment(settings),
      onLog: (line) => this.log.warn(line),
    });
  }

  /** @throws Problem as for the post itself, and 422 for too many records or ones that end the process */
  async run(post: Post): Promise<DryRunView> {
    const incoming = await this.incoming.read(post);
    const { feed, total } = incoming;
    if (total > MAX_RECORDS) throw dryRunTooLarge(MAX_RECORDS);
    if (this.child.pending >= MAX_WAITING) throw tooManyDryRuns();
    const report = await this.ask(incoming);
    if (report.kind === 'run') return toDryRunView(feed, report);
    if (report.kind === 'refused') throw refusal(report.code, feed.apiName);
    this.log.warn(report.message);
    throw unavailable();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.child.stop();
  }

  private async ask({ feed, contentType, received, hasExactNumbers }: IncomingPost): Promise<DryRunReport> {
    try {
      return await this.child.ask<DryRunReport>({
        kind: 'dry-run',
        feedId: feed.id,
        storedType: contentType,
        text: received.bytes.toString('utf8'),
        hasExactNumbers,
      });
    } catch (error) {
      throw error instanceof StepProcessDied ? dryRunNotSurvivable(error.how) : error;
    }
  }
}

function refusal(code: Extract<DryRunReport, { kind: 'refused' }>['code'], apiName: string) {
  switch (code) {
    case 'feed_not_found':
      return feedNotFound(apiName);
    case 'feed_disabled':
      return feedDisabled();
    case 'profile_not_published':
      return profileNotPublished();
  }
}
