import type { ConfigError } from '../errors.js';
import { compileExpression } from '../expression/index.js';

/** What is wrong with an expression at `/when`, each with its pointer; none where it can be saved. */
export function expressionProblems(source: string): string[] {
  try {
    compileExpression(source, '/when');
    return [];
  } catch (error) {
    return (error as ConfigError).problems.map(({ pointer, message }) => `${pointer} ${message}`);
  }
}
