import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { SETTINGS, type Settings, unavailable } from '../common/index.js';
import type { DryCorrectionReport } from '../imports/child.js';
import {
  AskedChild,
  type DryCorrectionRequest,
  StepProcessDied,
  childEnvironment,
} from '../plugins/index.js';
import type { Operation } from './create-correction.js';
import type { RecordGroup } from './eligible-records.js';
import { dryRunNotSurvivable, dryRunTooLarge, tooManyDryRuns } from './refusals.js';

const MAX_RECORDS = 10_000;
/** Dry runs go one after the other; so many may wait, each for so long, and be under way for so long. */
const MAX_WAITING = 10;
const WAIT_MS = 10_000;
const ANSWER_MS = 30_000;

/** What corrections would come to. */
export type DryOutcome = Extract<DryCorrectionReport, { kind: 'run' }>;

/** Says what would become of records that are decided again, and stores nothing. It asks a child of its own. */
@Injectable()
export class DryCorrections implements OnApplicationShutdown {
  private readonly log = new Logger('dry-correction');
  private readonly child: AskedChild;

  constructor(@Inject(SETTINGS) settings: Settings) {
    this.child = new AskedChild({
      heapMb: settings.childHeapMb,
      env: childEnvironment(settings),
      onLog: (line) => this.log.warn(line),
    });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.child.stop();
  }

  /**
   * @param gone aborted when the client has gone
   * @throws Problem 422 for too many records or ones that end the process, 429 where others take too long, 503
   */
  async of(
    operation: Operation,
    { groups, eligible }: { readonly groups: readonly RecordGroup[]; readonly eligible: number },
    gone: AbortSignal,
  ): Promise<DryOutcome> {
    if (eligible > MAX_RECORDS) throw dryRunTooLarge(eligible, MAX_RECORDS);
    const corrections = groups.map(({ places, ...group }) => ({
      ...group,
      operation,
      releaseKey: false,
      origins: places,
    }));
    return this.ask({ kind: 'dry-correction', corrections }, gone);
  }

  async ask(request: DryCorrectionRequest, gone: AbortSignal): Promise<DryOutcome> {
    if (this.child.waiting >= MAX_WAITING) throw tooManyDryRuns();
    const giveUp = AbortSignal.any([gone, AbortSignal.timeout(WAIT_MS)]);
    try {
      const report = await this.child.ask<DryCorrectionReport>(request, {
        giveUp,
        answerMs: ANSWER_MS,
      });
      if (report.kind === 'run') return report;
      this.log.warn(report.message);
    } catch (error) {
      if (error instanceof StepProcessDied) throw dryRunNotSurvivable(error.how);
      throw giveUp.aborted && error === giveUp.reason ? tooManyDryRuns() : error;
    }
    throw unavailable();
  }
}
