import {
  compilePattern,
  ConfigError,
  pointerTo,
  RecordError,
  shown,
  type ConfigProblem,
} from 'feedmill/pipeline';
import type { Extraction, Padding, Replacement, TextOperation, ValueMap } from './config.js';

/** What is done to a text; null where there is nothing to take out of it. Throws RecordError `invalid_value`. */
export type Transformation = (text: string) => string | null;

const OPERATIONS = ['case', 'trim', 'substitute', 'map', 'pad', 'replace', 'extract'] as const;
/** Texts are bounded, so that no pattern can take long over one. */
export const MAX_TEXT_LENGTH = 4096;

/**
 * Compiles the one thing that an operation does.
 * @throws ConfigError
 */
export function compileTransformation(operation: TextOperation, pointer: string): Transformation {
  const given = OPERATIONS.filter((name) => operation[name] !== undefined && operation[name] !== null);
  const [name] = given;
  if (given.length !== 1 || name === undefined) {
    const message = `needs exactly one of ${OPERATIONS.join(', ')}; has ${given.join(' and ') || 'none'}`;
    throw configError(pointer, message);
  }
  return compilers[name](operation, `${pointer}/${name}`);
}

const compilers: Readonly<
  Record<(typeof OPERATIONS)[number], (operation: TextOperation, pointer: string) => Transformation>
> = {
  case: (operation) =>
    operation.case === 'upper' ? (text) => text.toUpperCase() : (text) => text.toLowerCase(),
  trim: ({ trim }) => TRIMS[trim!],
  substitute({ substitute }) {
    const { text: wanted, with: replacement } = substitute!;
    return (text) => text.replaceAll(wanted, () => replacement);
  },
  map: ({ map, field }, pointer) => compileMap(map!, field, pointer),
  pad: ({ pad }) => compilePad(pad!),
  replace: ({ replace }, pointer) => compileReplace(replace!, pointer),
  extract: ({ extract }, pointer) => compileExtract(extract!, pointer),
};

const TRIMS: Readonly<Record<NonNullable<TextOperation['trim']>, Transformation>> = {
  both: (text) => text.trim(),
  start: (text) => text.trimStart(),
  end: (text) => text.trimEnd(),
  collapse: (text) => text.trim().replace(/\s+/g, ' '),
};

function compileMap({ values, others }: ValueMap, field: string, pointer: string): Transformation {
  const problems: ConfigProblem[] = Object.entries(values)
    .filter(([, value]) => typeof value !== 'string')
    .map(([name]) => ({
      pointer: pointerTo(`${pointer}/values`, name),
      code: 'invalid_value',
      message: 'must be a text',
    }));
  if (problems.length > 0) throw new ConfigError(problems);
  const known = new Map(Object.entries(values));
  return (text) => {
    const value = known.get(text);
    if (value !== undefined) return value;
    if (others === 'keep') return text;
    throw new RecordError('invalid_value', `${field}: ${shown(text)} is not among the values of the map`, {
      field,
    });
  };
}

/** Counts characters, not halves of surrogate pairs. */
function compilePad({ length, with: character, side }: Padding): Transformation {
  return (text) => {
    if (text.length >= 2 * length) return text;
    const filling = character.repeat(Math.max(0, length - [...text].length));
    return side === 'start' ? filling + text : text + filling;
  };
}

function compileReplace(
  { pattern: source, with: replacement, which, ignoreCase }: Replacement,
  pointer: string,
): Transformation {
  const pattern = compilePattern(source, `${pointer}/pattern`, { ignoreCase });
  if (/\$[`']/.test(replacement.replaceAll('$$', ''))) {
    throw configError(`${pointer}/with`, "the text before or behind the match ($` and $') is not offered");
  }
  return (text) => pattern.replace(text, replacement, which);
}

function compileExtract({ pattern: source, group, ignoreCase }: Extraction, pointer: string): Transformation {
  const pattern = compilePattern(source, `${pointer}/pattern`, { ignoreCase });
  const taken = group ?? Math.min(pattern.groupCount, 1);
  if (taken > pattern.groupCount) {
    throw configError(`${pointer}/group`, `the pattern has ${pattern.groupCount} groups`);
  }
  return (text) => pattern.match(text)?.[taken] ?? null;
}

function configError(pointer: string, message: string): ConfigError {
  return new ConfigError([{ pointer, code: 'invalid_value', message }]);
}
