import { Type } from 'class-transformer';
import {
  ArrayNotEmpty,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { JSONSchema } from 'class-validator-jsonschema';
import { withConfigDocs } from './config-docs.js';
import { configSchema } from './config-schema.js';

class Inner {
  @JSONSchema({ description: 'A | name.' })
  @IsString()
  name!: string;

  @IsOptional()
  @IsIn(['a', 'b'])
  kind?: 'a' | 'b';
}

class Config {
  @Type(() => Inner)
  @ValidateNested({ each: true })
  @ArrayNotEmpty()
  list!: Inner[];

  @IsOptional()
  @Type(() => Inner)
  @ValidateNested()
  single?: Inner;

  @IsBoolean()
  isOn = true;

  @IsOptional()
  @IsInt()
  @Max(18)
  @Min(0)
  scale?: number;
}

class Endless {
  @Type(() => Endless)
  @ValidateNested()
  inner!: Endless;
}

describe('configSchema', () => {
  const inner = {
    type: 'object',
    properties: {
      name: { type: 'string', description: 'A | name.' },
      kind: { type: 'string', enum: ['a', 'b'] },
    },
    required: ['name'],
    additionalProperties: false,
  };

  it('gives constraints, descriptions, defaults and nested classes in place', () => {
    expect(configSchema(Config)).toEqual({
      type: 'object',
      properties: {
        list: { type: 'array', minItems: 1, items: inner },
        single: inner,
        isOn: { type: 'boolean', default: true },
        scale: { type: 'integer', minimum: 0, maximum: 18 },
      },
      required: ['list'],
      additionalProperties: false,
    });
  });

  it('gives a class without members', () => {
    expect(configSchema(class {})).toEqual({ type: 'object', properties: {}, additionalProperties: false });
  });

  it('refuses a class that contains itself', () => {
    expect(() => configSchema(Endless)).toThrow('Endless nests more than 8 deep');
  });
});

describe('withConfigDocs', () => {
  const type = {
    type: 'try-it',
    version: 2,
    stage: 'mediate' as const,
    title: 'Try',
    description: 'Tries.',
    config: Config,
    errorCodes: { bad_thing: 'It was bad.' },
    examples: [],
    create: () => ({ apply: () => ({ kind: 'ok' as const }) }),
  };
  const marks = ['<!-- config:begin (written by npm run docs:plugins) -->', '<!-- config:end -->'];

  it('writes tables between the marks and nothing else', () => {
    const docs = withConfigDocs(`# Try\n${marks[0]}\nold\n${marks[1]}\nbehind\n`, [type]);
    expect(docs).toMatch(/^# Try\n/);
    expect(docs).toMatch(/\nbehind\n$/);
    expect(docs).not.toContain('old');
    expect(docs).toContain('### Config of `try-it@2`');
    expect(docs).toContain('| `list` | list of objects | required |  |');
    expect(docs).toContain('| `isOn` | boolean | `true` |  |');
    expect(docs).toContain('### Each of `list`');
    expect(docs).toContain('| `name` | text | required | A \\| name. |');
    expect(docs).toContain('| `bad_thing` | It was bad. |');
    expect(withConfigDocs(docs, [type])).toBe(docs);
  });

  it('needs the marks', () => {
    expect(() => withConfigDocs('# Try', [type])).toThrow('config:begin');
  });
});
