import type { ConfigProblem } from 'feedmill/pipeline';

/** A problem of a config's value. */
export function problem(pointer: string, message: string): ConfigProblem {
  return { pointer, code: 'invalid_value', message };
}
