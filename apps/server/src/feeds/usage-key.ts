import { ConfigError, compileExpression, didYouMean, pointerTo } from 'feedmill/pipeline';
import type { ProblemDetail } from '../common/index.js';
import type { ConflictRule, KeyFieldKind, UsageKeyDefinition, UsageKeyField } from './feed.js';

const KINDS: readonly KeyFieldKind[] = ['text', 'timestamp', 'decimal'];
const RULES: readonly ConflictRule[] = ['exception', 'replace', 'keep'];
const MAX_FIELDS = 20;
const MAX_FIELD_NAME = 200;
const KNOWN = ['fields', 'onConflict', 'replaceWhen', 'cancelWhen', 'none'];

type Refuse = (pointer: string, code: string, message: string) => void;

/** Reads a usage key as it was written: `fields` as names (compared as text) or `{field, as}`; or `none`. */
export function readUsageKey(written: object, problems: ProblemDetail[]): UsageKeyDefinition {
  const refuse: Refuse = (pointer, code, message) =>
    problems.push({ pointer: `/usageKey${pointer}`, code, message });
  const said = Object.fromEntries(
    Object.entries(written).filter(([, value]) => value !== undefined && value !== null),
  );
  for (const name of Object.keys(said).filter((n) => !KNOWN.includes(n))) {
    refuse(pointerTo('', name), 'unknown_key', `"${name}" is not known here${didYouMean(name, KNOWN)}`);
  }
  if (said.none !== undefined) return readNone(said, refuse);
  const { fields, onConflict = 'exception' } = said;
  if (!RULES.includes(onConflict as ConflictRule)) {
    refuse('/onConflict', 'invalid_value', `onConflict must be one of ${RULES.join(', ')}`);
  }
  if (said.replaceWhen !== undefined && onConflict !== 'replace') {
    refuse('/replaceWhen', 'invalid_value', 'replaceWhen belongs to onConflict replace');
  }
  const isList = Array.isArray(fields) && fields.length >= 1 && fields.length <= MAX_FIELDS;
  if (!isList) refuse('/fields', 'invalid_value', `fields must name 1 to ${MAX_FIELDS} decoded fields`);
  return {
    fields: isList ? readFields(fields, refuse) : [],
    onConflict: onConflict as ConflictRule,
    ...readCondition('replaceWhen', said.replaceWhen, refuse),
    ...readCondition('cancelWhen', said.cancelWhen, refuse),
  };
}

function readNone({ none, ...rest }: Record<string, unknown>, refuse: Refuse): UsageKeyDefinition {
  if (none !== true) refuse('/none', 'invalid_value', 'none must be true, or left out');
  for (const name of Object.keys(rest).filter((n) => KNOWN.includes(n))) {
    refuse(
      `/${name}`,
      'invalid_value',
      `${name} does not go with none: without a key no record is known again`,
    );
  }
  return { none: true };
}

/** A JSONata condition; what is wrong with it is refused with its position. */
function readCondition<Name extends string>(
  name: Name,
  source: unknown,
  refuse: Refuse,
): Partial<Record<Name, string>> {
  if (source === undefined) return {};
  try {
    compileExpression(source as string, `/${name}`);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const { pointer, code, message } of error.problems) refuse(pointer, code, message);
  }
  return { [name]: source } as Record<Name, string>;
}

function readFields(written: readonly unknown[], refuse: Refuse): UsageKeyField[] {
  const fields: UsageKeyField[] = [];
  for (const [i, item] of written.entries()) {
    const refuseField = (at: string, message: string, code = 'invalid_value') =>
      refuse(`/fields/${i}${at}`, code, message);
    if (typeof item !== 'string' && (typeof item !== 'object' || item === null || Array.isArray(item))) {
      refuseField('', 'must be the name of a decoded field, or {"field", "as"}');
      continue;
    }
    const {
      field,
      as = 'text',
      ...rest
    } = (typeof item === 'string' ? { field: item } : item) as Record<string, unknown>;
    for (const name of Object.keys(rest)) {
      const message = `"${name}" is not known here${didYouMean(name, ['field', 'as'])}`;
      refuseField(pointerTo('', name), message, 'unknown_key');
    }
    if (typeof field !== 'string' || field === '' || field.length > MAX_FIELD_NAME) {
      refuseField('/field', `field must be a name of 1 to ${MAX_FIELD_NAME} characters`);
    } else if (fields.some((known) => known.field === field))
      refuseField('', `"${field}" is named twice`, 'repeated');
    else if (!KINDS.includes(as as KeyFieldKind)) refuseField('/as', `as must be one of ${KINDS.join(', ')}`);
    else fields.push({ field, as: as as KeyFieldKind });
  }
  return fields;
}
