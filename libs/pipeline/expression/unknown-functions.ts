import { didYouMean } from '../did-you-mean.js';
import type { ConfigProblem } from '../errors.js';
import { DECIMAL_FUNCTIONS } from './decimal-functions.js';
import { expressionProblem } from './syntax.js';
import type { SyntaxNode } from './syntax-node.js';
import { TIME_FUNCTIONS } from './time-functions.js';

/** JSONata's own functions, but for those that it binds for each evaluation (`now`, `millis`). */
export const JSONATA_FUNCTIONS: readonly string[] = [
  ...['abs', 'append', 'assert', 'average', 'base64decode', 'base64encode', 'boolean', 'ceil', 'clone'],
  ...['contains', 'count', 'decodeUrl', 'decodeUrlComponent', 'distinct', 'each', 'encodeUrl'],
  ...['encodeUrlComponent', 'error', 'eval', 'exists', 'filter', 'floor', 'formatBase', 'formatInteger'],
  ...['formatNumber', 'fromMillis', 'join', 'keys', 'length', 'lookup', 'lowercase', 'map', 'match', 'max'],
  ...['merge', 'min', 'not', 'number', 'pad', 'parseInteger', 'power', 'random', 'reduce', 'replace'],
  ...['reverse', 'round', 'shuffle', 'sift', 'single', 'sort', 'split', 'spread', 'sqrt', 'string'],
  ...[
    'substring',
    'substringAfter',
    'substringBefore',
    'sum',
    'toMillis',
    'trim',
    'type',
    'uppercase',
    'zip',
  ],
];
export const KNOWN_FUNCTIONS: ReadonlySet<string> = new Set([
  ...JSONATA_FUNCTIONS,
  ...[...DECIMAL_FUNCTIONS, ...TIME_FUNCTIONS].map(({ name }) => name),
]);

/**
 * Calls of functions that there are not, which would fail for each record. A name that the expression itself gives a value
 * anywhere (`:=`, a parameter, `@$name`, `#$name`) may be a function.
 */
export function unknownFunctions(nodes: readonly SyntaxNode[], pointer: string): ConfigProblem[] {
  const bound = boundNames(nodes);
  return nodes.flatMap((node) => {
    const called = calledBy(node);
    if (called?.type !== 'variable') return [];
    const name = String(called.value);
    // `$` and `$$` are what the expression is at.
    if (name === '' || name === '$' || KNOWN_FUNCTIONS.has(name) || bound.has(name)) return [];
    const hint = didYouMean(name, [...KNOWN_FUNCTIONS]).replace('"', '"$');
    return [expressionProblem(pointer, `there is no function $${name}${hint}`, called.position)];
  });
}

/** Names to which the expression itself gives a value somewhere. */
export function boundNames(nodes: readonly SyntaxNode[]): ReadonlySet<unknown> {
  return new Set(nodes.flatMap(namesBoundBy));
}

/** What a node calls, where it is a call. */
export function calledBy({ type, procedure, rhs }: SyntaxNode): SyntaxNode | undefined {
  if (type === 'function' || type === 'partial') return procedure;
  return type === 'apply' ? (rhs as SyntaxNode) : undefined;
}

function namesBoundBy({ type, lhs, value, arguments: parameters, focus, index }: SyntaxNode): unknown[] {
  const names: unknown[] = [focus, index];
  if (type === 'bind') names.push((lhs as SyntaxNode).value);
  if (type === 'index') names.push(value);
  if (type === 'lambda') names.push(...parameters!.map((parameter) => parameter.value));
  return names;
}
