import { ConfigError } from './errors.js';
import { compileLinear } from './expression/linear-regex.js';

/** Characters of a pattern: with RE2's own bounds on repetition this keeps its program small. */
export const MAX_PATTERN_LENGTH = 500;

/**
 * A regular expression that is matched by RE2, in time linear in the text, whatever it says. It is found anywhere in a
 * text unless it is anchored, and never matches half of a surrogate pair. Callers bound the text.
 */
export interface Pattern {
  readonly source: string;
  /** Capturing groups; the whole match is not counted. */
  readonly groupCount: number;
  test(text: string): boolean;
  /** The first match, then its groups (undefined where one took no part); null where there is none. */
  match(text: string): readonly (string | undefined)[] | null;
  /** The replacement's `$1`, `$<name>`, `$&` and `$$` are those of JavaScript. */
  replace(text: string, replacement: string, which: 'first' | 'all'): string;
}

/**
 * Compiles a pattern in JavaScript's or RE2's syntax.
 * @param pointer its place in the step's config, for the error
 * @throws ConfigError for what RE2 has not (look-around, back-references), and for what is too long
 */
export function compilePattern(
  source: string,
  pointer: string,
  { ignoreCase = false }: { readonly ignoreCase?: boolean } = {},
): Pattern {
  if (source.length > MAX_PATTERN_LENGTH) {
    throw patternError(pointer, `the pattern is longer than ${MAX_PATTERN_LENGTH} characters`);
  }
  let compiled: ReturnType<typeof compileLinear>;
  try {
    compiled = compileLinear({ source, ignoreCase, multiline: false });
  } catch (error) {
    throw patternError(pointer, `the pattern ${JSON.stringify(source)}: ${(error as Error).message}`);
  }
  return {
    source,
    groupCount: compiled.groupCount(),
    test: (text) => compiled.test(text),
    match(text) {
      const matcher = compiled.matcher(text);
      if (!matcher.find()) return null;
      return Array.from({ length: matcher.groupCount() + 1 }, (_, i) => matcher.group(i) ?? undefined);
    },
    replace(text, replacement, which) {
      const matcher = compiled.matcher(text);
      return which === 'all' ? matcher.replaceAll(replacement) : matcher.replaceFirst(replacement);
    },
  };
}

function patternError(pointer: string, message: string): ConfigError {
  return new ConfigError([{ pointer, code: 'invalid_value', message }]);
}
