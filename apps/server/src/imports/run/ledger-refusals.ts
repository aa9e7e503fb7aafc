import type { Client } from 'pg';
import { type RecordResult, type RejectResult, toEntryText, toRecordText } from 'feedmill/pipeline';
import { numberArray } from './copy-text.js';
import type { Item } from './conflict-rules.js';
import { type LivePart, placeOf, readLiveUsage } from './live-usage.js';
import type { LiveEntry } from './verdict.js';

/** What a conflict shows of a usage entry, so that an operator can choose without further look-ups. */
const show = ({ date, value, usageClass, usageClassType, rating }: LivePart) => ({
  date,
  value,
  usageClass,
  usageClassType,
  amount: rating?.amount ?? null,
  currency: rating?.currency ?? null,
});

interface Holder {
  readonly trackingId: string;
  readonly index: number;
  readonly usage: ReturnType<typeof show>[];
}

/**
 * The rejections of records that the pipeline has passed and the usage key has not: `usage_key_conflict` and
 * `period_closed`, whose details show both the live usage and what was sent, and `nothing_to_cancel`.
 */
export async function explainRefusals(
  client: Client,
  items: readonly Item[],
): Promise<Map<Item, RejectResult>> {
  const refused = items.filter((item) => item.decision!.refusal);
  if (refused.length === 0) return new Map();
  const entries = refused.flatMap(({ decision }) => decision!.conflictsWith ?? []);
  const holders = entries.length ? await readHolders(client, entries, items) : new Map<string, Holder>();
  return new Map(
    refused.map((item) => {
      const { conflictsWith } = item.decision!;
      return [item, refusalOf(item, (conflictsWith && holders.get(placeOf(conflictsWith.ref))) ?? null)];
    }),
  );
}

/** The live records, also those that this batch is about to write. */
async function readHolders(
  client: Client,
  entries: readonly LiveEntry[],
  items: readonly Item[],
): Promise<Map<string, Holder>> {
  const { rows } = await client.query<{ id: number; tracking_id: string }>(
    'SELECT id, tracking_id FROM import WHERE id = ANY($1)',
    [numberArray(entries.map(({ ref }) => ref.importId))],
  );
  const trackingIds = new Map(rows.map((row) => [row.id, row.tracking_id]));
  const usage = new Map<string, readonly LivePart[]>();
  for (const [place, { parts }] of await readLiveUsage(client, entries)) usage.set(place, parts);
  for (const { ref, result, decision } of items) {
    if (decision!.verdict === 'i' && result.kind === 'usage') usage.set(placeOf(ref), result.parts);
  }
  return new Map(
    entries.map(({ ref }) => {
      const shown = (usage.get(placeOf(ref)) ?? []).map(show);
      return [placeOf(ref), { trackingId: trackingIds.get(ref.importId)!, index: ref.index, usage: shown }];
    }),
  );
}

/** What retention has taken can be neither compared nor taken back. */
const isExpired = ({ usage }: Holder): boolean => usage.length === 0;
const EXPIRED = 'held by usage that has left by retention and cannot be taken back';

function refusalOf({ result, decision, undecided }: Item, live: Holder | null): RejectResult {
  const { index, key, decodedHash } = result;
  const base = { index, key, decodedHash, kind: 'reject', stage: 'store', step: null } as const;
  if (decision!.refusal === 'nothing_to_cancel') {
    const message = live
      ? `Usage key "${key}" is ${isExpired(live) ? EXPIRED : 'live with usage that was accepted after this record'}`
      : `Usage key "${key}" has no live usage that could be cancelled`;
    const details = live ? { live, sent: sentOf(result) } : undefined;
    return { ...base, rejection: { code: 'nothing_to_cancel', message, details }, record: null };
  }
  const record = recordOf(result);
  if (decision!.refusal === 'period_closed') {
    const message = `Usage key "${key}" is live with usage that is dated in a closed period and cannot be taken back`;
    const rejection = {
      code: 'period_closed',
      message,
      field: 'date',
      details: { live, sent: sentOf(result) },
    };
    return { ...base, rejection, record };
  }
  const isVoided = decision!.refusal === 'voided_key';
  const held = isVoided
    ? 'held by other usage that an operator has voided'
    : live && isExpired(live)
      ? EXPIRED
      : 'live with other usage';
  const other = isVoided ? { live: null, voided: live } : { live };
  return {
    ...base,
    rejection: {
      code: 'usage_key_conflict',
      message: `Usage key "${key}" is ${held}`,
      details: { ...other, sent: sentOf(result), ...(undecided !== undefined && { replaceWhen: undecided }) },
    },
    record,
  };
}

function sentOf(result: RecordResult): object {
  if (result.kind === 'usage') return { usage: result.parts.map(show) };
  return result.kind === 'cancel' ? { cancels: true } : { skipped: result.kind === 'skip' && result.reason };
}

/** The record as it left the pipeline, or as far as it came where a step has skipped it. */
function recordOf(result: RecordResult): string | null {
  if (result.kind === 'usage') return toEntryText(result.parts[0]!);
  return result.kind === 'skip' ? toRecordText(result.fields) : null;
}
