import type { Implementation } from './natives.js';
import * as natives from './natives.js';
import { limitExceeded, MAX_SEQUENCE, type EvaluationLimits } from './limits.js';

/**
 * A function that takes the place of JSONata's of the same name. Its parameters are plain names: JSONata
 * reads them from the source for partial application (`$pad(?, 5)`).
 */
export interface FunctionOverride {
  readonly name: string;
  /** JSONata's notation for the types of the arguments. */
  readonly signature: string;
  readonly implementation: Implementation;
}

const SCALAR_SIZE = 8;

/** Functions whose result can be many times their input: they count it before they make it. */
export function boundedFunctions(limits: EvaluationLimits): FunctionOverride[] {
  return [
    {
      name: 'pad',
      signature: '<s-ns?:s>',
      implementation(text: string | undefined, width: number, char?: string) {
        limits.make(Math.abs(width) * Math.max(char?.length ?? 0, 1));
        return natives.pad.call(this, text, width, char);
      },
    },
    {
      name: 'join',
      signature: '<a<s>s?:s>',
      implementation(texts?: string[], separator?: string) {
        for (const text of texts ?? []) limits.make(text.length + (separator?.length ?? 0));
        return natives.join.call(this, texts, separator);
      },
    },
    {
      name: 'replace',
      signature: '<s-(sf)(sf)n?:s>',
      implementation(text: string | undefined, pattern: unknown, replacement: unknown, limit?: number) {
        const length = text?.length ?? 0;
        const growth = typeof replacement === 'string' ? replacement.length : 1;
        limits.make(length * Math.max(growth, 1));
        return natives.replace.call(this, text, pattern, replacement, limit);
      },
    },
    {
      name: 'string',
      signature: '<x-b?:s>',
      implementation(value: unknown, isPretty?: boolean) {
        limits.make(sizeOf(value, limits));
        return natives.string.call(this, value, isPretty);
      },
    },
    {
      name: 'clone',
      signature: '<(oa)-:o>',
      implementation(value: unknown) {
        limits.make(sizeOf(value, limits));
        return natives.clone.call(this, value);
      },
    },
  ];
}

/** The `&` of texts that may grow in a loop. */
export function boundedConcat(limits: EvaluationLimits): (left: unknown, right: unknown) => string {
  const toText = (value: unknown): string => {
    if (value === undefined) return '';
    if (typeof value === 'string') return value;
    limits.make(sizeOf(value, limits));
    return String(natives.string.call({ environment: { lookup: () => undefined } }, value));
  };
  return (left, right) => {
    const a = toText(left);
    const b = toText(right);
    limits.make(a.length + b.length);
    return a + b;
  };
}

/** Characters of a value as JSON, roughly. Gives up as soon as the limits do. */
function sizeOf(value: unknown, limits: EvaluationLimits): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return SCALAR_SIZE;
  for (const name of Object.keys(value)) {
    limits.make(sizeOf((value as Record<string, unknown>)[name], limits) + SCALAR_SIZE);
  }
  return SCALAR_SIZE;
}

/** The `..` of ranges, counted over the whole evaluation. */
export function boundedRange(limits: EvaluationLimits): (from: number, to: number) => number[] {
  return (from, to) => {
    const size = to - from + 1;
    if (size > MAX_SEQUENCE) throw limitExceeded(`makes a range of more than ${MAX_SEQUENCE}`);
    limits.make(size);
    return Array.from({ length: size }, (_, i) => from + i);
  };
}
