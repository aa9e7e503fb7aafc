import { toJson } from '../json.js';
import { toSafeText } from '../output/terminal.js';

const INDENT = '  ';

/** JSON as lines to read: what is plain of an object on one line, what is nested in it below; nulls are left out. */
export function toOutline(value: unknown, indent: string): string[] {
  if (!isNested(value)) return [indent + toText(value)];
  if (Array.isArray(value)) {
    return value.flatMap((item: unknown) => {
      const [first = '', ...others] = toOutline(item, indent + INDENT);
      return [`${indent}- ${first.trimStart()}`, ...others];
    });
  }
  const members = Object.entries(value).filter(([, member]) => member !== null && member !== undefined);
  const plain = members.filter(([, member]) => !isNested(member));
  const nested = members.filter(([, member]) => isNested(member) && Object.keys(member).length > 0);
  const line = plain.map(([name, member]) => `${toSafeText(name)} ${toText(member)}`).join(', ');
  return [
    ...(line === '' ? [] : [indent + line]),
    ...nested.flatMap(([name, member]) => [
      `${indent}${toSafeText(name)}:`,
      ...toOutline(member, indent + INDENT),
    ]),
  ];
}

/** A value on one line. */
export function toText(value: unknown): string {
  return toSafeText(typeof value === 'string' ? value : toJson(value));
}

/** Numbers that JavaScript cannot hold are objects too. */
function isNested(value: unknown): value is object {
  if (Array.isArray(value)) return true;
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
