import { toComputable } from '../decimal.js';
import { ExactNumber, type PipelineRecord } from '../record.js';
import { toExactValue } from './decimal-operators.js';

declare const VIEW: unique symbol;

/**
 * A record as expressions see it: one flat object, usage fields before source fields of the same
 * name. A snapshot: what steps set later is not in it (see `updateView`).
 */
export interface RecordView {
  readonly [VIEW]: true;
  readonly [name: string]: unknown;
}

/**
 * Builds the view of a record. Where a step evaluates several expressions, one view serves them all.
 * @param names that the expressions read, which makes a small view; null: all of the record
 */
export function toView(record: PipelineRecord, names: readonly string[] | null): RecordView {
  if (names) {
    const view: Record<string, unknown> = {};
    for (const name of names) {
      const value = record.get(name);
      if (value !== undefined)
        set(view, name, Object.hasOwn(record.fields, name) ? seenField(name, value) : seen(value));
    }
    return view as unknown as RecordView;
  }
  const view = merged(record.source, record.fields);
  for (const name of Object.keys(view)) {
    const value = view[name];
    if (typeof value === 'object' && value !== null) set(view, name, seen(value));
  }
  if (record.fields.value !== undefined) view['value'] = seenField('value', record.fields.value);
  return view as unknown as RecordView;
}

/** Brings a view up to date where a step has set one field since: cheaper than a view of the whole record. */
export function updateView(view: RecordView, record: PipelineRecord, field: string): void {
  set(view as unknown as Record<string, unknown>, field, seenField(field, record.fields[field]));
}

/** The field `value` is a decimal text and is seen as a number. */
function seenField(field: string, value: unknown): unknown {
  const text = field === 'value' && typeof value === 'string' ? toComputable(value) : null;
  return text === null ? seen(value) : toExactValue(text);
}

/** `Object.assign` is a tenth of the cost of spreading here, but would set a prototype. */
function merged(source: object, fields: object): Record<string, unknown> {
  return Object.hasOwn(source, '__proto__') || Object.hasOwn(fields, '__proto__')
    ? { ...source, ...fields }
    : (Object.assign({}, source, fields) as Record<string, unknown>);
}

/** A decoded value as expressions see it; the same object where it holds no exact numbers. */
export function seen(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof ExactNumber) {
    const text = toComputable(value);
    return text === null ? value.text : toExactValue(text);
  }
  if (!holdsExactNumber(value)) return value;
  if (Array.isArray(value)) return value.map(seen);
  const copy: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) set(copy, name, seen(member));
  return copy;
}

function holdsExactNumber(value: object): boolean {
  for (const name of Object.keys(value)) {
    const member = (value as Record<string, unknown>)[name];
    if (typeof member !== 'object' || member === null) continue;
    if (member instanceof ExactNumber || holdsExactNumber(member)) return true;
  }
  return false;
}

/** Sets an own member, also where its name is `__proto__`. */
function set(target: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__') {
    Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
  } else {
    target[name] = value;
  }
}
