import type { Caller } from '../auth/index.js';
import {
  Conditions,
  type Cursor,
  LIST_PARAMETERS,
  type ValuesOf,
  feedParameter,
  momentParameter,
  textParameter,
} from '../common/index.js';
import { joinDecidedAgain } from './detail-place.js';
import { onlyVisible } from './visibility.js';

export const SEARCH_PARAMETERS = {
  ...LIST_PARAMETERS,
  feed: feedParameter(),
  usageKey: textParameter('The whole usage key.'),
  identifier: textParameter('The whole identifier, in any of the fields that hold one.'),
  from: momentParameter('Submitted at or after.'),
  to: momentParameter('Submitted before.'),
};

export type SearchQuery = ValuesOf<typeof SEARCH_PARAMETERS>;

export interface PlacesRequest {
  readonly caller: Caller;
  readonly query: SearchQuery;
  readonly feedId: number | undefined;
  readonly after: Cursor | null;
  readonly limit: number;
}

/** A subquery of the places (import_id, record_index) that one kind of row knows. */
type Places = (conditions: Conditions, text: string, within: (alias: string) => string) => string;

/** The cell of the key: who holds it, and its open exception. */
const IN_CELLS: Places = (conditions, key) => {
  const cells = `FROM key_cell h WHERE h.scope_id = ANY(ARRAY(SELECT unnest(ARRAY[id, -id]) FROM key_scope)) AND h.key = ${conditions.value(key)}`;
  return `SELECT h.import_id, h.record_index ${cells} UNION SELECT h.open_import_id, h.open_index ${cells}`;
};

const IN_EXCEPTIONS: Places = (conditions, key) =>
  `SELECT e.import_id, e.record_index FROM exception e WHERE e.usage_key = ${conditions.value(key)}`;

/** What had the key before: by the partial index of what was corrected. */
const IN_CORRECTIONS: Places = (conditions, key, within) =>
  `SELECT u.import_id, u.record_index FROM usage u
   WHERE (u.kind = 1 OR u.produced_by <> u.import_id) AND u.usage_key = ${conditions.value(key)} AND ${within('u')}`;

/**
 * Skipped and duplicate records, and those that took something back, have no row of their own: containment picks the
 * chunks, the third member is the key. Those of corrections stand for the records that were decided again.
 */
const IN_DETAILS: Places = (conditions, key, within) =>
  `SELECT coalesce(o.import_id, c.import_id), coalesce(o.index, (d ->> 0)::int)
   FROM chunk c CROSS JOIN LATERAL jsonb_array_elements(c.details) d
   ${joinDecidedAgain('c')}
   WHERE c.details @> ${conditions.value(JSON.stringify([[key]]))}::jsonb AND d ->> 2 = ${conditions.value(key)}
     AND (c.origins IS NOT NULL OR ${within('c')})`;

const IN_LEDGER: Places = (conditions, identifier, within) => {
  const value = conditions.value(identifier);
  const fields = ['originating_identifier', 'terminating_identifier', 'usage_identifier'];
  const isNamed = fields.map((field) => `u.${field} = ${value}`).join(' OR ');
  return `SELECT u.import_id, u.record_index FROM usage u
    WHERE (${isNamed} OR u.identifier_id = ANY(ARRAY(SELECT id FROM identifier WHERE value = ${value})))
      AND ${within('u')}`;
};

const NAMED_IN_EXCEPTIONS: Places = (conditions, identifier, within) =>
  `SELECT e.import_id, e.record_index FROM exception e
   WHERE ${namesIdentifier(conditions, identifier)} AND ${within('e')}`;

const BY_KEY = [IN_CELLS, IN_EXCEPTIONS, IN_CORRECTIONS, IN_DETAILS];
const BY_IDENTIFIER = [IN_LEDGER, NAMED_IN_EXCEPTIONS];

const IDENTIFIER_FIELDS = ['originatingIdentifier', 'terminatingIdentifier', 'usageIdentifier'];

/**
 * Whether an exception `e` is about an identifier: it was looked up, or the record has it. The record is
 * JSON text as `JSON.stringify` writes it: a field is found by its text.
 */
export function namesIdentifier(conditions: Conditions, identifier: string): string {
  const members = IDENTIFIER_FIELDS.map((name) => `"${name}":${JSON.stringify(identifier)}`);
  const inRecord = members.map((member) => `strpos(e.record, ${conditions.value(member)}) > 0`);
  return `(e.missing_value = ${conditions.value(identifier)} OR ${inRecord.join(' OR ')})`;
}

/** The records of one page, newest first, each with its import, feed and verdict. */
export function selectFound({ caller, query, feedId, after, limit }: PlacesRequest): {
  sql: string;
  values: unknown[];
} {
  const conditions = new Conditions()
    .compare('i.feed_id =', feedId)
    .compare('i.submitted_at >=', query.from)
    .compare('i.submitted_at <', query.to);
  onlyVisible(conditions, caller);
  const visible = conditions.toString();
  const within = (alias: string) =>
    visible ? `${alias}.import_id IN (SELECT i.id FROM import i ${visible})` : 'true';
  const union = (places: readonly Places[], text: string) =>
    `(${places.map((of) => of(conditions, text, within)).join(' UNION ')})`;
  const { usageKey, identifier } = query;
  const sets = [
    ...(usageKey === undefined ? [] : [union(BY_KEY, usageKey)]),
    ...(identifier === undefined ? [] : [union(BY_IDENTIFIER, identifier)]),
  ];
  const place = (after ?? []).map((part) => conditions.value(part)).join(', ');
  const isBehind = after ? `(i.submitted_at, s.import_id, s.record_index) < (${place})` : 'true';
  const sql = `
WITH page AS MATERIALIZED (
  SELECT s.*, i.submitted_at FROM (${sets.join(' INTERSECT ')}) AS s (import_id, record_index)
  JOIN import i ON i.id = s.import_id
  WHERE ${within('s')} AND ${isBehind}
  ORDER BY i.submitted_at DESC, s.import_id DESC, s.record_index DESC LIMIT ${limit}
)
SELECT p.import_id, p.record_index, p.submitted_at, i.tracking_id, f.id AS feed_id, f.name AS feed_name, f.api_name AS feed_api_name,
  c.ended_at, substr(c.verdicts, p.record_index - c.first_index + 1, 1) AS letter
FROM page p
JOIN import i ON i.id = p.import_id
JOIN feed f ON f.id = i.feed_id
JOIN chunk c ON c.import_id = p.import_id AND p.record_index >= c.first_index AND p.record_index < c.first_index + c.total
ORDER BY p.submitted_at DESC, p.import_id DESC, p.record_index DESC`;
  return { sql, values: conditions.values };
}

export interface FoundRow {
  readonly import_id: number;
  readonly record_index: number;
  readonly submitted_at: string;
  readonly tracking_id: string;
  readonly feed_id: number;
  readonly feed_name: string;
  readonly feed_api_name: string;
  readonly ended_at: string | null;
  readonly letter: string;
}
