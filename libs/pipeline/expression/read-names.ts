import type { SyntaxNode } from './syntax-node.js';

/** Nodes through which an expression reads nothing but the names that it spells out. */
const PLAIN_TYPES: ReadonlySet<string> = new Set([
  'binary',
  'block',
  'condition',
  'filter',
  'function',
  'name',
  'number',
  'path',
  'regex',
  'string',
  'value',
  'variable',
]);

/** Functions that read their arguments alone, when they are given so many: with fewer they take the whole record. */
const PLAIN_FUNCTIONS: Readonly<Record<string, number>> = {
  abs: 1,
  boolean: 1,
  ceil: 1,
  contains: 2,
  decimal: 1,
  exists: 1,
  floor: 1,
  join: 1,
  length: 1,
  lookup: 2,
  lowercase: 1,
  max: 1,
  min: 1,
  not: 1,
  number: 1,
  replace: 3,
  round: 1,
  roundTo: 2,
  string: 1,
  substring: 2,
  substringAfter: 2,
  substringBefore: 2,
  sum: 1,
  trim: 1,
  uppercase: 1,
};

/**
 * The names that an expression reads of a record, or more; null where it may read any. Goes by the
 * tree after operators were replaced.
 */
export function readNames(nodes: readonly SyntaxNode[]): readonly string[] | null {
  const called = new Set<unknown>();
  for (const node of nodes) {
    if (!PLAIN_TYPES.has(node.type)) return null;
    if (node.type !== 'function') continue;
    const { type, value } = node.procedure!;
    if (type === 'variable' && !(node.arguments!.length >= (PLAIN_FUNCTIONS[String(value)] ?? Infinity)))
      return null;
    called.add(node.procedure);
  }
  if (nodes.some((node) => node.type === 'variable' && !called.has(node))) return null;
  return [...new Set(nodes.filter(({ type }) => type === 'name').map(({ value }) => String(value)))];
}
