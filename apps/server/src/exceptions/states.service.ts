import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import { Audit, type ChangedBy } from '../admin/index.js';
import type { Caller } from '../auth/index.js';
import { PG_POOL, byIndexOnly, inTransaction, lockCorrections } from '../database/index.js';
import { type Selected, selectSelected, sortOut } from './selected.js';
import { readSelectionBody } from './selection-body.js';
import type { Selection } from './selection.js';
import { auditedIds, auditedSelection } from './audited.js';
import { Selections } from './selections.js';
import { type Change, type Place, discardExceptions, reopenExceptions } from './state-changes.js';
import { StateChangeDto, type StateChangeView } from './state-change.dto.js';

/** Exceptions of one request: it is one transaction. */
const MAX_EXCEPTIONS = 100_000;

/** What is asked of the exceptions of a selection. */
export interface StateRequest {
  readonly selection: Selection;
  readonly reason: string;
  readonly dryRun: boolean;
}

interface Transition {
  readonly action: string;
  readonly from: Selected['status'];
  readonly to: Selected['status'];
  /** Why one in another status is left out. */
  readonly otherwise: string;
  carryOut(client: pg.PoolClient, exceptions: readonly Selected[], change: Change): Promise<Place[]>;
}

const DISCARD: Transition = {
  action: 'exceptions.discarded',
  from: 'open',
  to: 'discarded',
  otherwise: 'not_open',
  carryOut: discardExceptions,
};
const REOPEN: Transition = {
  action: 'exceptions.reopened',
  from: 'discarded',
  to: 'open',
  otherwise: 'not_discarded',
  carryOut: reopenExceptions,
};

/** Discards exceptions that nobody will mend, and takes that back. */
@Injectable()
export class StatesService {
  constructor(
    @Inject(PG_POOL) private readonly pool: pg.Pool,
    private readonly selections: Selections,
    private readonly audit: Audit,
  ) {}

  /**
   * @param only the code that exceptions must have, and why those with another are left out
   * @throws Problem 403, 422 `invalid_selection`, `selection_too_large`
   */
  discard(
    caller: Caller,
    by: ChangedBy,
    request: StateRequest,
    only?: { readonly code: string; readonly otherwise: string },
  ): Promise<StateChangeView> {
    return this.change(caller, by, request, DISCARD, only);
  }

  /** As `discard`, of what was discarded. */
  reopen(caller: Caller, by: ChangedBy, request: StateRequest): Promise<StateChangeView> {
    return this.change(caller, by, request, REOPEN);
  }

  private async change(
    caller: Caller,
    by: ChangedBy,
    { selection, reason, dryRun }: StateRequest,
    { action, from, to, otherwise, carryOut }: Transition,
    only?: { readonly code: string; readonly otherwise: string },
  ): Promise<StateChangeView> {
    const conditions = await this.selections.conditions(caller, selection);
    return inTransaction(this.pool, async (client) => {
      await lockCorrections(client, 'shared');
      const selected = await selectSelected(client, conditions, MAX_EXCEPTIONS);
      const { eligible, ineligible } = sortOut(selected, (one) => {
        if (only && one.code !== only.code) return only.otherwise;
        if (one.status !== from) return otherwise;
        return one.is_under_correction ? 'correction_in_progress' : null;
      });
      const matched = selected.length;
      if (dryRun || eligible.length === 0) return { matched, changed: eligible.length, ineligible };
      await client.query(byIndexOnly('SET LOCAL'));
      const places = await carryOut(client, eligible, { reason, actor: caller.name });
      const { length: changed } = places;
      const late = eligible.length - changed;
      const answer = { matched, changed, ineligible: late ? added(ineligible, otherwise, late) : ineligible };
      await this.audit.record(client, by, {
        action,
        subject: 'exceptions',
        before: { status: from },
        after: {
          status: to,
          selection: auditedSelection(selection),
          reason,
          ...answer,
          ...auditedIds(places),
        },
      });
      return answer;
    });
  }
}

/** @throws Problem 422 `invalid_request` with every problem */
export function readStateRequest(body: unknown): StateRequest {
  const { selection, reason, dryRun } = readSelectionBody(StateChangeDto, body, 'invalid_request');
  return { selection, reason, dryRun: dryRun === true };
}

/** Some that changed their status just before. */
function added(
  ineligible: StateChangeView['ineligible'],
  reason: string,
  count: number,
): StateChangeView['ineligible'] {
  const others = ineligible.filter((one) => one.reason !== reason);
  const before = ineligible.find((one) => one.reason === reason)?.count ?? 0;
  return [...others, { reason, count: before + count }];
}
