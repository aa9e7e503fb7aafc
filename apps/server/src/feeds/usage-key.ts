import { didYouMean, pointerTo } from 'feedmill/pipeline';
import type { ProblemDetail } from '../common/index.js';
import type { KeyFieldKind, UsageKeyDefinition, UsageKeyField } from './feed.js';

const KINDS: readonly KeyFieldKind[] = ['text', 'timestamp', 'decimal'];
const MAX_FIELDS = 20;
const MAX_FIELD_NAME = 200;
const KNOWN = ['fields', 'onConflict', 'replaceWhen', 'cancelWhen', 'none'];

/** Reads a usage key as it was written: `fields` as names (compared as text) or `{field, as}`. */
export function readUsageKey(written: object, problems: ProblemDetail[]): UsageKeyDefinition {
  const refuse = (pointer: string, code: string, message: string) =>
    problems.push({ pointer, code, message });
  const { fields, onConflict, none, ...rest } = written as Record<string, unknown>;
  for (const name of Object.keys(rest)) {
    const pointer = pointerTo('/usageKey', name);
    if (name === 'replaceWhen' || name === 'cancelWhen') {
      refuse(pointer, 'not_offered_yet', `${name} is not offered yet`);
    } else refuse(pointer, 'unknown_key', `"${name}" is not known here${didYouMean(name, KNOWN)}`);
  }
  if (none !== undefined) {
    refuse(
      '/usageKey/none',
      'not_offered_yet',
      'feeds without a usage key are not offered yet; name its fields',
    );
  }
  if (onConflict === 'replace' || onConflict === 'keep') {
    refuse('/usageKey/onConflict', 'not_offered_yet', `"${onConflict}" is not offered yet; "exception" is`);
  } else if (onConflict !== undefined && onConflict !== null && onConflict !== 'exception') {
    refuse('/usageKey/onConflict', 'invalid_value', 'onConflict must be exception');
  }
  const isList = Array.isArray(fields) && fields.length >= 1 && fields.length <= MAX_FIELDS;
  if (none === undefined && !isList) {
    refuse('/usageKey/fields', 'invalid_value', `fields must name 1 to ${MAX_FIELDS} decoded fields`);
  }
  return { fields: isList ? readFields(fields, problems) : [], onConflict: 'exception' };
}

function readFields(written: readonly unknown[], problems: ProblemDetail[]): UsageKeyField[] {
  const fields: UsageKeyField[] = [];
  for (const [i, item] of written.entries()) {
    const pointer = `/usageKey/fields/${i}`;
    const refuse = (at: string, message: string, code = 'invalid_value') =>
      problems.push({ pointer: `${pointer}${at}`, code, message });
    if (typeof item !== 'string' && (typeof item !== 'object' || item === null || Array.isArray(item))) {
      refuse('', 'must be the name of a decoded field, or {"field", "as"}');
      continue;
    }
    const {
      field,
      as = 'text',
      ...rest
    } = (typeof item === 'string' ? { field: item } : item) as Record<string, unknown>;
    for (const name of Object.keys(rest)) {
      refuse(
        pointerTo('', name),
        `"${name}" is not known here${didYouMean(name, ['field', 'as'])}`,
        'unknown_key',
      );
    }
    if (typeof field !== 'string' || field === '' || field.length > MAX_FIELD_NAME) {
      refuse('/field', `field must be a name of 1 to ${MAX_FIELD_NAME} characters`);
    } else if (fields.some((known) => known.field === field))
      refuse('', `"${field}" is named twice`, 'repeated');
    else if (!KINDS.includes(as as KeyFieldKind)) refuse('/as', `as must be one of ${KINDS.join(', ')}`);
    else fields.push({ field, as: as as KeyFieldKind });
  }
  return fields;
}
