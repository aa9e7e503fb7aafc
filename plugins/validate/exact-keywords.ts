import { ExactNumber, canonicalText, compare, remainder, toComputable } from 'feedmill/pipeline';
import type { DataValidateFunction, FuncKeywordDefinition } from 'ajv/dist/types/index.js';
import { ExactData } from './exact-data.js';

type Place = Parameters<DataValidateFunction>[1];

/** Keywords of JSON Schema that compare values, on exact decimals in place of doubles. */
export const EXACT_KEYWORDS: readonly FuncKeywordDefinition[] = [
  ofNumbers('minimum', '>=', (value, limit) => compare(value, limit) >= 0),
  ofNumbers('maximum', '<=', (value, limit) => compare(value, limit) <= 0),
  ofNumbers('exclusiveMinimum', '>', (value, limit) => compare(value, limit) > 0),
  ofNumbers('exclusiveMaximum', '<', (value, limit) => compare(value, limit) < 0),
  ofNumbers('multipleOf', 'a multiple of', (value, divisor) => remainder(value, divisor) === '0'),
  {
    keyword: 'const',
    errors: false,
    error: { message: ({ schema }) => `must be ${shortened(schema)}` },
    compile: (wanted: unknown) => isOneOf([wanted]),
  },
  {
    keyword: 'enum',
    schemaType: 'array',
    errors: false,
    error: { message: ({ schema }) => `must be one of ${shortened(schema)}` },
    compile: isOneOf,
  },
  {
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    errors: false,
    error: { message: 'must not have the same item twice' },
    validate(this: unknown, isUnique: boolean, data: readonly unknown[], _: unknown, place: Place) {
      const items = originalOf(this, data, place) as readonly unknown[];
      return !isUnique || new Set(items.map(canonicalText)).size === items.length;
    },
  },
];

/** The texts are made once: a list may have thousands, and is compared for every record. */
function isOneOf(wanted: readonly unknown[]): DataValidateFunction {
  const texts = new Set(wanted.map(canonicalText));
  return function (this: unknown, data: unknown, place?: Place) {
    return texts.has(canonicalText(originalOf(this, data, place)));
  };
}

function ofNumbers(
  keyword: string,
  words: string,
  holds: (value: string, operand: string) => boolean,
): FuncKeywordDefinition {
  return {
    keyword,
    type: 'number',
    schemaType: 'number',
    errors: false,
    error: { message: ({ schema }) => `must be ${words} ${String(schema)}` },
    compile(limit: number) {
      const operand = toComputable(limit)!;
      return function (this: unknown, data: unknown, place?: Place) {
        const value = toComputable(originalOf(this, data, place));
        return value !== null && holds(value, operand);
      };
    },
  };
}

/** The value for which a stand-in is validated. Schemas are validated by their own schema without any. */
function originalOf(context: unknown, data: unknown, place: Place): unknown {
  const isPlain = typeof data === 'string' || typeof data === 'boolean' || data === null;
  if (isPlain || !(context instanceof ExactData)) return data;
  if (data === context.root) return context.original;
  const original = context.at(place?.parentData, place?.parentDataProperty ?? '');
  return typeof original === 'number' || original instanceof ExactNumber || typeof original === 'object'
    ? original
    : data;
}

const SHOWN_CHARACTERS = 100;

function shortened(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}...` : text;
}
