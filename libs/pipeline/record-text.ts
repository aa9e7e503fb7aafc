import { toCleanJsonText } from './json-text.js';
import { toShownFields, type UsageFields } from './record.js';
import type { UsageEntry } from './result.js';

const MAX_RECORD_BYTES = 16 * 1024;

/** What stands in place of JSON that is too long to be kept. */
export const TOO_LONG = '{"truncated":true}';

/** JSON of a record as far as it came, for an exception. */
export function toRecordText(fields: UsageFields): string {
  return toCleanJsonText(toShownFields(fields), MAX_RECORD_BYTES, TOO_LONG);
}

/** JSON of usage as it left the pipeline. Its extensions are JSON text already: read again, long numbers would change. */
export function toEntryText({ extensions, ...fields }: UsageEntry): string {
  return `${JSON.stringify(toShownFields(fields)).slice(0, -1)},"extensions":${extensions}}`;
}
