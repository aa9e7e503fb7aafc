import type { Client } from 'pg';
import { toCanonical } from '../canonical-moment.js';
import { placeOf } from '../run/live-usage.js';
import { placeColumns } from '../run/posting.js';
import type { RecordRef } from '../run/verdict.js';
import type { StoredPart } from './same-usage.js';
import type { OwnException, OwnUsage } from './standing.js';

/** A part as it is read, and the record that it is of. */
interface UsageRow extends StoredPart, Omit<OwnUsage, 'parts'> {
  readonly importId: number;
  readonly index: number;
}

/** Records in between are read for nothing. */
const MAX_GAP = 4;

/** Of a record, the parts of the highest generation: what it was last. */
const LAST_USAGE = `
SELECT u.import_id AS "importId", u.record_index AS index, u.generation, u.usage_key AS key,
  ${toCanonical('u.date')} AS date, u.time_zone AS "timeZone", u.identifier_type AS "identifierType",
  u.originating_identifier AS "originatingIdentifier", u.terminating_identifier AS "terminatingIdentifier",
  u.usage_identifier AS "usageIdentifier", u.value, u.usage_class AS "usageClass", u.usage_class_type AS "usageClassType",
  u.flags & 1 <> 0 AS "isInbound", u.flags & 2 <> 0 AS "isReverseRating",
  u.primary_data_row AS "primaryDataRow", u.extensions::text, u.account_id AS "accountId", u.service_id AS "serviceId",
  u.resolved_field AS "resolvedField", n.type AS "resolvedType", n.value AS "resolvedValue",
  u.currency, u.amount, u.quantity, u.unit_price AS "unitPrice", rp.name AS plan,
  CASE WHEN u.rate_id IS NULL THEN 'given' ELSE 'rated' END AS source,
  u.cost_currency AS "costCurrency", u.cost_amount AS "costAmount", u.cost_quantity AS "costQuantity",
  u.cost_unit_price AS "costUnitPrice", cp.name AS "costPlan",
  CASE WHEN u.cost_rate_id IS NULL THEN 'given' ELSE 'rated' END AS "costSource",
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
  const { rows } = await client.query<UsageRow>({
    name: 'read-own-usage',
    text: LAST_USAGE,
    values: placeColumns(refs, MAX_GAP),
  });
  const usage = new Map<string, OwnUsage & { readonly parts: StoredPart[] }>();
  for (const row of rows) {
    const place = placeOf(row);
    const known = usage.get(place);
    if (known?.generation === row.generation) {
      known.parts.push(row);
      continue;
    }
    const { generation, key, isReversed, reversedBy } = row;
    usage.set(place, { generation, key, isReversed, reversedBy, parts: [row] });
  }
  return usage;
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
      FROM unnest($1::bigint[], $2::int[], $3::int[]) AS r(import_id, first, last)
      CROSS JOIN LATERAL (
        SELECT * FROM exception WHERE import_id = r.import_id AND record_index >= r.first AND record_index <= r.last
      ) e
      LEFT JOIN exception_state t ON t.import_id = e.import_id AND t.record_index = e.record_index
      WHERE e.attempt = coalesce(t.attempt, 0)`,
    values: placeColumns(refs, MAX_GAP),
  });
  return new Map(rows.map(({ importId, index, ...own }) => [placeOf({ importId, index }), own]));
}
