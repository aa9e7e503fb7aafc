import type { Client } from 'pg';
import type { Rating, UsageEntry } from 'feedmill/pipeline';
import { fromStoredField } from '../../database/child.js';
import { toCanonical } from '../canonical-moment.js';
import { numberArray } from '../run/copy-text.js';
import { placeOf } from '../run/live-usage.js';
import { placesOf } from '../run/posting.js';
import type { RecordRef } from '../run/verdict.js';
import type { Operation, OwnException, OwnUsage } from './standing.js';
import { usageText } from './usage-text.js';

interface UsageRow extends Omit<
  UsageEntry,
  'inbound' | 'reverseRating' | 'resolvedIdentifier' | 'rating' | 'cost'
> {
  importId: number;
  index: number;
  generation: number;
  key: string | null;
  flags: number;
  resolvedField: string | null;
  resolvedType: string | null;
  resolvedValue: string | null;
  rating: RatingRow | null;
  cost: RatingRow | null;
  isReversed: boolean;
  reversedBy: Operation | null;
}

type RatingRow = Omit<Rating, 'rateId'>;

/** Records in between are read for nothing. */
const MAX_GAP = 4;

/** Of a record, the parts of the highest generation: what it was last. */
const LAST_USAGE = `
SELECT u.import_id AS "importId", u.record_index AS index, u.generation, u.usage_key AS key, u.flags,
  ${toCanonical('u.date')} AS date, u.time_zone AS "timeZone", u.identifier_type AS "identifierType",
  u.originating_identifier AS "originatingIdentifier", u.terminating_identifier AS "terminatingIdentifier",
  u.usage_identifier AS "usageIdentifier", u.value, u.usage_class AS "usageClass", u.usage_class_type AS "usageClassType",
  u.primary_data_row AS "primaryDataRow", coalesce(u.extensions::text, '{}') AS extensions,
  u.account_id AS "accountId", u.service_id AS "serviceId",
  u.resolved_field AS "resolvedField", n.type AS "resolvedType", n.value AS "resolvedValue",
  CASE WHEN u.currency IS NOT NULL THEN json_build_object('source', CASE WHEN u.rate_id IS NULL THEN 'given' ELSE 'rated' END,
    'plan', rp.name, 'quantity', u.quantity::text, 'unitPrice', u.unit_price::text, 'amount', u.amount::text, 'currency', u.currency) END AS rating,
  CASE WHEN u.cost_currency IS NOT NULL THEN json_build_object('source', CASE WHEN u.cost_rate_id IS NULL THEN 'given' ELSE 'rated' END,
    'plan', cp.name, 'quantity', u.cost_quantity::text, 'unitPrice', u.cost_unit_price::text, 'amount', u.cost_amount::text,
    'currency', u.cost_currency) END AS cost,
  v.import_id IS NOT NULL AS "isReversed", c.operation AS "reversedBy"
FROM unnest($1::bigint[], $2::int[], $3::int[]) AS r(import_id, first, last)
CROSS JOIN LATERAL (
  SELECT * FROM usage
  WHERE import_id = r.import_id AND record_index >= r.first AND record_index <= r.last AND kind = 0
) u
LEFT JOIN usage v ON v.import_id = u.import_id AND v.record_index = u.record_index AND v.part = u.part
  AND v.generation = u.generation AND v.kind = 1
LEFT JOIN correction c ON c.import_id = v.produced_by
LEFT JOIN rate rr ON rr.id = u.rate_id LEFT JOIN rate_plan rp ON rp.id = rr.plan_id
LEFT JOIN rate cr ON cr.id = u.cost_rate_id LEFT JOIN rate_plan cp ON cp.id = cr.plan_id
LEFT JOIN identifier n ON n.id = u.identifier_id
ORDER BY u.import_id, u.record_index, u.generation, u.part`;

/** The last usage of records, by place; those that never were usage, or whose usage has left by retention, are absent. */
export async function readOwnUsage(
  client: Client,
  refs: readonly RecordRef[],
): Promise<Map<string, OwnUsage>> {
  if (refs.length === 0) return new Map();
  const places = placesOf(refs, MAX_GAP);
  const column = (offset: number) => numberArray(places.filter((_, i) => i % 3 === offset));
  const { rows } = await client.query<UsageRow>({
    name: 'read-own-usage',
    text: LAST_USAGE,
    values: [column(0), column(1), column(2)],
  });
  const parts = new Map<string, UsageRow[]>();
  for (const row of rows) {
    const place = placeOf(row);
    const known = parts.get(place);
    if (known && known[0]!.generation === row.generation) known.push(row);
    else parts.set(place, [row]);
  }
  return new Map([...parts].map(([place, own]) => [place, toOwnUsage(own)]));
}

function toOwnUsage(rows: readonly UsageRow[]): OwnUsage {
  const { generation, key, isReversed, reversedBy } = rows[0]!;
  return {
    generation,
    key,
    text: usageText(rows.map(toEntry)),
    dates: rows.map(({ date }) => date),
    parts: rows.length,
    isReversed,
    reversedBy,
  };
}

function toEntry(row: UsageRow): UsageEntry {
  const { resolvedField: field, resolvedType: type, resolvedValue: value, rating, cost, flags } = row;
  return {
    ...row,
    inbound: (flags & 1) !== 0,
    reverseRating: (flags & 2) !== 0,
    resolvedIdentifier:
      field !== null && type !== null && value !== null
        ? { field: fromStoredField(field), type, value, identifierId: '' }
        : null,
    rating: rating && { ...rating, rateId: null },
    cost: cost && { ...cost, rateId: null },
  };
}

interface ExceptionRow extends OwnException {
  importId: number;
  index: number;
}

/** The present exceptions of records, by place. Read under the locks of their keys, their status stands. */
export async function readOwnExceptions(
  client: Client,
  refs: readonly RecordRef[],
): Promise<Map<string, OwnException>> {
  const { rows } = await client.query<ExceptionRow>({
    name: 'read-own-exceptions',
    text: `SELECT e.import_id AS "importId", e.record_index AS index, e.attempt, e.usage_key AS key,
        coalesce(t.status, 'open') AS status
      FROM unnest($1::bigint[], $2::int[]) AS r(import_id, record_index)
      LEFT JOIN exception_state t ON t.import_id = r.import_id AND t.record_index = r.record_index
      JOIN exception e ON e.import_id = r.import_id AND e.record_index = r.record_index AND e.attempt = coalesce(t.attempt, 0)`,
    values: [numberArray(refs.map((r) => r.importId)), numberArray(refs.map((r) => r.index))],
  });
  return new Map(rows.map(({ importId, index, ...own }) => [placeOf({ importId, index }), own]));
}
