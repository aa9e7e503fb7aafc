import { HIDDEN, maskedJson } from '../common/index.js';

/** Fields of a record that say nothing of who was served; every other is masked. */
const SHOWN_FIELDS: ReadonlySet<string> = new Set([
  'date',
  'timeZone',
  'identifierType',
  'value',
  'usageClass',
  'usageClassType',
  'inbound',
  'reverseRating',
  'primaryDataRow',
  'accountId',
  'serviceId',
  'rating',
  'cost',
]);

export const isShownField = (name: string): boolean => SHOWN_FIELDS.has(name);

/** JSON text of details, of what a step looked at, or of a record as it was sent or decoded, masked throughout. */
export function maskedText(json: string): unknown {
  const value: unknown = JSON.parse(json);
  // The end of a row may be a whole column.
  return typeof value === 'string' ? HIDDEN : maskedJson(value);
}

/** JSON text of a record as far as it came: identifiers and all that is not a field of ours masked. */
export function maskedRecord(json: string): unknown {
  const record = JSON.parse(json) as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(record).map(([name, value]) => [name, isShownField(name) ? value : maskedJson(value)]),
  );
}
