import { canonicalText, recordHash } from './canonical.js';
import { toDecimal } from './decimal.js';
import { toInstant } from './instant.js';
import type { PipelineRecord, UsageFields } from './record.js';
import type { ZonePolicy } from './time-zone.js';

/** Which usage a record maps to, before who it belongs to and what it costs are known. */
const MAPPED_FIELDS = [
  'identifierType',
  'originatingIdentifier',
  'terminatingIdentifier',
  'usageIdentifier',
  'usageClass',
  'usageClassType',
  'primaryDataRow',
] as const satisfies readonly (keyof UsageFields)[];

/** A record hash that is equal for records of which all parts map to the same usage. */
export function usageHashOf(parts: readonly PipelineRecord[], feed: ZonePolicy): string {
  return recordHash(parts.map((part) => mappedText(part, feed)).join('\n'));
}

function mappedText({ fields }: PipelineRecord, feed: ZonePolicy): string {
  const values: unknown[] = MAPPED_FIELDS.map((name) => fields[name] ?? null);
  const instant = toInstant(fields.date, feed);
  values.push(
    'date' in instant ? instant.date : (fields.date ?? null),
    fields.timeZone ?? feed.timeZone,
    toDecimal(fields.value) ?? fields.value ?? null,
    fields.inbound ?? false,
    fields.reverseRating ?? false,
    fields.extensions ?? {},
  );
  return canonicalText(values);
}
