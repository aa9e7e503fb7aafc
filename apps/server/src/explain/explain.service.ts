import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import { hasSameOutcome } from 'feedmill/pipeline';
import type { Caller } from '../auth/index.js';
import { Problem, parseExceptionId, parseUsageId, toUsageId } from '../common/index.js';
import { PG_POOL } from '../database/index.js';
import { ExceptionsService } from '../exceptions/index.js';
import { RecordsService, seesMasked } from '../history/index.js';
import type { ExplainReport } from '../imports/child.js';
import type { ExplainRequest } from '../plugins/index.js';
import { KeptFacts } from '../retention/index.js';
import { UsageService, toUsageView } from '../usage/index.js';
import { type DecidedRecord, decidedException, decidedUsage } from './decided-record.js';
import { ExplainChild } from './explain-child.js';
import type { ExceptionExplanation, Explanation, UsageExplanation } from './explain-view.js';
import { isReproducedException, isReproducedUsage } from './reproduced.js';
import { readReversal } from './reversal.js';
import { type Sight, toExplained, toJson, toOutcome } from './to-explained.js';

type Explained = Extract<ExplainReport, { kind: 'explained' }>;

/** Explains what became of a record by taking it through its profile again, as it was then and as it would be today. */
@Injectable()
export class ExplainService {
  constructor(
    @Inject(PG_POOL) private readonly pool: pg.Pool,
    private readonly usageService: UsageService,
    private readonly exceptions: ExceptionsService,
    private readonly records: RecordsService,
    private readonly kept: KeptFacts,
    private readonly child: ExplainChild,
  ) {}

  /** @throws Problem 404, 403, 410 `usage_expired`, `body_expired`, 422, 429, 503 */
  async usage(caller: Caller, id: string, gone: AbortSignal): Promise<UsageExplanation> {
    const asked = await this.usageService.find(caller, id);
    const ref = { ...parseUsageId(id)!, kind: 'usage' as const };
    const row = asked.kind === 0 ? asked : await this.usageService.find(caller, toUsageId(ref));
    const decided = await decidedUsage(this.pool, ref);
    const { importId, index, part } = ref;
    const explained = await this.explained({ importId, index, part, isException: false }, decided, gone);
    const reproduced = isReproducedUsage(explained.then.outcome, toUsageView(row, false));
    return {
      usage: toUsageView(row, seesMasked(caller)),
      reversal: await readReversal(this.pool, ref),
      ...(await this.explanation(caller, row.tracking_id, index, decided, explained, reproduced)),
    };
  }

  /** @throws Problem 404, 403, 410 `exception_expired`, 422, 429, 503 */
  async exception(caller: Caller, id: string, gone: AbortSignal): Promise<ExceptionExplanation> {
    const exception = await this.exceptions.get(caller, id);
    const { importId, index } = parseExceptionId(id)!;
    const decided = await decidedException(this.pool, { importId, index });
    const explained = await this.explained({ importId, index, part: null, isException: true }, decided, gone);
    const reproduced = decided.isCorrectedSince
      ? null
      : isReproducedException(explained.then.outcome, exception);
    return {
      exception,
      ...(await this.explanation(caller, exception.trackingId, index, decided, explained, reproduced)),
    };
  }

  private async explained(
    record: Pick<ExplainRequest, 'importId' | 'index' | 'part' | 'isException'>,
    { feedId, profileVersionId, referenceVersion, revised, profile }: DecidedRecord,
    gone: AbortSignal,
  ): Promise<Explained> {
    const request = { ...record, feedId, profileVersionId, referenceVersion, revised };
    const report = await this.child.explain({ kind: 'explain', ...request }, gone);
    if (report.kind === 'explained') return report;
    if (report.kind === 'does_not_load') {
      const detail = `Version ${profile.version} of "${profile.name}" does not load: ${report.message}`;
      throw new Problem(422, 'profile_does_not_load', detail);
    }
    await this.kept.refuseExpired('bodies', record.importId);
    throw new Problem(410, 'body_expired', 'What was sent is not kept any more.');
  }

  private async explanation(
    caller: Caller,
    trackingId: string,
    index: number,
    { revision, profile, referenceVersion }: DecidedRecord,
    { raw, acceptedAt, then, now, currentVersion }: Explained,
    reproduced: boolean | null,
  ): Promise<Explanation> {
    const sight: Sight = { isMasked: seesMasked(caller), raw, seesReference: caller.role !== 'integrator' };
    const differs = !hasSameOutcome(then, now);
    return {
      raw: toJson(raw, sight),
      revision,
      acceptedAt,
      profile,
      referenceVersion,
      reproduced,
      ...toExplained(then, now, sight),
      today: { referenceVersion: currentVersion, differs, outcome: toOutcome(now, sight) },
      history: await this.records.history(caller, trackingId, String(index)),
    };
  }
}
