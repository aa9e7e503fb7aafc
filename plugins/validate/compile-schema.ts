import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import { ConfigError, RecordError, compilePattern, toInstant, type ConfigProblem } from 'feedmill/pipeline';
import { ExactData } from './exact-data.js';
import { EXACT_KEYWORDS } from './exact-keywords.js';
import { schemaProblems } from './schema-check.js';

/** Texts are bounded, so that no pattern can take long over one. */
const MAX_TEXT_LENGTH = 4096;
const UTC = { timeZone: 'UTC', dstOverlap: 'earlier', dstGap: 'reject' } as const;
const FORMATS: Readonly<Record<string, (text: string) => boolean>> = {
  'date-time': (text) => /[Tt].*(?:[Zz]|[+-]\d\d:\d\d)$/.test(text) && 'date' in toInstant(text, UTC),
  date: (text) => text.length === 10 && 'date' in toInstant(text, UTC),
  uuid: (text) => /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i.test(text),
};

/** The problems of a record; null where there is none. */
export type Validator = (data: Readonly<Record<string, unknown>>) => readonly ErrorObject[] | null;

/**
 * Compiles a schema of draft 2020-12.
 * @throws ConfigError with every problem, each at its place in the schema
 */
export function compileSchema(schema: Readonly<Record<string, unknown>>, pointer: string): Validator {
  const ajv = newAjv();
  const problems = schemaProblems(schema, pointer);
  if (problems.length === 0) problems.push(...draftProblems(ajv, schema, pointer));
  if (problems.length > 0) throw new ConfigError(problems);
  let validate: ReturnType<typeof ajv.compile>;
  try {
    validate = ajv.compile(schema);
  } catch (error) {
    throw new ConfigError([{ pointer, code: 'invalid_schema', message: (error as Error).message }]);
  }
  return (data) => {
    const exact = new ExactData(data);
    return validate.call(exact, exact.root) === true ? null : (validate.errors ?? []);
  };
}

function newAjv(): Ajv2020 {
  const ajv = new Ajv2020({
    allErrors: true,
    ownProperties: true,
    allowUnionTypes: true,
    strictTypes: false,
    strictTuples: false,
    strictRequired: false,
    logger: false,
    passContext: true,
    code: { regExp: Object.assign(linearPattern, { code: 'linearPattern' }) },
  });
  for (const keyword of EXACT_KEYWORDS) ajv.removeKeyword(keyword.keyword as string).addKeyword(keyword);
  for (const [name, validate] of Object.entries(FORMATS)) ajv.addFormat(name, { type: 'string', validate });
  return ajv;
}

/** What Ajv takes for a RegExp; it knows one pattern from another by `toString`. */
function linearPattern(source: string): { test(text: string): boolean; toString(): string } {
  const pattern = compilePattern(source, '');
  return {
    toString: () => source,
    test(text) {
      if (text.length <= MAX_TEXT_LENGTH) return pattern.test(text);
      throw new RecordError(
        'invalid_value',
        `a text of more than ${MAX_TEXT_LENGTH} characters is not matched with the pattern ${source}`,
      );
    },
  };
}

/** What the draft itself says of the schema: the first problem of each place. */
function draftProblems(ajv: Ajv2020, schema: object, pointer: string): ConfigProblem[] {
  if (ajv.validateSchema(schema)) return [];
  const places = new Map<string, ConfigProblem>();
  for (const { instancePath, message = 'is not valid' } of ajv.errors ?? []) {
    const at = pointer + instancePath;
    if (!places.has(at)) places.set(at, { pointer: at, code: 'invalid_schema', message });
  }
  return [...places.values()];
}
