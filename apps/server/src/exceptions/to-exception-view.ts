import { RawJson, masked, maskedOrNull, toExceptionId, toRfc3339 } from '../common/index.js';
import { toStatusChange } from '../history/index.js';
import { FINGERPRINT_VERSION } from '../imports/index.js';
import type { ExceptionRow, GroupRow, MissingRow } from './exception-query.js';
import type { Subject } from './hidden-values.js';
import type { ExceptionGroup, ExceptionView, MissingValues } from './exception-view.js';
import { maskedDetails } from './masked-details.js';
import { maskedRecord, maskedText } from './masked-exception.js';
import { maskedMessage } from './masked-message.js';

/** An exception as the API shows it; what was sent goes out as it came, its numbers untouched. */
export function toExceptionView(row: ExceptionRow, isMasked: boolean): ExceptionView {
  const json = (text: string | null) => (text === null ? null : new RawJson(text));
  return {
    id: idOf(row),
    trackingId: row.tracking_id,
    index: row.record_index,
    feed: { id: row.feed_id, name: row.feed_name, apiName: row.feed_api_name },
    stage: row.stage,
    step: row.step,
    code: row.code,
    field: row.field,
    message: row.message,
    details: json(row.details),
    raw: json(row.raw),
    corrected: json(row.corrected),
    record: json(row.record),
    usageKey: row.usage_key,
    status: row.status,
    revision: row.revision,
    createdAt: toRfc3339(row.created_at),
    fingerprint: row.fingerprint,
    resolvedBy: row.resolved_by_tracking_id,
    changed: toStatusChange(row),
    ...(isMasked ? maskedParts(row) : {}),
  };
}

export function toGroupView(
  row: GroupRow,
  missing: MissingRow | undefined,
  isMasked: boolean,
): ExceptionGroup {
  return {
    fingerprint: row.fingerprint,
    fingerprintVersion: FINGERPRINT_VERSION,
    stage: row.stage,
    step: row.step,
    code: row.code,
    field: row.field,
    count: row.count,
    firstSeenAt: toRfc3339(row.first_seen_at),
    lastSeenAt: toRfc3339(row.last_seen_at),
    sample: {
      id: idOf(row),
      message: isMasked ? maskedMessage(row.message, toSubject([row.raw], row)) : row.message,
    },
    missing: missing ? toMissing(missing, isMasked) : null,
  };
}

function toMissing({ kind, distinctValues, values }: MissingRow, isMasked: boolean): MissingValues {
  // A rate is named by its plan and class: nothing of whoever was served.
  const isShown = !isMasked || kind === 'rate';
  return {
    kind,
    distinctValues,
    values: values.map((one) => (isShown ? one : { ...one, value: masked(one.value) })),
  };
}

const idOf = (row: { import_id: number; record_index: number }) =>
  toExceptionId({ importId: row.import_id, index: row.record_index });

/** What a message is about, by columns of the exception's row. */
export const toSubject = (
  raws: Subject['raws'],
  row: Pick<ExceptionRow, 'record' | 'usage_key' | 'missing_value'>,
): Subject => ({ raws, records: [row.record], known: [row.usage_key, row.missing_value] });

function maskedParts(row: ExceptionRow) {
  return {
    message: maskedMessage(row.message, toSubject([row.raw, row.decided, row.corrected], row)),
    details: maskedDetails(row),
    raw: maskedText(row.raw),
    corrected: row.corrected === null ? null : maskedText(row.corrected),
    record: row.record === null ? null : maskedRecord(row.record),
    usageKey: maskedOrNull(row.usage_key),
  };
}
