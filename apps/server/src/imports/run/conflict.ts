import type { Client } from 'pg';
import type { RejectResult, UsageEntry } from 'feedmill/pipeline';
import { numberArray } from './copy-text.js';
import type { Item } from './decide-batch.js';
import type { RecordRef } from './verdict.js';

/** What a conflict shows of a usage entry, so that an operator can choose without further look-ups. */
interface Shown {
  readonly date: string;
  readonly value: string;
  readonly usageClass: string | null;
  readonly usageClassType: string | null;
  readonly amount: string | null;
  readonly currency: string | null;
}

interface Holder {
  /** Absent where the live record stands in the import of the conflict itself. */
  readonly trackingId?: string;
  readonly index: number;
  readonly usage: Shown[];
}

const placeOf = (ref: RecordRef) => `${ref.importId}/${ref.index}`;

function show(entry: UsageEntry): Shown {
  return {
    date: entry.date,
    value: entry.value,
    usageClass: entry.usageClass,
    usageClassType: entry.usageClassType,
    amount: entry.rating?.amount ?? null,
    currency: entry.rating?.currency ?? null,
  };
}

/**
 * The rejection `usage_key_conflict` of each record that met a live key with other usage. Its details
 * show both: the live usage and what was sent.
 */
export async function explainConflicts(
  client: Client,
  items: readonly Item[],
): Promise<Map<Item, RejectResult>> {
  const conflicts = items.filter((item) => item.decision!.conflictsWith);
  if (conflicts.length === 0) return new Map();
  const holders = await readHolders(
    client,
    conflicts.map((item) => item.decision!.conflictsWith!),
  );
  for (const { ref, result, decision } of items) {
    if (decision!.verdict === 'i' && result.kind === 'usage') {
      holders.set(placeOf(ref), { index: ref.index, usage: result.parts.map(show) });
    }
  }
  return new Map(
    conflicts.map((item) => [
      item,
      conflictOf(item, holders.get(placeOf(item.decision!.conflictsWith!)) ?? null),
    ]),
  );
}

function conflictOf({ result }: Item, live: Holder | null): RejectResult {
  const sent =
    result.kind === 'usage'
      ? { usage: result.parts.map(show) }
      : { skipped: result.kind === 'skip' && result.reason };
  return {
    index: result.index,
    key: result.key,
    decodedHash: result.decodedHash,
    kind: 'reject',
    stage: 'store',
    step: null,
    rejection: {
      code: 'usage_key_conflict',
      message: `Usage key "${result.key}" is live with other usage`,
      details: { live, sent },
    },
    record: result.kind === 'usage' ? JSON.stringify(result.parts[0]) : null,
  };
}

async function readHolders(client: Client, refs: readonly RecordRef[]): Promise<Map<string, Holder>> {
  const { rows } = await client.query<Shown & { trackingId: string; importId: number; index: number }>(
    `SELECT i.tracking_id AS "trackingId", u.import_id AS "importId", u.record_index AS "index",
       replace(replace(u.date::text, ' ', 'T'), '+00', 'Z') AS date, u.value, u.usage_class AS "usageClass",
       u.usage_class_type AS "usageClassType", u.amount, u.currency
     FROM (SELECT DISTINCT * FROM unnest($1::bigint[], $2::int[])) AS r(import_id, record_index)
     CROSS JOIN LATERAL (
       SELECT * FROM usage WHERE import_id = r.import_id AND record_index = r.record_index AND kind = 0
     ) AS u
     JOIN import i ON i.id = u.import_id
     ORDER BY u.import_id, u.record_index, u.part`,
    [numberArray(refs.map((r) => r.importId)), numberArray(refs.map((r) => r.index))],
  );
  const holders = new Map<string, Holder>();
  for (const { trackingId, importId, index, ...shown } of rows) {
    const place = placeOf({ importId, index });
    const holder = holders.get(place) ?? { trackingId, index, usage: [] };
    holder.usage.push(shown);
    holders.set(place, holder);
  }
  return holders;
}
