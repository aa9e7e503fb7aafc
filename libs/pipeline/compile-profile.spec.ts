import { IsInt, IsOptional, IsString } from 'class-validator';
import { compileProfile, parseUse } from './compile-profile.js';
import { ConfigError, type ConfigProblem } from './errors.js';
import { ok } from './outcome.js';
import { defineStep, type StepType } from './step.js';

class Config {
  @IsOptional()
  @IsString()
  sets?: string;

  @IsOptional()
  @IsString()
  needs?: string;

  @IsOptional()
  @IsInt()
  scale?: number;

  @IsOptional()
  @IsString()
  expression?: string;
}

const common = { title: 'Title', description: 'Description.', config: Config, errorCodes: {}, examples: [] };

const decode = defineStep({
  ...common,
  type: 'decode-test',
  version: 1,
  stage: 'decode',
  format: 'records',
  create: () => ({ decode: () => ({}) }),
});
const work = (version: number, type = 'set-fields') =>
  defineStep({
    ...common,
    type,
    version,
    stage: 'mediate',
    requires: ({ needs }) => (needs ? [needs] : []),
    provides: ({ sets }) => sets?.split(',') ?? [],
    create({ expression }, host) {
      if (expression) host.expression(expression, '/expression');
      if (type === 'broken-step') throw new TypeError('no luck');
      return { apply: () => ok() };
    },
  });

const types = new Map<string, StepType>(
  [decode, work(1), work(3), work(1, 'broken-step')].map((t) => [`${t.type}@${t.version}`, t] as const),
);
const whole = { use: 'set-fields@1', config: { sets: 'date,value' } };

function problems(definition: unknown): readonly ConfigProblem[] {
  try {
    compileProfile(definition, types);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

function stepProblems(...steps: object[]): readonly ConfigProblem[] {
  return problems({ decode: { use: 'decode-test@1', config: {} }, steps });
}

describe('compileProfile', () => {
  it('compiles a profile and names its steps', () => {
    const profile = compileProfile(
      {
        decode: { use: 'decode-test@1', config: {} },
        steps: [
          whole,
          { use: 'set-fields@1', config: {} },
          { use: 'set-fields@3', name: 'third', when: 'value = 1' },
        ],
      },
      types,
    );
    expect(profile.format).toBe('records');
    expect(profile.decodeName).toBe('decode-test');
    expect(profile.steps.map(({ name }) => name)).toEqual(['set-fields', 'set-fields-2', 'third']);
    expect(profile.steps[2]!.when?.source).toBe('value = 1');
  });

  it('keeps a default name apart from a given one', () => {
    const { steps } = compileProfile(
      { decode: { use: 'decode-test@1' }, steps: [whole, { ...whole, name: 'set-fields' }] },
      types,
    );
    expect(steps.map(({ name }) => name)).toEqual(['set-fields-2', 'set-fields']);
  });

  it('reports every problem at its place', () => {
    const found = problems({
      decode: { use: 'set-fields@1', config: {} },
      stepz: [],
      steps: [
        { use: 'set-field@1', config: {} },
        { use: 'set-fields@2', config: {} },
        { use: 'decode-test@1', config: {} },
        { use: 'nonsense', config: {} },
        { use: 'set-fields@1', config: { scale: 'x', set: 'date' } },
        { use: 'set-fields@1', config: { expression: '1 +', set: 'date' }, when: '(' },
        { use: 'broken-step@1', config: {} },
        { use: 'set-fields@1', config: [], wen: '1' },
        5,
      ],
    });
    expect(found.map(({ pointer, code }) => [pointer, code])).toEqual([
      ['/stepz', 'unknown_key'],
      ['/decode/use', 'unknown_step_type'],
      ['/steps/7/wen', 'unknown_key'],
      ['/steps/8', 'invalid_value'],
      ['/steps/0/use', 'unknown_step_type'],
      ['/steps/1/use', 'unknown_step_type'],
      ['/steps/2/use', 'unknown_step_type'],
      ['/steps/3/use', 'unknown_step_type'],
      ['/steps/4/config/set', 'unknown_key'],
      ['/steps/4/config/scale', 'invalid_value'],
      ['/steps/5/config/set', 'unknown_key'],
      ['/steps/5/config/expression', 'invalid_expression'],
      ['/steps/5/when', 'invalid_expression'],
      ['/steps/6/config', 'step_failed'],
      ['/steps/7/config', 'invalid_value'],
      ['/steps/8/use', 'unknown_step_type'],
    ]);
    const message = (pointer: string) => found.find((p) => p.pointer === pointer)!.message;
    expect(message('/stepz')).toMatch(/did you mean "steps"/);
    expect(message('/steps/0/use')).toMatch(/did you mean "set-fields"/);
    expect(message('/steps/1/use')).toMatch(/no version 2; there is 1, 3/);
    expect(message('/steps/2/use')).toMatch(/belongs at \/decode/);
    expect(message('/steps/5/when')).toMatch(/at character 1/);
  });

  it.each([null, 5, [], 'text', {}, { decode: 1, steps: {} }])('refuses %j', (definition) => {
    expect(problems(definition).length).toBeGreaterThan(0);
  });

  it('refuses names that are taken or none', () => {
    const found = stepProblems({ ...whole, name: 'a' }, { ...whole, name: 'a' }, { ...whole, name: ' ' });
    expect(found.map(({ pointer, code }) => [pointer, code])).toEqual([
      ['/steps/1/name', 'duplicate_name'],
      ['/steps/2/name', 'invalid_value'],
    ]);
  });
});

describe('the order of steps', () => {
  const needs = (field: string) => ({ use: 'set-fields@3', name: 'rate-usage', config: { needs: field } });

  it('is refused where a step needs what none before it sets', () => {
    expect(stepProblems(whole, needs('usageClass'))).toEqual([
      {
        pointer: '/steps/1',
        code: 'unmet_requirement',
        message: 'rate-usage needs "usageClass", which no step before it sets',
      },
    ]);
  });

  it('says which later step would set it', () => {
    const found = stepProblems(needs('value'), whole);
    expect(found).toHaveLength(1);
    expect(found[0]!.message).toMatch(/"set-fields" sets it, but stands behind/);
  });

  it('is refused where no step sets what usage must have', () => {
    expect(stepProblems({ use: 'set-fields@1', config: { sets: 'date' } })).toEqual([
      { pointer: '/steps', code: 'unmet_requirement', message: 'usage needs "value", which no step sets' },
    ]);
  });
});

describe('parseUse', () => {
  it.each([
    ['map-fields@1', { type: 'map-fields', version: 1 }],
    ['a2-b@12', { type: 'a2-b', version: 12 }],
  ])('reads %s', (use, parsed) => expect(parseUse(use)).toEqual(parsed));

  it.each(['map-fields', 'map-fields@0', 'Map@1', '@1', 'a@1.0', 'a@', '', null, 5])('refuses %j', (use) => {
    expect(parseUse(use)).toBeNull();
  });
});
