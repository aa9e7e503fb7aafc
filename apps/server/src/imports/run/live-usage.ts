import type { Client } from 'pg';
import type { Rating, UsageEntry } from 'feedmill/pipeline';
import { toCanonical } from '../canonical-moment.js';
import { numberArray } from './copy-text.js';
import type { LiveEntry, RecordRef } from './verdict.js';

/** A live record in the ledger. */
export interface LiveUsage {
  /** When its import was accepted: canonical text. */
  readonly acceptedAt: string;
  readonly parts: readonly LivePart[];
  /** It stands behind this transaction in ledger order: its reversal would come before it. */
  readonly isAhead: boolean;
  /** It is dated in a closed period of its feed, which gives nothing back. */
  readonly isClosed: boolean;
}

/** An entry as conditions see it and conflicts show it. */
export type LivePart = Omit<UsageEntry, 'resolvedIdentifier' | 'rating' | 'cost'> & {
  readonly rating: Pick<Rating, 'quantity' | 'amount' | 'currency'> | null;
};

export const placeOf = ({ importId, index }: RecordRef): string => `${importId}/${index}`;

interface Row extends Omit<LivePart, 'inbound' | 'reverseRating' | 'rating'> {
  importId: number;
  index: number;
  flags: number;
  acceptedAt: string;
  isAhead: boolean;
  isClosed: boolean;
  quantity: string | null;
  amount: string | null;
  currency: string | null;
}

/** Live records by place. What retention has taken from the ledger is absent. */
export async function readLiveUsage(
  client: Client,
  entries: readonly LiveEntry[],
): Promise<Map<string, LiveUsage>> {
  const found = new Map<string, LiveUsage & { readonly parts: LivePart[] }>();
  if (entries.length === 0) return found;
  const { rows } = await client.query<Row>({
    name: 'read-live-usage',
    text: `SELECT u.import_id AS "importId", u.record_index AS "index", u.flags,
        ${toCanonical('i.submitted_at')} AS "acceptedAt", p.xid > pg_current_xact_id() AS "isAhead",
        (f.late_usage = 'exception' AND u.date < f.closed_until) IS TRUE AS "isClosed",
        ${toCanonical('u.date')} AS date, u.time_zone AS "timeZone",
        u.identifier_type AS "identifierType", u.originating_identifier AS "originatingIdentifier",
        u.terminating_identifier AS "terminatingIdentifier", u.usage_identifier AS "usageIdentifier",
        u.value, u.usage_class AS "usageClass", u.usage_class_type AS "usageClassType",
        u.primary_data_row AS "primaryDataRow", coalesce(u.extensions::text, '{}') AS extensions,
        u.account_id AS "accountId", u.service_id AS "serviceId", u.quantity, u.amount, u.currency
      FROM (SELECT DISTINCT * FROM unnest($1::bigint[], $2::int[], $3::int[])) AS r(import_id, record_index, generation)
      CROSS JOIN LATERAL (
        SELECT * FROM usage
        WHERE import_id = r.import_id AND record_index = r.record_index AND generation = r.generation AND kind = 0
      ) AS u
      JOIN feed f ON f.id = u.feed_id
      CROSS JOIN LATERAL (SELECT submitted_at FROM import WHERE id = u.import_id) i
      CROSS JOIN LATERAL (SELECT xid FROM posting WHERE id = u.posting_id) p
      ORDER BY u.import_id, u.record_index, u.part`,
    values: [
      numberArray(entries.map((e) => e.ref.importId)),
      numberArray(entries.map((e) => e.ref.index)),
      numberArray(entries.map((e) => e.generation)),
    ],
  });
  for (const row of rows) {
    const { importId, index, flags, acceptedAt, isAhead, isClosed, quantity, amount, currency, ...fields } =
      row;
    const place = placeOf({ importId, index });
    const before = found.get(place) ?? { acceptedAt, parts: [], isAhead, isClosed };
    const live = { ...before, isClosed: before.isClosed || isClosed };
    live.parts.push({
      ...fields,
      inbound: (flags & 1) !== 0,
      reverseRating: (flags & 2) !== 0,
      rating: amount === null ? null : { quantity: quantity!, amount, currency: currency! },
    });
    found.set(place, live);
  }
  return found;
}
