import { masked, maskedJson, maskedWithin } from '../common/index.js';

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

const QUOTED = /"((?:[^"\\]|\\.)*)"/g;
/** Numbers are not quoted. Those of six digits and more may be telephone numbers; dates and our limits are shorter. */
const LONG_NUMBER = /(?<![\w.])\d{6,}(?:\.\d+)?/g;

/** A message without what it quotes of the record, and without the values known to stand for somebody. */
export function maskedMessage(message: string, values: readonly (string | null)[]): string {
  const known = values.filter((value) => value !== null);
  return maskedWithin(message, known)
    .replace(QUOTED, (_, text: string) => `"${masked(text)}"`)
    .replace(LONG_NUMBER, (digits) => masked(digits));
}

/** JSON text of details or of a raw record, masked throughout. */
export function maskedText(json: string): unknown {
  return maskedJson(JSON.parse(json));
}

/** JSON text of a record as far as it came: identifiers and all that is not a field of ours masked. */
export function maskedRecord(json: string): unknown {
  const record = JSON.parse(json) as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(record).map(([name, value]) => [name, SHOWN_FIELDS.has(name) ? value : maskedJson(value)]),
  );
}
