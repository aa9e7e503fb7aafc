import { didYouMean } from '../did-you-mean.js';
import type { ConfigProblem } from '../errors.js';
import { expressionProblem } from './syntax.js';
import type { SyntaxNode } from './syntax-node.js';
import { KNOWN_FUNCTIONS, boundNames, calledBy } from './unknown-functions.js';

/** What every expression has beside the record. */
export const CONTEXT_VARIABLES = ['source', 'event', 'feed'] as const;
/** What somebody may have meant by a variable; `parameters` is a member of `$feed`. */
const MEANT = [...CONTEXT_VARIABLES, 'feed.name', 'feed.apiName', 'feed.parameters', ...KNOWN_FUNCTIONS];

/**
 * Variables that nothing gives a value: they would be nothing for each record, in silence. Functions are values too, and a
 * name that the expression gives a value anywhere is taken, also where that is out of sight.
 */
export function unknownVariables(nodes: readonly SyntaxNode[], pointer: string): ConfigProblem[] {
  const bound = boundNames(nodes);
  const called = new Set(nodes.map(calledBy));
  return nodes.flatMap((node) => {
    if (node.type !== 'variable' || called.has(node)) return [];
    const name = String(node.value);
    // `$` and `$$` are what the expression is at.
    if (name === '' || name === '$' || bound.has(name) || KNOWN.has(name)) return [];
    const hint = didYouMean(name, [...bound].filter(isText).concat(MEANT)).replace('"', '"$');
    const message = `there is no variable $${name}${hint || '; a field of the record is named without the "$"'}`;
    return [expressionProblem(pointer, message, node.position)];
  });
}

const KNOWN: ReadonlySet<string> = new Set([...CONTEXT_VARIABLES, ...KNOWN_FUNCTIONS]);

const isText = (name: unknown): name is string => typeof name === 'string';
