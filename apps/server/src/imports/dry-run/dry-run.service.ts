import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import type pg from 'pg';
import type { Caller } from '../../auth/index.js';
import { SETTINGS, type Settings, unavailable } from '../../common/index.js';
import { PG_POOL } from '../../database/index.js';
import { withoutHiddenUsage } from '../../history/index.js';
import { AskedChild, type DryRunRequest, StepProcessDied, childEnvironment } from '../../plugins/index.js';
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
import type { DryRunRecord, DryRunReport } from './dry-runner.js';

const MAX_RECORDS = 100;
/** Dry runs go one after the other; so many may wait, each for so long, and be under way for so long. */
const MAX_WAITING = 20;
const WAIT_MS = 5000;
const ANSWER_MS = 15_000;

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
    @Inject(PG_POOL) private readonly pool: pg.Pool,
    private readonly incoming: IncomingPosts,
  ) {
    this.child = new AskedChild({
      heapMb: settings.childHeapMb,
      env: childEnvironment(settings),
      onLog: (line) => this.log.warn(line),
    });
  }

  /**
   * @param gone aborted when the client has gone: what it asked is left out then
   * @throws Problem as for the post itself; 422 for too many records or ones that end the process; 429 where others
   * take too long
   */
  async run(post: Post, gone: AbortSignal): Promise<DryRunView> {
    const incoming = await this.incoming.read(post);
    const { feed, total } = incoming;
    if (total > MAX_RECORDS) throw dryRunTooLarge(MAX_RECORDS);
    if (this.child.waiting >= MAX_WAITING) throw tooManyDryRuns();
    const report = await this.ask(incoming, AbortSignal.any([gone, AbortSignal.timeout(WAIT_MS)]));
    if (report.kind === 'run') {
      return toDryRunView(feed, { ...report, records: await this.visible(post.caller, report.records) });
    }
    if (report.kind === 'refused') throw refusal(report.code, feed.apiName);
    this.log.warn(report.message);
    throw unavailable();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.child.stop();
  }

  /** Records without what a conflict shows of usage that the caller may not see. */
  private async visible(caller: Caller, records: readonly DryRunRecord[]): Promise<DryRunRecord[]> {
    const details = records.map(({ exception }) =>
      exception?.stage === 'store' ? (exception.rejection.details ?? null) : null,
    );
    const shown = await withoutHiddenUsage(this.pool, caller, details);
    return records.map((record, n) => {
      const { exception } = record;
      if (!exception || !shown[n]) return record;
      return {
        ...record,
        exception: { ...exception, rejection: { ...exception.rejection, details: shown[n] } },
      };
    });
  }

  private async ask(
    { feed, contentType, received, hasExactNumbers }: IncomingPost,
    giveUp: AbortSignal,
  ): Promise<DryRunReport> {
    const request: DryRunRequest = {
      kind: 'dry-run',
      feedId: feed.id,
      storedType: contentType,
      text: received.bytes.toString('utf8'),
      hasExactNumbers,
    };
    try {
      return await this.child.ask<DryRunReport>(request, { giveUp, answerMs: ANSWER_MS });
    } catch (error) {
      if (error instanceof StepProcessDied) throw dryRunNotSurvivable(error.how);
      throw giveUp.aborted && error === giveUp.reason ? tooManyDryRuns() : error;
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
