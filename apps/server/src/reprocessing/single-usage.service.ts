import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import { toJsonText } from 'feedmill/pipeline';
import { Audit, type ChangedBy } from '../admin/index.js';
import { type Caller, requireFeed } from '../auth/index.js';
import { type UsageRef, notFound, parseUsageId, refusedBody } from '../common/index.js';
import { PG_POOL, inTransaction, isUnderCorrection, lockCorrections } from '../database/index.js';
import { ImportsService } from '../history/index.js';
import { Dispatcher, ImportEnds, isOfFormat } from '../imports/index.js';
import { notDone, readCorrectedUsage } from './corrected-usage.js';
import { type CreatedCorrection, createCorrection } from './create-correction.js';
import { DryCorrections, type DryOutcome } from './dry-corrections.js';
import { findLive, hasNoReversal } from './live-records.js';
import {
  amendRejected,
  amendSkipped,
  correctionInProgress,
  importNotTerminal,
  periodClosed,
  usageNotLive,
} from './refusals.js';
import type { CorrectedUsage } from './reprocess-view.js';
import type { AmendDto, VoidDto } from './single-usage-request.js';

/** How long a request waits for its correction. */
const WAIT_MS = 10_000;

interface EntryRow {
  feed_id: number;
  is_running: boolean;
  in_correction: boolean;
  is_live: boolean;
  format: 'rows' | 'records';
  version_id: number | null;
}

const ENTRY = `
SELECT u.feed_id, i.status = 'running' AS is_running, ${isUnderCorrection('i.id')} AS in_correction,
  ${hasNoReversal('u')} AS is_live, f.format, p.published_version_id AS version_id
FROM usage u JOIN import i ON i.id = u.import_id JOIN feed f ON f.id = u.feed_id JOIN profile p ON p.id = f.profile_id
WHERE u.import_id = $1 AND u.record_index = $2 AND u.part = $3 AND u.generation = $4 AND u.kind = 0`;

/** A live record that can be corrected now. */
interface Correctable {
  readonly ref: UsageRef;
  readonly feedId: number;
  readonly format: 'rows' | 'records';
  readonly profileVersionId: number;
  readonly isTest: boolean;
  readonly places: readonly number[];
}

/** What has been asked for, and whether it has been done in time. */
export interface SingleCorrection {
  readonly trackingId: string;
  /** Null while it is under way. */
  readonly outcome: CorrectedUsage | null;
}

/** Corrects single records of the ledger: the whole record, all of its parts. */
@Injectable()
export class SingleUsageService {
  constructor(
    @Inject(PG_POOL) private readonly pool: pg.Pool,
    private readonly imports: ImportsService,
    private readonly dryCorrections: DryCorrections,
    private readonly ends: ImportEnds,
    private readonly dispatcher: Dispatcher,
    private readonly audit: Audit,
  ) {}

  /**
   * Takes usage back.
   * @throws Problem 404, 403, 410 `usage_expired`, 409 `usage_not_live`, `import_not_terminal`,
   * `correction_in_progress`, `period_closed`
   */
  async void(
    caller: Caller,
    by: ChangedBy,
    id: string,
    { reason, releaseKey: isReleased }: VoidDto,
    gone: AbortSignal,
  ): Promise<SingleCorrection> {
    const ref = await this.named(caller, id);
    const releaseKey = isReleased ?? false;
    const created = await inTransaction(this.pool, async (client) => {
      await lockCorrections(client, 'exclusive');
      const record = await this.correctable(client, caller, ref);
      const correction = await this.store(client, caller, 'void', record, { reason, releaseKey });
      await this.audit.record(client, by, {
        action: 'usage.voided',
        subject: `usage/${id}`,
        before: null,
        after: { reason, releaseKey, by: correction.trackingId },
      });
      return correction;
    });
    return this.ended(created, ref, gone);
  }

  /**
   * Puts usage of a changed record in the place of what is live. What the profile rejects stores nothing.
   * @throws Problem as `void`; 422 `usage_key_changed`, `amend_skipped`, or the code of the rejection
   */
  async amend(
    caller: Caller,
    by: ChangedBy,
    id: string,
    { raw: changed, reason }: AmendDto,
    gone: AbortSignal,
  ): Promise<SingleCorrection> {
    const ref = await this.named(caller, id);
    const record = await this.correctable(this.pool, caller, ref);
    await this.imports.refuseExpired(caller, 'exceptions', ref);
    if (!isOfFormat(changed, record.format)) throw wrongRaw(record.format);
    const raw = toJsonText(changed);
    const outcome = await this.dryRun(record, raw, gone);
    if (isUnchanged(outcome)) return { trackingId: '', outcome: UNCHANGED };
    const created = await inTransaction(this.pool, async (client) => {
      await lockCorrections(client, 'exclusive');
      const present = await this.correctable(client, caller, ref);
      const correction = await this.store(client, caller, 'amend', present, { reason, amended: raw });
      await this.audit.record(client, by, {
        action: 'usage.amended',
        subject: `usage/${id}`,
        before: null,
        after: { reason, by: correction.trackingId },
      });
      return correction;
    });
    return this.ended(created, ref, gone);
  }

  private async named(caller: Caller, id: string): Promise<UsageRef> {
    const ref = parseUsageId(id);
    if (!ref) throw notFound('There is no usage with this id.');
    const { rows } = await this.pool.query<{ feed_id: number }>(
      `SELECT feed_id FROM usage WHERE (import_id, record_index, part, generation, kind) = ($1, $2, $3, $4, $5)`,
      [ref.importId, ref.index, ref.part, ref.generation, ref.kind === 'usage' ? 0 : 1],
    );
    if (!rows[0]) {
      await this.imports.refuseExpired(caller, 'usage', ref);
      throw notFound('There is no usage with this id.');
    }
    requireFeed(caller, rows[0].feed_id);
    if (ref.kind === 'reversal') throw usageNotLive('A reversal is not corrected: correct what is live.');
    return ref;
  }

  private async correctable(
    client: Pick<pg.PoolClient, 'query'>,
    caller: Caller,
    ref: UsageRef,
  ): Promise<Correctable> {
    const { rows } = await client.query<EntryRow>(ENTRY, [ref.importId, ref.index, ref.part, ref.generation]);
    const [row] = rows;
    if (!row) throw notFound('There is no usage with this id.');
    requireFeed(caller, row.feed_id);
    if (row.is_running) throw importNotTerminal();
    if (row.in_correction) throw correctionInProgress();
    if (!row.is_live) throw usageNotLive('The usage has been reversed already.');
    const [live] = await findLive(client, ref.importId, ref.index);
    if (!live) throw usageNotLive('The usage has been reversed already.');
    if (live.closed > 0) throw periodClosed(1);
    return {
      ref,
      feedId: row.feed_id,
      format: row.format,
      profileVersionId: row.version_id!,
      isTest: live.isTest,
      places: live.places,
    };
  }

  private async dryRun(record: Correctable, raw: string, gone: AbortSignal): Promise<DryOutcome> {
    const { feedId, profileVersionId, isTest, places, ref } = record;
    const correction = { feedId, profileVersionId, isTest, referenceVersion: null, releaseKey: false };
    const outcome = await this.dryCorrections.ask(
      {
        kind: 'dry-correction',
        corrections: [{ ...correction, operation: 'amend', origins: places }],
        revisions: [{ importId: ref.importId, index: ref.index, raw }],
      },
      gone,
    );
    if (outcome.verdicts.imported === 1 || isUnchanged(outcome)) return outcome;
    if (outcome.rejection) throw amendRejected(outcome.rejection);
    if (outcome.skipReason !== null) throw amendSkipped(outcome.skipReason);
    throw notDone(Object.keys(outcome.reasons.skipped)[0] ?? 'amend_refused');
  }

  private store(
    client: pg.PoolClient,
    requester: Caller,
    operation: 'void' | 'amend',
    { ref, feedId, profileVersionId, isTest, places }: Correctable,
    how: { readonly reason: string; readonly releaseKey?: boolean; readonly amended?: string },
  ): Promise<CreatedCorrection> {
    return createCorrection(client, {
      operation,
      channel: operation === 'void' ? 'revert' : 'reprocess',
      feedId,
      profileVersionId,
      referenceVersion: null,
      origins: [{ isTest, places }],
      ...how,
      requester,
      reprocessOf: ref.importId,
    });
  }

  private async ended(
    created: CreatedCorrection,
    ref: UsageRef,
    gone: AbortSignal,
  ): Promise<SingleCorrection> {
    this.dispatcher.ring();
    await this.ends.wait(created.trackingId, WAIT_MS, gone);
    const outcome = await readCorrectedUsage(this.pool, created, ref);
    return { trackingId: created.trackingId, outcome };
  }
}

const isUnchanged = ({ reasons }: DryOutcome) => reasons.skipped.unchanged === 1;

const UNCHANGED: CorrectedUsage = {
  trackingId: null,
  verdict: 'skipped',
  reason: 'unchanged',
  reversals: [],
  usage: [],
};

const wrongRaw = (format: 'rows' | 'records') => {
  const message = `must be ${format === 'rows' ? 'the text of a row' : 'an object'}: the feed takes ${format}`;
  return refusedBody('invalid_amend', [{ pointer: '/raw', code: 'invalid_value', message }]);
};
