import { toCleanJsonText } from '../json-text.js';
import { toShownFields, type UsageFields } from '../record.js';
import { TOO_LONG } from '../record-text.js';

/** The fields of a record at a moment: JSON texts by name. */
export type Snapshot = ReadonlyMap<string, string>;

export const MAX_SHOWN_BYTES = 16 * 1024;
const NOTHING: Snapshot = new Map();

/** @param previous of the same record: what has not changed is kept once, however many steps there are */
export function toSnapshot(fields: UsageFields, previous: Snapshot = NOTHING): Snapshot {
  const snapshot = new Map<string, string>();
  for (const [name, value] of Object.entries(toShownFields(fields))) {
    if (value === undefined) continue;
    const text = toCleanJsonText(value, MAX_SHOWN_BYTES, TOO_LONG);
    const before = previous.get(name);
    snapshot.set(name, text === before ? before : text);
  }
  return snapshot;
}
