import { ConfigError, fieldGetter, isMissing, toText, type FieldGetter } from 'feedmill/pipeline';
import type { FieldMapping } from './config.js';
import { problem } from './problem.js';

export type IsMissing = (value: unknown) => boolean;

/** A value source with its name for messages. */
export interface Source {
  readonly get: FieldGetter;
  readonly name: string;
}

/** What counts as missing: blanks too, or only what is absent or null. */
export function missingBy(blankAs: 'missing' | 'text'): IsMissing {
  return blankAs === 'missing' ? isMissing : (value) => value === undefined || value === null;
}

/**
 * Where a mapping takes its value from, unless that is a constant.
 * @throws ConfigError for a template that cannot be read
 */
export function sourceOf(mapping: FieldMapping, missing: IsMissing, pointer: string): Source {
  if (mapping.from != null) return { get: fieldGetter(mapping.from), name: `"${mapping.from}"` };
  if (mapping.template != null) return templateSource(mapping.template, missing, `${pointer}/template`);
  const paths = mapping.fromFirst ?? [];
  const getters = paths.map(fieldGetter);
  return {
    name: paths.map((path) => `"${path}"`).join(' or '),
    get(record) {
      for (const get of getters) {
        const value = get(record);
        if (!missing(value)) return value;
      }
      return undefined;
    },
  };
}

/** `{name}` is a field, `{{` and `}}` are braces. */
function templateSource(template: string, missing: IsMissing, pointer: string): Source {
  const names: string[] = [];
  const texts = [''];
  for (const [piece] of template.matchAll(/\{\{|\}\}|\{[^{}]+\}|[^{}]+|[{}]/g)) {
    if (piece === '{' || piece === '}') {
      throw new ConfigError([
        problem(pointer, `"${piece}" stands alone; write {field}, or ${piece}${piece} for a brace`),
      ]);
    }
    if (piece === '{{' || piece === '}}') texts[names.length] += piece[0]!;
    else if (!piece.startsWith('{')) texts[names.length] += piece;
    else {
      names.push(piece.slice(1, -1).trim());
      texts.push('');
    }
  }
  const getters = names.map(fieldGetter);
  return {
    name: `value for each of ${names.map((name) => `"${name}"`).join(', ')}`,
    get(record) {
      let text = texts[0]!;
      for (let i = 0; i < getters.length; i++) {
        const value = getters[i]!(record);
        const part = missing(value) ? null : toText(value);
        if (part === null) return undefined;
        text += part + texts[i + 1]!;
      }
      return text;
    },
  };
}
