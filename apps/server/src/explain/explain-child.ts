import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Problem, SETTINGS, type Settings, unavailable } from '../common/index.js';
import type { ExplainReport, PreviewReport } from '../imports/child.js';
import {
  AskedChild,
  type ExplainRequest,
  type PreviewRequest,
  StepProcessDied,
  childEnvironment,
} from '../plugins/index.js';

/** Questions go one after the other; so many may wait, each for so long, and be under way for so long. */
const MAX_WAITING = 20;
const WAIT_MS = 5000;
const ANSWER_MS = 15_000;

type Answered<Report> = Exclude<Report, { kind: 'trouble' }>;

/** A child of its own for records that somebody wants explained: it may die over them, and nobody else waits for it. */
@Injectable()
export class ExplainChild implements OnApplicationShutdown {
  private readonly log = new Logger('explain');
  private readonly child: AskedChild;
  /** The record of the question that was begun last. */
  private lastRecord: number | null = null;

  constructor(@Inject(SETTINGS) settings: Settings) {
    this.child = new AskedChild({
      heapMb: settings.childHeapMb,
      env: childEnvironment(settings),
      onMark: (mark) => this.noteMark(mark),
      onLog: (line) => this.log.warn(line),
    });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.child.stop();
  }

  /**
   * @param gone aborted when the client has gone: what it asked is left out then
   * @throws Problem 422 `explain_not_survivable`, 429, 503
   */
  explain(request: ExplainRequest, gone: AbortSignal): Promise<Answered<ExplainReport>> {
    return this.ask<ExplainReport>(request, gone, (how) => {
      const detail = `The process that ran this record again ended: ${how}. Its profile cannot be explained with it.`;
      return new Problem(422, 'explain_not_survivable', detail);
    });
  }

  /** @throws Problem 422 `preview_not_survivable` with the record, 429, 503 */
  preview(request: PreviewRequest, gone: AbortSignal): Promise<Answered<PreviewReport>> {
    return this.ask<PreviewReport>(request, gone, (how) => {
      const pointer = this.lastRecord === null ? '' : `/records/${this.lastRecord}`;
      const errors = [
        { pointer, code: 'not_survivable', message: `the process that ran this ended: ${how}` },
      ];
      return new Problem(422, 'preview_not_survivable', 'A step ends the process; see errors.', { errors });
    });
  }

  private noteMark(mark: string): void {
    const [, index] = /^record (\d+)$/.exec(mark) ?? [];
    if (index !== undefined) this.lastRecord = Number(index);
  }

  private async ask<Report extends { readonly kind: string }>(
    request: ExplainRequest | PreviewRequest,
    gone: AbortSignal,
    notSurvivable: (how: string) => Problem,
  ): Promise<Answered<Report>> {
    if (this.child.waiting >= MAX_WAITING) throw tooMany();
    const giveUp = AbortSignal.any([gone, AbortSignal.timeout(WAIT_MS)]);
    try {
      const report = await this.child.ask<Report | Trouble>(request, { giveUp, answerMs: ANSWER_MS });
      if (report.kind !== 'trouble') return report as Answered<Report>;
      this.log.warn((report as Trouble).message);
    } catch (error) {
      if (error instanceof StepProcessDied) throw notSurvivable(error.how);
      throw giveUp.aborted && error === giveUp.reason ? tooMany() : error;
    }
    throw unavailable();
  }
}

type Trouble = Extract<ExplainReport, { kind: 'trouble' }>;

const tooMany = () =>
  new Problem(429, 'rate_limited', 'Too many records are being explained just now.', {
    retryAfterSeconds: 1,
  });
