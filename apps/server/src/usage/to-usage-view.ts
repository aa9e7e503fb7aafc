import {
  RawJson,
  masked,
  maskedJson,
  maskedOrNull,
  toDecimalText,
  toDecimalTextOrNull,
  toRfc3339,
  toUsageId,
} from '../common/index.js';
import { fromStoredField } from '../database/index.js';
import { toLocalDate } from './local-date.js';
import type { UsageRow } from './usage-query.js';
import type { RatingView, UsageView } from './usage-view.js';

const FLAG = { inbound: 1, reverseRating: 2, late: 4, test: 8 } as const;
const NO_EXTENSIONS = '{}';

/** An entry of the ledger as the API shows it; masked: without identifiers but for their last characters. */
export function toUsageView(row: UsageRow, isMasked: boolean): UsageView {
  const ref = {
    importId: row.import_id,
    index: row.record_index,
    part: row.part,
    generation: row.generation,
  };
  const kind = row.kind === 1 ? 'reversal' : 'usage';
  const identifier = isMasked ? maskedOrNull : (text: string | null) => text;
  const date = toRfc3339(row.date);
  return {
    id: toUsageId({ kind, ...ref }),
    trackingId: row.tracking_id,
    index: row.record_index,
    part: row.part,
    producedBy: row.produced_by,
    feed: { id: row.feed_id, name: row.feed_name, apiName: row.feed_api_name },
    profile: { name: row.profile_name, version: row.profile_version },
    kind,
    live: row.live,
    mode: (row.flags & FLAG.test) !== 0 ? 'test' : 'live',
    reverses: kind === 'reversal' ? toUsageId({ kind: 'usage', ...ref }) : null,
    postedAt: toRfc3339(row.posted_at),
    late: (row.flags & FLAG.late) !== 0,
    date,
    timeZone: row.time_zone,
    localDate: toLocalDate(date, row.time_zone),
    usageKey: identifier(row.usage_key),
    identifierType: row.identifier_type,
    originatingIdentifier: identifier(row.originating_identifier),
    terminatingIdentifier: identifier(row.terminating_identifier),
    usageIdentifier: identifier(row.usage_identifier),
    value: toDecimalText(row.value),
    usageClass: row.usage_class,
    usageClassType: row.usage_class_type,
    inbound: (row.flags & FLAG.inbound) !== 0,
    reverseRating: (row.flags & FLAG.reverseRating) !== 0,
    primaryDataRow: row.primary_data_row,
    extensions: toExtensions(row.extensions ?? NO_EXTENSIONS, isMasked),
    resolvedIdentifier: toResolvedIdentifier(row, isMasked),
    accountId: row.account_id,
    serviceId: row.service_id,
    rating: toRating(row.rate_id, row.plan, row.quantity, row.unit_price, row.amount, row.currency),
    cost: toRating(
      row.cost_rate_id,
      row.cost_plan,
      row.cost_quantity,
      row.cost_unit_price,
      row.cost_amount,
      row.cost_currency,
    ),
  };
}

/** What a source sends beside the fields of usage may name anybody: masked as in exceptions. */
function toExtensions(json: string, isMasked: boolean): RawJson | object {
  return isMasked ? (maskedJson(JSON.parse(json)) as object) : new RawJson(json);
}

function toResolvedIdentifier(row: UsageRow, isMasked: boolean): UsageView['resolvedIdentifier'] {
  const { resolved_field: field, resolved_type: type, resolved_value: value } = row;
  if (field === null || type === null || value === null) return null;
  return { field: fromStoredField(field), type, value: isMasked ? masked(value) : value };
}

function toRating(
  rateId: number | null,
  plan: string | null,
  quantity: string | null,
  unitPrice: string | null,
  amount: string | null,
  currency: string | null,
): RatingView | null {
  if (amount === null || currency === null) return null;
  return {
    source: rateId === null ? 'given' : 'rated',
    plan,
    rateId: rateId === null ? null : String(rateId),
    quantity: toDecimalTextOrNull(quantity),
    unitPrice: toDecimalTextOrNull(unitPrice),
    amount: toDecimalText(amount),
    currency,
  };
}
