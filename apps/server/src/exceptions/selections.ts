import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import { pointerTo } from 'feedmill/pipeline';
import { type Caller, requireFeed } from '../auth/index.js';
import { Conditions, Problem, type ProblemDetail, forbidden } from '../common/index.js';
import { PG_POOL } from '../database/index.js';
import { ExceptionConditions } from './exception-filters.js';
import { FROM_EXCEPTIONS } from './exception-query.js';
import { SELECTION } from './selection-body.js';
import type { Selection } from './selection.js';

/** Of a selection: which exceptions it means, over `FROM_EXCEPTIONS`. */
@Injectable()
export class Selections {
  constructor(
    @Inject(PG_POOL) private readonly pool: pg.Pool,
    private readonly filters: ExceptionConditions,
  ) {}

  /**
   * The exceptions that a selection names, whatever their status; those of `healedBy` are open.
   * @throws Problem 422 `invalid_selection` for what it names and is not there; 403 where it touches a feed that the
   * caller's key is not for
   */
  async conditions(caller: Caller, selection: Selection): Promise<Conditions> {
    const conditions = await this.named(caller, selection);
    await this.refuseOtherFeeds(caller, selection, conditions);
    return conditions;
  }

  /**
   * The imports that tracking ids name, in their order.
   * @throws Problem 422 `invalid_selection`, 403
   */
  async importsOf(caller: Caller, trackingIds: readonly string[]): Promise<number[]> {
    const { rows } = await this.pool.query<{ id: number; tracking_id: string; feed_id: number }>(
      'SELECT id, tracking_id, feed_id FROM import WHERE tracking_id = ANY($1::uuid[])',
      [trackingIds],
    );
    const byTrackingId = new Map(rows.map((row) => [row.tracking_id, row]));
    const unknown = trackingIds.flatMap((id, n) => (byTrackingId.has(id) ? [] : [n]));
    refuseUnknown('trackingIds', unknown, 'There is no import with this tracking id.');
    for (const { feed_id: feedId } of rows) requireFeed(caller, feedId);
    return trackingIds.map((id) => byTrackingId.get(id)!.id);
  }

  private async named(caller: Caller, selection: Selection): Promise<Conditions> {
    switch (selection.by) {
      case 'trackingIds': {
        const ids = await this.importsOf(caller, selection.trackingIds);
        const conditions = new Conditions();
        return conditions.add(`e.import_id = ANY(${conditions.value(ids)}::bigint[])`);
      }
      case 'exceptionIds':
        return this.atPlaces(selection.places);
      case 'healedBy':
        return this.filtered(caller, { healedBy: selection.changeId, status: 'open' }, SELECTION);
      case 'filter':
        return this.filtered(caller, selection.filter, `${SELECTION}/filter`);
    }
  }

  private async atPlaces(places: Extract<Selection, { by: 'exceptionIds' }>['places']): Promise<Conditions> {
    const columns = [places.map(({ importId }) => importId), places.map(({ index }) => index)];
    const { rows } = await this.pool.query<{ n: number }>(
      `SELECT n - 1 AS n FROM unnest($1::bigint[], $2::int[]) WITH ORDINALITY AS p(import_id, record_index, n)
       WHERE NOT EXISTS (
         SELECT FROM exception x WHERE x.import_id = p.import_id AND x.record_index = p.record_index)
       ORDER BY n LIMIT 100`,
      columns,
    );
    const unknown = rows.map(({ n }) => n);
    refuseUnknown(
      'exceptionIds',
      unknown,
      'There is no exception with this id, or it has left by retention.',
    );
    const conditions = new Conditions();
    const [importIds, indexes] = columns.map((column) => conditions.value(column));
    return conditions.add(
      `(e.import_id, e.record_index) IN (SELECT * FROM unnest(${importIds}::bigint[], ${indexes}::int[]))`,
    );
  }

  private async filtered(
    caller: Caller,
    filter: Parameters<ExceptionConditions['conditions']>[1],
    pointer: string,
  ): Promise<Conditions> {
    try {
      return await this.filters.conditions(caller, filter);
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 400) throw error;
      const errors = error.errors?.map((problem) => ({
        ...problem,
        pointer: pointerTo(pointer, problem.pointer),
        code: 'not_found',
      }));
      throw invalidSelection(errors ?? []);
    }
  }

  private async refuseOtherFeeds(caller: Caller, { by }: Selection, selected: Conditions): Promise<void> {
    if (!caller.feeds) return;
    const conditions = selected.copy();
    conditions.add(`e.feed_id <> ALL(${conditions.value(caller.feeds)}::int[])`);
    const sql = `SELECT ${FROM_EXCEPTIONS} ${conditions} LIMIT 1`;
    const { rows } = await this.pool.query(sql, conditions.values);
    if (rows.length > 0) {
      const hint = by === 'filter' ? 'name a feed in its filter' : 'leave them out';
      throw forbidden(`The selection has exceptions of feeds that this key is not for; ${hint}.`);
    }
  }
}

function refuseUnknown(member: string, places: readonly number[], message: string): void {
  if (places.length === 0) return;
  const pointer = pointerTo(SELECTION, member);
  throw invalidSelection(places.map((n) => ({ pointer: pointerTo(pointer, n), code: 'not_found', message })));
}

const invalidSelection = (errors: readonly ProblemDetail[]) =>
  new Problem(422, 'invalid_selection', 'The selection names what is not there; see errors.', { errors });
