import type { ProblemDetail } from './problem.js';
import { pointerTo } from 'feedmill/pipeline';

const LONE_SURROGATE = /\p{Surrogate}/u;

/** Whether Postgres can hold the text: one NUL or half of a surrogate pair fails a whole statement. */
export function isStorableText(text: string): boolean {
  return !text.includes('\0') && !LONE_SURROGATE.test(text);
}

/** Every place in a JSON value that the database cannot hold. Give it only what is bounded in depth. */
export function storableProblems(value: unknown, pointer = ''): ProblemDetail[] {
  if (typeof value === 'string') {
    return isStorableText(value) ? [] : [unstorable(pointer, 'has a NUL or an invalid Unicode character')];
  }
  if (typeof value === 'number' && !Number.isFinite(value))
    return [unstorable(pointer, 'is a number beyond range')];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, child]) => [
    ...(isStorableText(name)
      ? []
      : [unstorable(pointer, 'has a name with a NUL or an invalid Unicode character')]),
    ...storableProblems(child, pointerTo(pointer, name)),
  ]);
}

const unstorable = (pointer: string, message: string): ProblemDetail => ({
  pointer,
  code: 'invalid_value',
  message,
});
