import {
  ConfigError,
  ExactNumber,
  PipelineRecord,
  RecordError,
  type Rejection,
  type UsageFields,
} from 'feedmill/pipeline';
import { createStep } from '../../libs/pipeline/testing/index.js';
import { compileSchema } from './compile-schema.js';
import validate from './index.js';

/** Null where the record fits, else the field of each problem with its message. */
function problemsOf(schema: object, source: object, on = 'source', fields: UsageFields = {}): unknown {
  const record = new PipelineRecord(0, 0, source as never, fields);
  const outcome = createStep(validate, { schema, on }).apply(record);
  if (outcome.kind === 'ok') return null;
  const { details } = outcome as Extract<typeof outcome, { kind: 'reject' }>;
  const problems = details!.problems as { field: string; message: string }[];
  return problems.map(({ field, message }) => `${field} ${message}`);
}

const ofA = (schema: object) => ({ properties: { a: schema } });
const exact = (text: string) => new ExactNumber(text);

function refusalOf(schema: object): [string, string][] {
  try {
    createStep(validate, { schema });
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).problems.map(({ pointer, message }) => [pointer, message]);
  }
  throw new Error('the schema was accepted');
}

describe('validate', () => {
  it.each<[object, unknown, boolean]>([
    [{ type: 'number' }, exact('9007199254740993'), true],
    [{ type: 'integer' }, exact('1.0e3'), true],
    [{ type: 'integer' }, exact('12345678901234567.5'), false],
    [{ type: 'object' }, exact('9007199254740993'), false],
    [{ type: 'string' }, exact('9007199254740993'), false],
    [{ type: 'number' }, exact('1e999999'), false],
    [{ minimum: 0 }, exact('-0.0000000000000000001'), false],
    [{ exclusiveMinimum: 0 }, exact('1e-30'), true],
    [{ exclusiveMaximum: 9007199254740992 }, exact('9007199254740992'), false],
    [{ maximum: 9007199254740992 }, exact('9007199254740992.000000001'), false],
    [{ multipleOf: 0.01 }, 0.07, true],
    [{ multipleOf: 0.01 }, exact('123456789012345.671'), false],
    [{ const: 1000 }, exact('1e3'), true],
    [{ enum: [1, { b: 1000 }] }, { b: exact('1e3') }, true],
    [{ enum: ['x'] }, 'y', false],
    [{ uniqueItems: true }, [exact('9007199254740993'), exact('9007199254740992')], true],
    [{ uniqueItems: true }, [1000, exact('1e3')], false],
    [{ items: { maximum: 5 } }, [exact('5.00000000000000001')], false],
    [{ contains: { const: 1e3 } }, [1, exact('1e3')], true],
    [{ anyOf: [{ minimum: 5 }, { type: 'string' }] }, exact('4.99999999999999999'), false],
    [{ propertyNames: { enum: ['b'] } }, { b: exact('1e3') }, true],
    [{ propertyNames: { enum: ['b'] } }, { c: 1 }, false],
    [{ format: 'date-time' }, '2026-10-26T12:00:00+02:00', true],
    [{ format: 'date-time' }, '2026-10-26T12:00:00', false],
    [{ format: 'date' }, '2026-02-30', false],
    [{ format: 'uuid' }, '0190a5d8-7c1e-7000-8000-000000000000', true],
    [{ pattern: '^\\p{L}+$' }, 'Zoë', true],
    [{ pattern: '^(a+)+$', minLength: 1 }, `${'a'.repeat(40)}!`, false],
    [{ allOf: [{ pattern: '^a' }, { pattern: 'b$' }] }, 'ac', false],
  ])('%j on %j: %s', (schema, a, fits) => {
    expect(problemsOf(ofA(schema), { a }) === null).toBe(fits);
  });

  it('takes no name that objects inherit for a field', () => {
    const schema = { required: ['constructor'], properties: { toString: { type: 'string' } } };
    expect(problemsOf(schema, {})).toEqual(['constructor is missing']);
  });

  it('reads the members of an enum once, not for every record', () => {
    const wanted = { a: 1 };
    let reads = 0;
    Object.defineProperty(wanted, 'a', { enumerable: true, get: () => (reads++, 1) });
    const validator = compileSchema({ properties: { a: { enum: [wanted] } } }, '');
    const read = reads;
    expect(read).toBeGreaterThan(0);
    expect(validator({ a: { a: 1 } })).toBeNull();
    expect(reads).toBe(read);
  });

  it('sees exact numbers behind references and in lists of objects', () => {
    const schema = {
      $defs: { line: { properties: { q: { maximum: 9007199254740992 } } } },
      properties: { lines: { items: { $ref: '#/$defs/line' } } },
    };
    expect(problemsOf(schema, { lines: [{ q: 1 }, { q: exact('9007199254740993') }] })).toEqual([
      'lines.1.q must be <= 9007199254740992',
    ]);
  });

  it('names each field, however deep and whatever its name', () => {
    const schema = {
      required: ['b'],
      properties: { 'a/b~c': { type: 'object', required: ['x'], additionalProperties: false } },
    };
    expect(problemsOf(schema, { 'a/b~c': { y: 1 } })).toEqual([
      'a/b~c.x is missing',
      'a/b~c.y is not known to the schema',
      'b is missing',
    ]);
    const many = { properties: {}, additionalProperties: false };
    const names = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`f${i}`.padEnd(300, 'x'), 1]));
    const record = new PipelineRecord(0, 0, names);
    const outcome = createStep(validate, { schema: many }).apply(record) as Rejection;
    expect(outcome.details!.count).toBe(40);
    expect(JSON.stringify(outcome.details).length).toBeLessThan(8 * 1024);
  });

  it('looks at the fields that steps have set, the value as a number', () => {
    const schema = {
      required: ['value', 'usageClass'],
      properties: { value: { type: 'number', minimum: 0 }, extensions: { required: ['region'] } },
    };
    const good = { value: '9007199254740993', usageClass: 'Voice', extensions: { region: 'eu' } };
    expect(problemsOf(schema, {}, 'fields', good)).toBeNull();
    expect(problemsOf(schema, { usageClass: 'Voice' }, 'fields', { value: '-1', extensions: {} })).toEqual([
      'extensions.region is missing',
      'usageClass is missing',
      'value must be >= 0',
    ]);
  });

  it('takes no records that are too large, and matches no long texts', () => {
    const large = () => problemsOf({}, { list: Array(5000).fill(0) });
    expect(large).toThrow(RecordError);
    expect(large).toThrow('more than 5000 values');
    expect(() => problemsOf(ofA({ pattern: 'b' }), { a: 'a'.repeat(4097) })).toThrow(RecordError);
  });

  it.each<[object, string, string]>([
    [ofA({ type: 'nmber' }), '/schema/properties/a/type', 'must be one of'],
    [ofA({ minimum: '5' }), '/schema/properties/a/minimum', 'must be number'],
    [ofA({ minimun: 5 }), '/schema/properties/a/minimun', '"minimun" is not offered'],
    [{ $async: true, required: ['b'] }, '/schema/$async', 'not offered'],
    [ofA({ nullable: true, type: 'string' }), '/schema/properties/a/nullable', 'not offered'],
    [{ const: { $dynamicRef: '#' }, $ref: '#/const' }, '/schema/$ref', 'in this document'],
    [ofA({ format: 'uri' }), '/schema', 'unknown format "uri"'],
    [ofA({ pattern: '(?=a)' }), '/schema/properties/a/pattern', 'invalid or unsupported'],
    [{ patternProperties: { '(': {} } }, '/schema/patternProperties/(', 'the pattern'],
    [ofA({ $ref: 'https://example.com/s' }), '/schema/properties/a/$ref', 'in this document'],
    [ofA({ $ref: '#/$defs/none' }), '/schema/properties/a/$ref', 'in this document'],
    [ofA({ $ref: '#' }), '/schema', 'refers to itself'],
    [{ $dynamicRef: '#a' }, '/schema/$dynamicRef', 'not offered'],
    [ofA({ $id: 'https://example.com/s' }), '/schema/properties/a/$id', 'not offered'],
    [{ $schema: 'http://json-schema.org/draft-07/schema#' }, '/schema/$schema', '2020-12'],
    [{ description: 'x'.repeat(70_000) }, '/schema', 'longer than'],
  ])('refuses the schema %j', (schema, pointer, message) => {
    const problems = refusalOf(schema);
    expect(problems[0]![0]).toBe(pointer);
    expect(problems[0]![1]).toContain(message);
  });

  it('refuses a schema that multiplies its checks', () => {
    const $defs = Object.fromEntries(
      Array.from({ length: 20 }, (_, i) => {
        const next = { $ref: `#/$defs/d${i + 1}` };
        return [`d${i}`, i === 19 ? { const: 1 } : { anyOf: [next, next] }];
      }),
    );
    expect(refusalOf({ $defs, $ref: '#/$defs/d0' })).toEqual([
      ['/schema', expect.stringContaining('5000 checks')],
    ]);
  });

  it('counts what a schema lists', () => {
    const names = Array.from({ length: 100 }, (_, i) => `n${i}`);
    for (const list of [{ enum: names }, { required: names }, { dependentRequired: { a: names } }]) {
      const schema = (times: number) => ({
        $defs: { list },
        allOf: Array.from({ length: times }, () => ({ $ref: '#/$defs/list' })),
      });
      expect(problemsOf(schema(40), {})).toBeDefined();
      expect(refusalOf(schema(50))).toEqual([['/schema', expect.stringContaining('5000 checks')]]);
    }
  });

  it('finds all problems of a schema', () => {
    const schema = { properties: { a: { pattern: '(' }, b: { items: { $ref: 'x' } } } };
    expect(refusalOf(schema).map(([pointer]) => pointer)).toEqual([
      '/schema/properties/a/pattern',
      '/schema/properties/b/items/$ref',
    ]);
  });
});
