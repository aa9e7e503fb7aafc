import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import { Audit, type ChangedBy } from '../admin/index.js';
import type { Caller } from '../auth/index.js';
import { PG_POOL, inTransaction, lockCorrections } from '../database/index.js';
import { auditedSelection } from '../exceptions/index.js';
import { Dispatcher } from '../imports/index.js';
import { isSettled } from '../reference/index.js';
import { ChosenBySelection } from './chosen-by-selection.js';
import { DryCorrections } from './dry-corrections.js';
import { type Evaluation, evaluate } from './eligible-records.js';
import { changeNotSettled, correctionInProgress, nothingToReprocess } from './refusals.js';
import type { ReprocessRequest } from './reprocess-request.js';
import { writeReprocessSelection } from './reprocess-selection.js';
import type { DryReprocessView, ReprocessAnswer } from './reprocess-view.js';
import { storeReprocess } from './store-reprocess.js';

/** What a change heals is waited for so long: chunks under way took what was true before it. */
const SETTLING_MS = 5000;
const LOOK_MS = 100;

/** Decides records again, and says what that would come to. */
@Injectable()
export class ReprocessingService {
  constructor(
    @Inject(PG_POOL) private readonly pool: pg.Pool,
    private readonly chosen: ChosenBySelection,
    private readonly dryCorrections: DryCorrections,
    private readonly dispatcher: Dispatcher,
    private readonly audit: Audit,
  ) {}

  /**
   * @throws Problem 403, 422 for a selection that is wrong or too large, 409 where nothing can be decided again now or
   * what a change heals is not known yet
   */
  async start(caller: Caller, by: ChangedBy, request: ReprocessRequest): Promise<ReprocessAnswer> {
    await this.waitForChange(request);
    const { selection, mode, profileVersion, referenceData, reason } = request;
    const records = await this.chosen.records(caller, selection, mode);
    const answer = await inTransaction(this.pool, async (client) => {
      await lockCorrections(client, 'exclusive');
      await this.chosen.requireCorrectable(client, selection);
      const found = await evaluate(client, records, request);
      // Nothing may be orphaned: that is an answer.
      const evaluation = selection.by === 'orphanedBy' ? found : requireEligible(found);
      const asked = { selection: writeReprocessSelection(selection), mode, profileVersion, referenceData };
      const stored = await storeReprocess(
        client,
        { operation: mode, requester: caller, reason, request: asked },
        evaluation,
      );
      await this.audit.record(client, by, {
        action: 'reprocess.started',
        subject: `reprocess/${stored.reprocessId}`,
        before: null,
        after: {
          ...asked,
          selection: writeReprocessSelection(selection, auditedSelection),
          reason,
          eligible: stored.eligible,
          imports: stored.imports,
        },
      });
      return stored;
    });
    this.dispatcher.ring();
    return answer;
  }

  /** @throws Problem as `start`, but where there is nothing to do; 422 `dry_run_too_large` */
  async dryRun(caller: Caller, request: ReprocessRequest, gone: AbortSignal): Promise<DryReprocessView> {
    await this.waitForChange(request);
    const { selection, mode } = request;
    const records = await this.chosen.records(caller, selection, mode);
    const evaluation = await inTransaction(this.pool, async (client) => {
      await this.chosen.requireCorrectable(client, selection);
      return evaluate(client, records, request);
    });
    const { eligible, ineligible } = evaluation;
    const { verdicts, reasons, difference, testDifference } = await this.dryCorrections.of(
      mode,
      evaluation,
      gone,
    );
    return { eligible, ineligible, verdicts, reasons, difference, testDifference };
  }

  private async waitForChange({ selection }: ReprocessRequest): Promise<void> {
    let change: string | undefined;
    if (selection.by === 'healedBy') change = selection.changeId;
    if (selection.by === 'filter') change = selection.filter.healedBy;
    if (change === undefined) return;
    const deadline = Date.now() + SETTLING_MS;
    while (!(await isSettled(this.pool, Number(change)))) {
      if (Date.now() > deadline) throw changeNotSettled();
      await sleep(LOOK_MS);
    }
  }
}

/** @throws Problem 409 */
export function requireEligible(evaluation: Evaluation): Evaluation {
  const { eligible, ineligible } = evaluation;
  if (eligible > 0) return evaluation;
  const isBusy =
    ineligible.length > 0 && ineligible.every(({ reason }) => reason === 'correction_in_progress');
  throw isBusy ? correctionInProgress() : nothingToReprocess(ineligible);
}
