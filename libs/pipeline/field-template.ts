import { ConfigError } from './errors.js';
import { fieldGetter } from './field-path.js';
import { isMissing, toText } from './field-value.js';
import type { PipelineRecord } from './record.js';

/** A text with fields in braces, compiled. */
export interface FieldTemplate {
  /** The fields that it names, by name or by path. */
  readonly fields: readonly string[];
  /** The text for a record; undefined where a field has no value, or none that is a text. */
  readonly textOf: (record: PipelineRecord) => string | undefined;
}

/**
 * Compiles a template such as `account-{accountId}`: `{name}` is a field, `{{` and `}}` are braces.
 * @param missing what counts as no value
 * @throws ConfigError at `pointer` for a template that cannot be read
 */
export function fieldTemplate(
  template: string,
  pointer: string,
  missing: (value: unknown) => boolean = isMissing,
): FieldTemplate {
  const refuse = (message: string) => {
    throw new ConfigError([{ pointer, code: 'invalid_value', message }]);
  };
  const fields: string[] = [];
  const texts = [''];
  for (const [piece] of template.matchAll(/\{\{|\}\}|\{[^{}]*\}|[^{}]+|[{}]/g)) {
    if (piece === '{' || piece === '}')
      refuse(`"${piece}" stands alone; write {field}, or ${piece}${piece} for a brace`);
    if (piece === '{{' || piece === '}}') texts[fields.length] += piece[0]!;
    else if (!piece.startsWith('{')) texts[fields.length] += piece;
    else {
      const field = piece.slice(1, -1).trim();
      if (field === '') refuse(`"${piece}" names no field`);
      fields.push(field);
      texts.push('');
    }
  }
  const getters = fields.map(fieldGetter);
  return {
    fields,
    textOf(record) {
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
