import { Type } from 'class-transformer';
import { IsArray, IsInt, IsObject, IsOptional, IsString, ValidateNested } from 'class-validator';
import { checkConfig, pointerTo, toConfig } from './config-check.js';
import { ConfigError } from './errors.js';

class Field {
  @IsString()
  target!: string;

  @IsOptional()
  @IsInt()
  scale?: number;
}

class Config {
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => Field)
  fields!: Field[];

  @IsOptional()
  @ValidateNested()
  @Type(() => Field)
  single?: Field;

  @IsOptional()
  @IsString({ each: true })
  names?: string[];

  @IsOptional()
  @IsObject()
  free?: object;

  @IsString()
  mode = 'strict';
}

class Empty {}

const check = (plain: unknown) => checkConfig(Config, plain, '/steps/2/config');
const places = (plain: unknown) =>
  check(plain).map(({ pointer, code }) => [pointer.slice('/steps/2/config'.length), code]);

describe('checkConfig', () => {
  it('gives an instance with defaults', () => {
    const config = toConfig(Config, { fields: [{ target: 'a' }], free: { a: [1] } }, '');
    expect(config).toBeInstanceOf(Config);
    expect(config.fields[0]).toBeInstanceOf(Field);
    expect(config).toMatchObject({ mode: 'strict', free: { a: [1] } });
  });

  it('reports every problem at its place', () => {
    expect(
      places({ feilds: [], fields: [{ targt: 'a', scale: 'x' }, null, 5], names: [1], single: 'x' }),
    ).toEqual([
      ['/feilds', 'unknown_key'],
      ['/fields/0/targt', 'unknown_key'],
      ['/fields/0/target', 'required'],
      ['/fields/0/scale', 'invalid_value'],
      ['/fields/1', 'invalid_value'],
      ['/fields/2', 'invalid_value'],
      ['/single', 'invalid_value'],
      ['/names', 'invalid_value'],
    ]);
  });

  it('says what was probably meant', () => {
    expect(check({ feilds: [], fields: [] })[0]!.message).toBe(
      '"feilds" is not known here; did you mean "fields"?',
    );
    expect(check({ fields: [], mdoe: 1 })[0]!.message).toMatch(/did you mean "mode"/);
    expect(check({ fields: [], xyz: 1 })[0]!.message).toBe('"xyz" is not known here');
  });

  it.each<[unknown, string]>([
    [{ fields: [[]] }, '/fields/0'],
    [{ fields: [[{ target: 'a' }]] }, '/fields/0'],
    [{ fields: [], single: [] }, '/single'],
    [{ fields: [], single: [{ target: 'a' }] }, '/single'],
    [{ fields: { target: 'a' } }, '/fields'],
    [null, ''],
    [[], ''],
    ['text', ''],
  ])('takes no list for an object: %j', (plain, place) => {
    expect(places(plain)).toContainEqual([place, 'invalid_value']);
  });

  it.each(['__proto__', 'constructor', 'prototype'])('refuses %s anywhere', (name) => {
    const evil = JSON.parse(`{"fields":[],"free":{"a":{"${name}":{"polluted":true}}}}`) as object;
    expect(places(evil)).toEqual([[`/free/a/${name}`, 'unknown_key']]);
    expect(() => toConfig(Config, evil, '')).toThrow(ConfigError);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('refuses bottomless nesting', () => {
    let deep: object = {};
    for (let i = 0; i < 5000; i++) deep = { deep };
    expect(check({ fields: [], free: deep })[0]).toMatchObject({ code: 'too_deep' });
  });

  it('has classes without members', () => {
    expect(checkConfig(Empty, {}, '')).toEqual([]);
    expect(checkConfig(Empty, { a: 1 }, '')).toMatchObject([{ pointer: '/a', code: 'unknown_key' }]);
  });
});

describe('pointerTo', () => {
  it('escapes', () => expect(pointerTo('/a', 'b/c~d')).toBe('/a/b~1c~0d'));
});
