import type { Caller } from '../auth/index.js';
import {
  Conditions,
  type ValuesOf,
  feedParameter,
  momentParameter,
  oneOf,
  textParameter,
} from '../common/index.js';
import { CHANNELS, IMPORT_STATUSES } from './import-view.js';
import { onlyVisible } from './visibility.js';

export const IMPORT_FILTERS = {
  feed: feedParameter(),
  status: oneOf(IMPORT_STATUSES, 'Where the run stands.'),
  channel: oneOf(CHANNELS, 'How it came.'),
  source: textParameter('The whole name that the sender gave with `Feedmill-Source`.'),
  submittedBy: textParameter('Name or id of the key that sent it.'),
  from: momentParameter('Submitted at or after.'),
  to: momentParameter('Submitted before.'),
};

export type ImportFilters = ValuesOf<typeof IMPORT_FILTERS>;

const HAS_STARTED = 'EXISTS (SELECT FROM chunk c WHERE c.import_id = i.id AND c.started_at IS NOT NULL)';
const STATUS_CONDITIONS = {
  queued: `i.status = 'running' AND NOT ${HAS_STARTED}`,
  processing: `i.status = 'running' AND ${HAS_STARTED}`,
  completed: `i.status = 'completed'`,
  failed: `i.status = 'failed'`,
};

/** Keeps a query to the imports `i` that a caller may see and asks for. */
export function importConditions(
  caller: Caller,
  filters: Omit<ImportFilters, 'feed'>,
  feedId: number | undefined,
): Conditions {
  const conditions = new Conditions()
    .compare('i.feed_id =', feedId)
    .compare('i.channel =', filters.channel)
    .compare('i.source =', filters.source)
    .compare('i.submitted_at >=', filters.from)
    .compare('i.submitted_at <', filters.to);
  if (filters.status) conditions.add(STATUS_CONDITIONS[filters.status]);
  if (filters.submittedBy !== undefined) {
    const key = conditions.value(filters.submittedBy);
    conditions.add(`(i.key_id = ANY(ARRAY(SELECT id FROM api_key WHERE name = ${key} OR public_id = ${key}))
      OR (i.key_id IS NULL AND i.id IN (SELECT import_id FROM correction WHERE actor = ${key})))`);
  }
  onlyVisible(conditions, caller);
  return conditions;
}
