import { ApiPropertyOptional } from '@nestjs/swagger';
import { Inject, Injectable } from '@nestjs/common';
import { IsBoolean, IsOptional } from 'class-validator';
import type pg from 'pg';
import { Audit, type ChangedBy } from '../admin/index.js';
import type { Caller } from '../auth/index.js';
import { readBody } from '../common/index.js';
import { PG_POOL, inTransaction, isUnderCorrection, lockCorrections } from '../database/index.js';
import { ImportsService } from '../history/index.js';
import { Dispatcher } from '../imports/index.js';
import { KeptFacts } from '../retention/index.js';
import { type CreatedCorrection, createCorrection } from './create-correction.js';
import { type LiveRecords, findLive, reversedAmounts } from './live-records.js';
import { ORPHAN_VERSIONS } from './orphan-reprocessing.js';
import { countOrphaned, countOrphans, findReverted, orphanedBy } from './orphans.js';
import {
  correctionInProgress,
  importNotTerminal,
  nothingToRevert,
  periodClosed,
  revertTheOrigin,
} from './refusals.js';
import { ReasonDto } from './reprocess-request.js';
import type { AwaitingRevertView, DryRevertView, OrphansView, RevertAnswer } from './reprocess-view.js';
import { storeAwaiting } from './store-reprocess.js';

export class RevertDto extends ReasonDto {
  @ApiPropertyOptional({ default: false })
  @IsOptional()
  @IsBoolean({ message: 'dryRun must be true or false' })
  dryRun?: boolean;

  @ApiPropertyOptional({
    default: false,
    description:
      'Decides the orphaned duplicates again once the revert has ended, those that came while it ran too.',
  })
  @IsOptional()
  @IsBoolean({ message: 'reprocessOrphans must be true or false' })
  reprocessOrphans?: boolean;
}

interface OriginRow {
  id: number;
  tracking_id: string;
  feed_id: number;
  profile_version_id: number;
  channel: string;
  status: string;
  in_correction: boolean;
  origin: string | null;
}

const ORIGIN = `
SELECT i.id, i.tracking_id, i.feed_id, i.profile_version_id, i.channel, i.status, ${isUnderCorrection('i.id')} AS in_correction,
  o.tracking_id AS origin
FROM import i LEFT JOIN import o ON o.id = i.reprocess_of WHERE i.id = $1`;

interface Revertible {
  readonly origin: OriginRow;
  /** Live records by mode: an import whose feed changed its mode meanwhile has some of each. */
  readonly live: readonly LiveRecords[];
  readonly total: number;
  readonly orphans: OrphansView;
}

/** Takes the usage of imports back. */
@Injectable()
export class RevertService {
  constructor(
    @Inject(PG_POOL) private readonly pool: pg.Pool,
    private readonly imports: ImportsService,
    private readonly kept: KeptFacts,
    private readonly dispatcher: Dispatcher,
    private readonly audit: Audit,
  ) {}

  readRequest(body: unknown): RevertDto {
    return readBody(RevertDto, body, 'invalid_revert');
  }

  /**
   * @throws Problem 404, 403, 410 `usage_expired`, 409 `nothing_to_revert`, `revert_the_origin`, `import_not_terminal`,
   * `correction_in_progress`, `period_closed`
   */
  async revert(
    caller: Caller,
    by: ChangedBy,
    trackingId: string,
    { reason, reprocessOrphans = false }: RevertDto,
  ): Promise<RevertAnswer> {
    const id = await this.named(caller, trackingId);
    const answer = await inTransaction(this.pool, async (client) => {
      await lockCorrections(client, 'exclusive');
      const revertible = await this.find(client, caller, id);
      const { origin, orphans, total } = revertible;
      const revert = await this.store(client, caller, revertible, reason);
      const reprocess = reprocessOrphans ? await awaitRevert(client, caller, origin) : null;
      await this.audit.record(client, by, {
        action: 'import.reverted',
        subject: `import/${origin.tracking_id}`,
        before: null,
        after: { reason, records: total, by: revert.trackingId, ...(reprocess && { reprocess }) },
      });
      return {
        trackingId: revert.trackingId,
        reverts: origin.tracking_id,
        counts: { total, imported: 0, exception: 0, skipped: 0, duplicate: 0, pending: total },
        orphanedDuplicates: orphans,
        ...(reprocess && { reprocess }),
      };
    });
    this.dispatcher.ring();
    return answer;
  }

  /** @throws Problem as `revert` */
  async dryRun(caller: Caller, trackingId: string): Promise<DryRevertView> {
    const id = await this.named(caller, trackingId);
    return inTransaction(this.pool, async (client) => {
      const { origin, orphans, total } = await this.find(client, caller, id);
      return {
        reverts: origin.tracking_id,
        counts: { total, imported: total, exception: 0, skipped: 0, duplicate: 0, pending: 0 },
        ...(await reversedAmounts(client, id)),
        orphanedDuplicates: orphans,
      };
    });
  }

  /**
   * What reverts of an import have orphaned and nobody has decided again yet, in feeds of the caller's.
   * @param trackingId of the import or of a revert of it
   * @throws Problem 404, 403, 410 `usage_expired`
   */
  async orphansOf(caller: Caller, trackingId: string): Promise<OrphansView> {
    await this.named(caller, trackingId);
    const reverted = (await findReverted(this.pool, trackingId))!;
    const count = await countOrphaned(this.pool, reverted, caller.feeds);
    return { count, selection: orphanedBy(reverted) };
  }

  private async named(caller: Caller, trackingId: string): Promise<number> {
    const { id } = await this.imports.find(caller, trackingId);
    await this.kept.refuseExpired('usage', id);
    return id;
  }

  private async find(client: pg.PoolClient, { feeds }: Caller, id: number): Promise<Revertible> {
    const { rows } = await client.query<OriginRow>(ORIGIN, [id]);
    const origin = rows[0]!;
    if (origin.channel === 'reprocess' || origin.channel === 'revert') throw revertTheOrigin(origin.origin);
    if (origin.status === 'running') throw importNotTerminal();
    if (origin.in_correction) throw correctionInProgress();
    const live = await findLive(client, id);
    const total = live.reduce((sum, { count }) => sum + count, 0);
    const reverted = { id, trackingId: origin.tracking_id, feedId: origin.feed_id };
    if (total === 0) throw nothingToRevert(await countOrphaned(client, reverted, feeds));
    const closed = live.reduce((sum, records) => sum + records.closed, 0);
    if (closed > 0) throw periodClosed(closed);
    const count = await countOrphans(client, reverted, feeds);
    return { origin, live, total, orphans: { count, selection: orphanedBy(reverted) } };
  }

  private async store(
    client: pg.PoolClient,
    requester: Caller,
    { origin, live }: Revertible,
    reason: string,
  ): Promise<CreatedCorrection> {
    const revert = await createCorrection(client, {
      operation: 'revert',
      channel: 'revert',
      feedId: origin.feed_id,
      profileVersionId: origin.profile_version_id,
      referenceVersion: null,
      origins: live,
      reason,
      requester,
      reprocessOf: origin.id,
    });
    await client.query('UPDATE import SET reverted_by = $2 WHERE id = $1', [origin.id, revert.importId]);
    return revert;
  }
}

/** What the revert orphans is decided again as by a request of its own, that waits. */
function awaitRevert(
  client: pg.PoolClient,
  requester: Caller,
  { id, tracking_id: trackingId }: OriginRow,
): Promise<AwaitingRevertView> {
  return storeAwaiting(client, {
    requester,
    reason: `orphaned by the revert of ${trackingId}`,
    request: { selection: orphanedBy({ trackingId }), mode: 'all', ...ORPHAN_VERSIONS },
    orphansOf: id,
    feedIds: requester.feeds,
  });
}
