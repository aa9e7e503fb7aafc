import { Inject, Injectable } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsObject, IsOptional } from 'class-validator';
import type pg from 'pg';
import { Audit, type ChangedBy } from '../admin/index.js';
import type { Caller } from '../auth/index.js';
import { type Conditions, forbidden } from '../common/index.js';
import { PG_POOL, inTransaction, lockCorrections } from '../database/index.js';
import {
  FROM_EXCEPTIONS,
  SELECTION_SCHEMA,
  type Selection,
  Selections,
  type StateChangeView,
  StatesService,
  auditedSelection,
  writeSelection,
} from '../exceptions/index.js';
import { Dispatcher } from '../imports/index.js';
import { type ChosenRecords, type Evaluation, evaluate } from './eligible-records.js';
import { conflicts } from './chosen-records.js';
import { DryCorrections } from './dry-corrections.js';
import { ReasonDto } from './reprocess-request.js';
import type { DryReprocessView, ReprocessAnswer } from './reprocess-view.js';
import { requireEligible } from './reprocessing.service.js';
import { storeReprocess } from './store-reprocess.js';

const RESOLUTIONS = ['replace', 'keep'] as const;
const ONLY_CONFLICTS = { code: 'usage_key_conflict', otherwise: 'not_a_conflict' } as const;
const VERSIONS = { profileVersion: 'published', referenceData: 'current' } as const;

export class ResolveDto extends ReasonDto {
  /** Read by `readSelection`. */
  @ApiProperty(SELECTION_SCHEMA)
  @IsObject({ message: 'selection must be an object' })
  selection!: object;

  @ApiProperty({
    enum: RESOLUTIONS,
    description: '`replace`: this record takes the place of the live one; `keep`: it is discarded.',
  })
  @IsIn(RESOLUTIONS, { message: 'resolution must be replace or keep' })
  resolution!: (typeof RESOLUTIONS)[number];

  @ApiPropertyOptional({ default: false })
  @IsOptional()
  @IsBoolean({ message: 'dryRun must be true or false' })
  dryRun?: boolean;
}

export type ResolveRequest = Omit<ResolveDto, 'selection'> & { readonly selection: Selection };

/** Ends conflicts in favour of the record that was sent, or of what is live. */
@Injectable()
export class ResolveService {
  constructor(
    @Inject(PG_POOL) private readonly pool: pg.Pool,
    private readonly selections: Selections,
    private readonly states: StatesService,
    private readonly dryCorrections: DryCorrections,
    private readonly dispatcher: Dispatcher,
    private readonly audit: Audit,
  ) {}

  /**
   * Has open conflicts take the place of what is live.
   * @throws Problem 403, 422, 409 `correction_in_progress`, `nothing_to_reprocess`
   */
  async replace(
    caller: Caller,
    by: ChangedBy,
    { selection, reason, resolution }: ResolveRequest,
  ): Promise<ReprocessAnswer> {
    const records = await this.records(caller, selection);
    const answer = await inTransaction(this.pool, async (client) => {
      await lockCorrections(client, 'exclusive');
      const evaluation = requireEligible(await evaluate(client, records, VERSIONS));
      const request = { selection: writeSelection(selection), resolution };
      const stored = await storeReprocess(
        client,
        { operation: 'replace', requester: caller, reason, request },
        evaluation,
      );
      await this.audit.record(client, by, {
        action: 'exceptions.resolved',
        subject: `reprocess/${stored.reprocessId}`,
        before: null,
        after: {
          selection: auditedSelection(selection),
          resolution,
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

  async dryReplace(caller: Caller, request: ResolveRequest, gone: AbortSignal): Promise<DryReprocessView> {
    const records = await this.records(caller, request.selection);
    const evaluation = await inTransaction(this.pool, (client): Promise<Evaluation> =>
      evaluate(client, records, VERSIONS),
    );
    const { eligible, ineligible } = evaluation;
    const { verdicts, reasons, difference, testDifference } = await this.dryCorrections.of(
      'replace',
      evaluation,
      gone,
    );
    return { eligible, ineligible, verdicts, reasons, difference, testDifference };
  }

  /** Discards conflicts: what is live stays, and no money moves. */
  async keep(
    caller: Caller,
    by: ChangedBy,
    { selection, reason, dryRun = false }: ResolveRequest,
  ): Promise<StateChangeView & { readonly difference: object; readonly testDifference: object }> {
    const request = { selection: openOf(selection), reason, dryRun };
    const changed = await this.states.discard(caller, by, request, ONLY_CONFLICTS);
    return { ...changed, difference: {}, testDifference: {} };
  }

  private async records(caller: Caller, selection: Selection): Promise<ChosenRecords> {
    const selected = await this.selections.conditions(caller, openOf(selection));
    await this.refuseSharedKeys(caller, selected);
    return conflicts(selected);
  }

  /** What a record takes the place of may be live by any feed that shares its keys. */
  private async refuseSharedKeys({ feeds }: Caller, selected: Conditions): Promise<void> {
    if (!feeds) return;
    const conditions = selected.copy().add("e.code = 'usage_key_conflict'");
    conditions.add(`o.id <> ALL(${conditions.value(feeds)}::int[])`);
    const { rows } = await this.pool.query(
      `SELECT ${FROM_EXCEPTIONS} JOIN feed f ON f.id = e.feed_id JOIN feed o USING (key_scope_id) ${conditions} LIMIT 1`,
      conditions.values,
    );
    if (rows.length > 0) {
      throw forbidden(
        'What is live may be of feeds that share these usage keys and that this key is not for: it can only be kept.',
      );
    }
  }
}

/** A filter that does not say which asks for open exceptions: what is settled is not in the way of anything. */
function openOf(selection: Selection): Selection {
  if (selection.by !== 'filter' || selection.filter.status !== undefined) return selection;
  return { ...selection, filter: { ...selection.filter, status: 'open' } };
}
