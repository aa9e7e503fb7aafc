import { type DecodedRecord, type UsageKeyField, type ZonePolicy, usageKeyOf } from 'feedmill/pipeline';
import { Problem, type ProblemDetail } from '../../common/index.js';

const MAX_KEYS = 10_000;
const MEMBERS = ['usageKeys'];
/** Up to so many characters a JSON number has come through as it was written. */
const EXACT_NUMBER_LENGTH = 16;

/**
 * The usage keys of a request `{"usageKeys": [{"callId": "v-1", "date": "..."}, "v-2"]}`: the key's fields as records have
 * them; of a key of one field also the value alone.
 * @throws Problem 422 `invalid_usage_keys` with every problem and its row
 */
export function readSeeds(body: unknown, fields: readonly UsageKeyField[], zone: ZonePolicy): string[] {
  const problems: ProblemDetail[] = [];
  const rows = rowsOf(body, problems);
  const keys = new Map<string, number>();
  rows.forEach((row, i) => {
    const refuse = (code: string, message: string) =>
      problems.push({ pointer: `/usageKeys/${i}`, code, message });
    const record = toRecord(row, fields);
    if (typeof record === 'string') return void refuse('invalid_value', record);
    const found = usageKeyOf(record, fields, zone);
    if ('rejection' in found) return void refuse(found.rejection.code, found.rejection.message);
    const before = keys.get(found.key);
    if (before === undefined) keys.set(found.key, i);
    else refuse('repeated', `is the same key as /usageKeys/${before}`);
  });
  if (problems.length === 0) return [...keys.keys()];
  throw new Problem(422, 'invalid_usage_keys', 'Nothing was stored; see errors.', { errors: problems });
}

function rowsOf(body: unknown, problems: ProblemDetail[]): readonly unknown[] {
  const members = typeof body === 'object' && body !== null && !Array.isArray(body) ? body : {};
  for (const name of Object.keys(members).filter((n) => !MEMBERS.includes(n))) {
    problems.push({ pointer: `/${name.slice(0, 100)}`, code: 'unknown_key', message: 'is not known here' });
  }
  const { usageKeys } = members as { usageKeys?: unknown };
  if (Array.isArray(usageKeys) && usageKeys.length >= 1 && usageKeys.length <= MAX_KEYS) return usageKeys;
  const message = `usageKeys must be a list of 1 to ${MAX_KEYS} keys`;
  problems.push({ pointer: '/usageKeys', code: 'invalid_value', message });
  return [];
}

/** A row as a decoded record has it, or why it is none. */
function toRecord(row: unknown, fields: readonly UsageKeyField[]): DecodedRecord | string {
  const names = fields.map(({ field }) => field);
  const isObject = typeof row === 'object' && row !== null && !Array.isArray(row);
  if (!isObject && (names.length !== 1 || row === null || typeof row === 'object')) {
    return `must be an object with ${names.join(', ')}`;
  }
  const record = (isObject ? row : { [names[0]!]: row }) as Record<string, unknown>;
  const unknown = Object.keys(record).find((name) => !names.includes(name));
  if (unknown !== undefined) return `"${unknown.slice(0, 100)}" is no field of the usage key`;
  const long = names.find((name) => {
    const value = record[name];
    return typeof value === 'number' && String(value).length > EXACT_NUMBER_LENGTH;
  });
  return long === undefined
    ? (record as DecodedRecord)
    : `"${long}" must be a text: as a number it would lose digits`;
}
