import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import type { Caller } from '../auth/index.js';
import {
  Conditions,
  type ValuesOf,
  badParameter,
  feedParameter,
  forbidden,
  momentParameter,
  oneOf,
  patternParameter,
  textParameter,
  trackingIdParameter,
} from '../common/index.js';
import { PG_POOL } from '../database/index.js';
import { NamedFeeds, namesIdentifier, seesMasked } from '../history/index.js';
import { findChange, isHealedBy } from '../reference/index.js';
import { EXCEPTION_STATUSES, STAGES } from './exception-view.js';

const fingerprintParameter = patternParameter(
  /^[0-9a-f]{32}$/,
  'must be a fingerprint: 32 hexadecimal digits.',
  'The cause, as /exceptions/groups names it.',
);

/** The reference version that a change made. */
export const changeIdParameter = patternParameter(
  /^[1-9]\d{0,14}$/,
  'must be the changeId of a change of reference data.',
  'What the change of reference data with this `changeId` can heal: exceptions that missed what it created.',
);

export const EXCEPTION_FILTERS = {
  feed: feedParameter(),
  trackingId: trackingIdParameter('The import that the record was accepted with.'),
  stage: oneOf(STAGES, 'How far the record came.'),
  code: textParameter('The code of the rejection.'),
  step: textParameter("The step's name in the profile."),
  field: textParameter('The field that is to blame.'),
  status: oneOf(EXCEPTION_STATUSES, 'Where the exception stands.'),
  identifier: textParameter('The whole identifier that was looked up, or that the record has.'),
  usageKey: textParameter('The whole usage key.'),
  fingerprint: fingerprintParameter,
  healedBy: changeIdParameter,
  from: momentParameter('Created at or after.'),
  to: momentParameter('Created before.'),
  q: textParameter(
    'A text within the message, the raw record or the usage key, in any case. Not for viewers.',
    200,
  ),
};

export type ExceptionFilters = ValuesOf<typeof EXCEPTION_FILTERS>;

/** Filters of exceptions as conditions over `FROM_EXCEPTIONS`. */
@Injectable()
export class ExceptionConditions {
  constructor(
    @Inject(PG_POOL) private readonly pool: pg.Pool,
    private readonly feeds: NamedFeeds,
  ) {}

  /** @throws Problem 400 for a feed or a change that is not there, 403 */
  async conditions(caller: Caller, filters: ExceptionFilters): Promise<Conditions> {
    if (filters.q !== undefined && seesMasked(caller)) {
      throw forbidden('A viewer sees raw records masked, and cannot search in them.');
    }
    const conditions = new Conditions()
      .compare('e.feed_id =', await this.feeds.idOf(caller, filters.feed))
      .compare('e.stage =', filters.stage)
      .compare('e.code =', filters.code)
      .compare('e.step =', filters.step)
      .compare('e.field =', filters.field)
      .compare("coalesce(t.status, 'open') =", filters.status)
      .compare('e.usage_key =', filters.usageKey)
      .compare('e.created_at >=', filters.from)
      .compare('e.created_at <', filters.to);
    if (filters.fingerprint)
      conditions.add(`e.fingerprint = decode(${conditions.value(filters.fingerprint)}, 'hex')`);
    if (filters.trackingId !== undefined) {
      const trackingId = conditions.value(filters.trackingId);
      conditions.add(`e.import_id = (SELECT id FROM import WHERE tracking_id = ${trackingId})`);
    }
    if (filters.identifier !== undefined) conditions.add(namesIdentifier(conditions, filters.identifier));
    if (filters.q !== undefined) conditions.add(contains(conditions, filters.q));
    if (filters.healedBy !== undefined) await this.addHealedBy(conditions, filters.healedBy);
    return conditions;
  }

  private async addHealedBy(conditions: Conditions, changeId: string): Promise<void> {
    const change = await findChange(this.pool, Number(changeId));
    if (!change) throw badParameter('healedBy', 'names no change of reference data.');
    conditions.add(isHealedBy(change, conditions.value(change.version)));
  }
}

function contains(conditions: Conditions, text: string): string {
  const pattern = conditions.value(`%${text.replace(/[\\%_]/g, '\\$&')}%`);
  return `(e.message ILIKE ${pattern} OR e.raw ILIKE ${pattern} OR e.usage_key ILIKE ${pattern})`;
}
