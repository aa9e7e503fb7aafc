import type { ConfigProblem } from '../errors.js';
import { toComputable } from '../decimal.js';
import { boundedConcat, boundedRange } from './bounded-functions.js';
import {
  calculate,
  compareValues,
  negated,
  toExactValue,
  type Arithmetic,
  type Comparison,
} from './decimal-operators.js';
import { ExpressionFailure } from './failure.js';
import type { EvaluationLimits } from './limits.js';
import { compileLinear } from './linear-regex.js';
import { readNames } from './read-names.js';
import type { SyntaxNode } from './syntax-node.js';

/** What the evaluator has to know of an expression. */
export interface SyntaxFacts {
  /** Variables that it names, without the `$`. */
  readonly variables: ReadonlySet<string>;
  /** JSONata evaluates the members of constructors side by side. */
  readonly isParallel: boolean;
  /** Names that it reads of a record, or more; null: any. */
  readonly names: readonly string[] | null;
  /** Whether a sequence can become longer than what the record holds. */
  readonly canMultiply: boolean;
}

/** Functions that would make a record's result depend on more than the record. */
const REFUSED: Readonly<Record<string, string>> = {
  eval: 'expressions cannot make expressions',
  random: 'a result has to be the same in a reprocessing',
  shuffle: 'a result has to be the same in a reprocessing',
};
const ARITHMETIC: ReadonlySet<unknown> = new Set(['+', '-', '*', '/', '%']);
const COMPARISONS: ReadonlySet<unknown> = new Set(['<', '<=', '>', '>=']);
/** Functions that join or repeat lists. */
const MULTIPLYING: ReadonlySet<unknown> = new Set(['append', 'reduce', 'map', 'each', 'zip', 'spread']);
const HARMLESS_TYPES: ReadonlySet<string> = new Set([
  'binary',
  'block',
  'condition',
  'function',
  'name',
  'number',
  'regex',
  'string',
  'value',
]);
const NUMBER_AT_END = /(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/;

/** Every node of a tree, each once. */
export function nodesOf(root: object): SyntaxNode[] {
  const found = new Set<object>();
  const pending: object[] = [root];
  for (let next = pending.pop(); next; next = pending.pop()) {
    if (found.has(next) || next instanceof RegExp) continue;
    found.add(next);
    for (const child of Object.values(next)) {
      if (typeof child === 'object' && child !== null) pending.push(child as object);
    }
  }
  return [...found].filter((node): node is SyntaxNode => 'type' in node);
}

/** What the tree uses that is not offered. */
export function refusals(nodes: readonly SyntaxNode[], pointer: string): ConfigProblem[] {
  return nodes.flatMap((node) => {
    const reason =
      node.type === 'variable' && Object.hasOwn(REFUSED, String(node.value))
        ? REFUSED[String(node.value)]
        : undefined;
    if (reason)
      return [expressionProblem(pointer, `$${String(node.value)} is not offered: ${reason}`, node.position)];
    return [];
  });
}

/** A problem of an expression's text; positions count characters from the start. */
export function expressionProblem(pointer: string, message: string, position?: number): ConfigProblem {
  const place = position === undefined ? '' : ` (at character ${position})`;
  return { pointer, code: 'invalid_expression', message: `${message}${place}` };
}

/** Puts linear-time patterns in the place of regular expressions; gives what RE2 cannot read. */
export function replaceRegexes(nodes: readonly SyntaxNode[], pointer: string): ConfigProblem[] {
  return nodes.flatMap((node) => {
    if (node.type !== 'regex') return [];
    try {
      node.value = compileLinear(node.value as RegExp);
      return [];
    } catch (error) {
      const message = `regular expression ${String(node.value)}: ${(error as Error).message}`;
      return [expressionProblem(pointer, message, node.position)];
    }
  });
}

/**
 * Changes the tree in place so that numbers are exact and loops cannot grow without limit: operators
 * become calls of our functions, which costs JSONata about the same as its own operators.
 */
export function replaceOperators(
  nodes: readonly SyntaxNode[],
  source: string,
  limits: EvaluationLimits,
): SyntaxFacts {
  const canLoop = nodes.some(({ type }) => type === 'lambda' || type === 'bind');
  const canMultiply = nodes.some(multiplies);
  for (const node of nodes) {
    if (node.type === 'number') keepLiteralExact(node, source);
  }
  for (const node of nodes) {
    if (node.type === 'binary') replaceBinary(node, limits, canLoop);
    else if (node.type === 'unary' && node.value === '-') {
      toCall(node, negated, [node.expression!]);
    }
  }
  return {
    variables: new Set(nodes.filter((n) => n.type === 'variable').map((n) => String(n.value))),
    isParallel: nodes.some((n) => n.value === '[' || n.value === '{' || 'group' in n),
    names: readNames(nodes),
    canMultiply,
  };
}

/** Whether a node can make more members than there are in its input: for each member again all of another list. */
function multiplies(node: SyntaxNode): boolean {
  if (node.type === 'path') {
    return node.steps!.some((step, i) => (i > 0 && step.type !== 'name') || 'stages' in step);
  }
  if (node.type === 'variable') return MULTIPLYING.has(node.value);
  return !HARMLESS_TYPES.has(node.type) && node.value !== '-';
}

/** A literal that a double cannot hold becomes a decimal text. */
function keepLiteralExact(node: SyntaxNode, source: string): void {
  const written = NUMBER_AT_END.exec(source.slice(0, node.position));
  const text = written && toComputable(written[0]);
  if (!text || Math.abs(node.value as number) !== Number(text)) return;
  const isNegative = (node.value as number) < 0;
  const exact = toExactValue(isNegative ? `-${text}` : text);
  if (typeof exact === 'string') Object.assign(node, { type: 'string', value: exact });
}

function replaceBinary(node: SyntaxNode, limits: EvaluationLimits, canLoop: boolean): void {
  const operands = [node.lhs as SyntaxNode, node.rhs as SyntaxNode];
  if (ARITHMETIC.has(node.value)) {
    const operator = node.value as Arithmetic;
    toBinaryCall(node, operands, (left, right) => calculate(operator, left, right));
  } else if (COMPARISONS.has(node.value)) {
    const operator = node.value as Comparison;
    toBinaryCall(node, operands, (left, right) => compareValues(operator, left, right));
  } else if (node.value === '..') {
    toCall(node, checkedRange(limits), operands);
  } else if (node.value === '&' && canLoop) {
    toCall(node, boundedConcat(limits), operands);
  }
}

/** A constant right operand goes into the function: one evaluation less for each record. */
function toBinaryCall(
  node: SyntaxNode,
  operands: SyntaxNode[],
  operate: (left: unknown, right: unknown) => unknown,
): void {
  const right = operands[1]!;
  if (right.type === 'number' && !('predicate' in right)) {
    const constant = right.value;
    toCall(node, (left: unknown) => operate(left, constant), [operands[0]!]);
  } else {
    toCall(node, operate, operands);
  }
}

function toCall(node: SyntaxNode, implementation: unknown, operands: SyntaxNode[]): void {
  node.type = 'function';
  node.procedure = { type: 'value', value: implementation, position: node.position };
  node.arguments = operands;
  delete node.lhs;
  delete node.rhs;
  delete node.expression;
}

function checkedRange(limits: EvaluationLimits): (from: unknown, to: unknown) => number[] | undefined {
  const range = boundedRange(limits);
  return (from, to) => {
    if (from !== undefined && !Number.isInteger(from))
      throw new ExpressionFailure('T2003', { token: '..', value: from });
    if (to !== undefined && !Number.isInteger(to))
      throw new ExpressionFailure('T2004', { token: '..', value: to });
    if (from === undefined || to === undefined || (from as number) > (to as number)) return undefined;
    return range(from as number, to as number);
  };
}
