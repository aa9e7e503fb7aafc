import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import { pointerTo } from 'feedmill/pipeline';
import { type Caller, requireFeed } from '../auth/index.js';
import { Conditions, Problem, type ProblemDetail, forbidden } from '../common/index.js';
import { PG_POOL, isUnderCorrection } from '../database/index.js';
import { SELECTION, type Selection, Selections } from '../exceptions/index.js';
import { NamedFeeds } from '../history/index.js';
import { KeptFacts } from '../retention/index.js';
import { recordsOfExceptions, recordsOfImports, withExpired } from './chosen-records.js';
import type { ChosenRecords } from './eligible-records.js';
import { type Reverted, findReverted, recordsOrphaned } from './orphans.js';
import { correctionInProgress, importNotTerminal, notAnOrigin } from './refusals.js';
import { type ReprocessMode, selectsImports } from './reprocess-request.js';
import type { ReprocessSelection } from './reprocess-selection.js';

type Filter = Extract<Selection, { by: 'filter' }>['filter'];

const ORIGINS = `i.channel NOT IN ('reprocess', 'revert')`;

/** Which records a selection means, for either mode. */
@Injectable()
export class ChosenBySelection {
  constructor(
    @Inject(PG_POOL) private readonly pool: pg.Pool,
    private readonly kept: KeptFacts,
    private readonly selections: Selections,
    private readonly feeds: NamedFeeds,
  ) {}

  /**
   * @throws Problem 422 `invalid_selection`, 403 where it touches a feed that the caller's key is not for, 410
   * `usage_expired` where it is not known any more what a revert has taken back
   */
  async records(caller: Caller, selection: ReprocessSelection, mode: ReprocessMode): Promise<ChosenRecords> {
    if (selection.by === 'orphanedBy') {
      return recordsOrphaned(await this.reverted(caller, selection.trackingId), caller.feeds);
    }
    if (mode === 'all' && selectsImports(selection)) {
      return recordsOfImports(await this.imports(caller, selection), isNamed(selection));
    }
    const where = await this.selections.conditions(caller, selection);
    // What a filter does not ask for is not in the way of anything.
    if (mode === 'exceptions' && selection.by === 'filter' && selection.filter.status === undefined) {
      where.add(`coalesce(t.status, 'open') = 'open'`);
    }
    const records = recordsOfExceptions(where, mode, isNamed(selection));
    if (mode === 'all' || selection.by !== 'trackingIds') return records;
    return withExpired(records, await this.selections.importsOf(caller, selection.trackingIds));
  }

  /**
   * Refuses imports that tracking ids name and that cannot be corrected now, and to look for what is orphaned before the
   * revert has ended. To hold, under the lock of corrections.
   * @throws Problem 422 `invalid_selection`, 409 `import_not_terminal`, `correction_in_progress`
   */
  async requireCorrectable(
    client: Pick<pg.PoolClient, 'query'>,
    selection: ReprocessSelection,
  ): Promise<void> {
    if (selection.by === 'orphanedBy') return requireReverted(client, selection.trackingId);
    if (selection.by !== 'trackingIds') return;
    const { rows } = await client.query<NamedImport>(NAMED_IMPORTS, [selection.trackingIds]);
    const problemsOf = (
      isWrong: (named: NamedImport) => boolean,
      code: string,
      message: (named: NamedImport) => string,
    ): ProblemDetail[] =>
      rows
        .filter(isWrong)
        .map((row) => ({ pointer: `${SELECTION}/trackingIds/${row.n}`, code, message: message(row) }));
    const corrections = problemsOf((row) => row.is_correction, 'invalid_value', toItsOrigin);
    if (corrections.length) throw notAnOrigin(corrections);
    const running = problemsOf(
      (row) => row.is_running,
      'import_not_terminal',
      () => 'has not ended yet',
    );
    if (running.length) throw importNotTerminal(running);
    const busy = problemsOf(
      (row) => row.in_correction,
      'correction_in_progress',
      () => 'is being corrected',
    );
    if (busy.length) throw correctionInProgress(busy);
  }

  private async reverted(caller: Caller, trackingId: string): Promise<Reverted> {
    const reverted = await findReverted(this.pool, trackingId);
    if (!reverted) throw namesNothing('orphanedBy', 'names no import.');
    requireFeed(caller, reverted.feedId);
    await this.kept.refuseExpired('usage', reverted.id);
    return reverted;
  }

  private async imports(caller: Caller, selection: Selection): Promise<Conditions> {
    const conditions = new Conditions();
    if (selection.by === 'trackingIds') {
      const ids = await this.selections.importsOf(caller, selection.trackingIds);
      return conditions.add(`i.id = ANY(${conditions.value(ids)}::bigint[])`);
    }
    const { feed, trackingId, from, to } = (selection as { filter: Filter }).filter;
    const feedId = await this.feedOf(caller, feed);
    conditions
      .add(ORIGINS)
      .compare('i.feed_id =', feedId)
      .compare('i.tracking_id =', trackingId)
      .compare('i.submitted_at >=', from)
      .compare('i.submitted_at <', to);
    if (caller.feeds && feedId === undefined) {
      throw forbidden('This key is for some feeds only: name one of them in the filter.');
    }
    return conditions;
  }

  private async feedOf(caller: Caller, feed: string | undefined): Promise<number | undefined> {
    try {
      const id = await this.feeds.idOf(caller, feed);
      if (id !== undefined) requireFeed(caller, id);
      return id;
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 400) throw error;
      throw namesNothing('feed', 'names no feed.');
    }
  }
}

function namesNothing(name: string, message: string): Problem {
  const pointer = pointerTo(`${SELECTION}/filter`, name);
  return new Problem(422, 'invalid_selection', 'The selection names what is not there; see errors.', {
    errors: [{ pointer, code: 'not_found', message }],
  });
}

async function requireReverted(client: Pick<pg.PoolClient, 'query'>, trackingId: string): Promise<void> {
  const { id } = (await findReverted(client, trackingId))!;
  const { rows } = await client.query<{ is_busy: boolean }>(`SELECT ${isUnderCorrection('$1')} AS is_busy`, [
    id,
  ]);
  if (!rows[0]!.is_busy) return;
  const pointer = pointerTo(`${SELECTION}/filter`, 'orphanedBy');
  throw correctionInProgress([
    {
      pointer,
      code: 'correction_in_progress',
      message: 'is being corrected: what that orphans is not known yet',
    },
  ]);
}

const isNamed = (selection: Selection): boolean =>
  selection.by === 'trackingIds' ||
  selection.by === 'exceptionIds' ||
  (selection.by === 'filter' && selection.filter.trackingId !== undefined);

interface NamedImport {
  n: number;
  is_correction: boolean;
  is_running: boolean;
  in_correction: boolean;
  origin: string | null;
}

const NAMED_IMPORTS = `
SELECT w.n - 1 AS n, NOT (${ORIGINS}) AS is_correction, i.status = 'running' AS is_running,
  ${isUnderCorrection('i.id')} AS in_correction, o.tracking_id AS origin
FROM unnest($1::uuid[]) WITH ORDINALITY AS w (tracking_id, n)
JOIN import i ON i.tracking_id = w.tracking_id LEFT JOIN import o ON o.id = i.reprocess_of
ORDER BY w.n`;

const toItsOrigin = ({ origin }: NamedImport) =>
  `is a correction and has no records of its own: name ${origin ?? 'the imports that it corrected'}`;
