import { compilePattern, ConfigError, pointerTo, type ConfigProblem } from 'feedmill/pipeline';

type Schema = Readonly<Record<string, unknown>>;

const MAX_SCHEMA_CHARACTERS = 64 * 1024;
/** What one value may have to be checked by, references followed. */
const MAX_CHECKS = 5000;
const DRAFT = 'https://json-schema.org/draft/2020-12/schema';

/** Keywords that hold a schema, a list of schemas, or schemas by name; all others hold data. */
const ONE = [
  'items',
  'contains',
  'not',
  'if',
  'then',
  'else',
  'additionalProperties',
  'propertyNames',
  'unevaluatedItems',
  'unevaluatedProperties',
];
const LIST = ['allOf', 'anyOf', 'oneOf', 'prefixItems'];
const NAMED = ['properties', 'patternProperties', 'dependentSchemas'];
const DEFINITIONS = ['$defs', 'definitions'];
/** All keywords that are offered. Ajv knows more: `$async` would have it answer with a promise, `nullable` is not of the draft. */
const OFFERED: ReadonlySet<string> = new Set([
  ...ONE,
  ...LIST,
  ...NAMED,
  ...DEFINITIONS,
  ...['$schema', '$id', '$ref', '$comment', 'title', 'description', 'default', 'examples', 'deprecated'],
  ...['readOnly', 'writeOnly', 'type', 'enum', 'const', 'format', 'pattern', 'minLength', 'maxLength'],
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf', 'required'],
  ...['dependentRequired', 'minProperties', 'maxProperties', 'minItems', 'maxItems', 'uniqueItems'],
  ...['minContains', 'maxContains', 'contentEncoding', 'contentMediaType', 'contentSchema'],
]);

/**
 * Why a schema is not taken, whatever else it says: it is too large, refers to other documents or to itself, has a
 * pattern that cannot be matched in linear time, or would have one value checked too often.
 */
export function schemaProblems(schema: Schema, pointer: string): ConfigProblem[] {
  if (JSON.stringify(schema).length > MAX_SCHEMA_CHARACTERS) {
    return [problem(pointer, `the schema is longer than ${MAX_SCHEMA_CHARACTERS} characters`)];
  }
  const problems: ConfigProblem[] = [];
  if (schema['$schema'] !== undefined && schema['$schema'] !== DRAFT) {
    problems.push(problem(`${pointer}/$schema`, `must be ${DRAFT}, the draft that is offered`));
  }
  const schemas = new Map<Schema, string>();
  visit(schema, pointer, (sub, at) => schemas.set(sub, at));
  for (const [sub, at] of schemas) problems.push(...ownProblems(sub, at, schema, schemas));
  if (problems.length > 0) return problems;
  const checks = new CheckCount(schema).of(schema);
  if (checks <= MAX_CHECKS) return [];
  return [
    problem(
      pointer,
      checks === Infinity
        ? 'the schema refers to itself, which is not offered'
        : `the schema has more than ${MAX_CHECKS} checks, references followed`,
    ),
  ];
}

function ownProblems(
  schema: Schema,
  pointer: string,
  root: Schema,
  schemas: ReadonlyMap<Schema, string>,
): ConfigProblem[] {
  const names = Object.keys(schema).filter(
    (name) => !OFFERED.has(name) || (name === '$id' && schema !== root),
  );
  const problems = names.map((name) => problem(pointerTo(pointer, name), `"${name}" is not offered`));
  const { $ref, pattern, patternProperties } = schema;
  const target = $ref === undefined ? undefined : resolve($ref, root);
  // What stands where data does (in a const) has not been looked at.
  if (target === null || (target && !schemas.has(target))) {
    const message = 'must refer to a schema in this document, such as #/$defs/name';
    problems.push(problem(`${pointer}/$ref`, message));
  }
  const patterns: [string, unknown][] = [[`${pointer}/pattern`, pattern]];
  for (const name of Object.keys(isObject(patternProperties) ? patternProperties : {})) {
    patterns.push([pointerTo(`${pointer}/patternProperties`, name), name]);
  }
  for (const [at, source] of patterns) {
    if (typeof source !== 'string') continue;
    try {
      compilePattern(source, at);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.push(...error.problems);
    }
  }
  return problems;
}

/** How often a value may be checked: a schema counts one, and so does each name and value that it lists, and whatever stands in it or is referred to. */
class CheckCount {
  private readonly known = new Map<Schema, number>();

  constructor(private readonly root: Schema) {}

  of(schema: Schema): number {
    const known = this.known.get(schema);
    if (known !== undefined) return known;
    // Whoever asks again before the answer is there refers to itself.
    this.known.set(schema, Infinity);
    let checks = 1 + listed(schema);
    const target = schema['$ref'] === undefined ? null : resolve(schema['$ref'], this.root);
    if (target) checks += this.of(target);
    for (const [child] of childrenOf(schema, '', [...NAMED])) checks += this.of(child);
    this.known.set(schema, checks);
    return checks;
  }
}

/** Values that are allowed and names that must be there. */
function listed({ enum: values, required, dependentRequired }: Schema): number {
  const lists = [values, required, ...Object.values(isObject(dependentRequired) ? dependentRequired : {})];
  return lists.reduce<number>((sum, list) => sum + (Array.isArray(list) ? list.length : 0), 0);
}

function visit(schema: Schema, pointer: string, see: (schema: Schema, pointer: string) => void): void {
  see(schema, pointer);
  for (const [child, at] of childrenOf(schema, pointer, [...NAMED, ...DEFINITIONS])) visit(child, at, see);
}

function childrenOf(schema: Schema, pointer: string, named: readonly string[]): [Schema, string][] {
  const found: [unknown, string][] = ONE.map((keyword) => [schema[keyword], `${pointer}/${keyword}`]);
  for (const keyword of LIST) {
    const list = schema[keyword];
    if (Array.isArray(list)) list.forEach((item, i) => found.push([item, `${pointer}/${keyword}/${i}`]));
  }
  for (const keyword of named) {
    const schemas = schema[keyword];
    if (!isObject(schemas)) continue;
    for (const [name, item] of Object.entries(schemas)) {
      found.push([item, pointerTo(`${pointer}/${keyword}`, name)]);
    }
  }
  return found.filter((child): child is [Schema, string] => isObject(child[0]));
}

/** The schema that a reference of this document points to; null where there is none. */
function resolve(reference: unknown, root: Schema): Schema | null {
  if (typeof reference !== 'string' || !/^#(?:\/|$)/.test(reference)) return null;
  let target: unknown = root;
  for (const step of reference.split('/').slice(1)) {
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof target !== 'object' || target === null || !Object.hasOwn(target, name)) return null;
    target = (target as Schema)[name];
  }
  return isObject(target) ? target : null;
}

function isObject(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function problem(pointer: string, message: string): ConfigProblem {
  return { pointer, code: 'invalid_schema', message };
}
