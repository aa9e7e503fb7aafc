import { fieldGetter, fieldTemplate, isMissing, type FieldGetter } from 'feedmill/pipeline';
import type { FieldMapping } from './config.js';

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

function templateSource(template: string, missing: IsMissing, pointer: string): Source {
  const { fields, textOf } = fieldTemplate(template, pointer, missing);
  return { name: `value for each of ${fields.map((field) => `"${field}"`).join(', ')}`, get: textOf };
}
