import { ConfigError, RecordError } from './errors.js';
import { fieldReader, isMissing, toText, usageFieldKind, type FieldFormat } from './field-value.js';
import { ExactNumber } from './record.js';
import type { ZonePolicy } from './time-zone.js';

const UTC: ZonePolicy = { timeZone: 'UTC', dstOverlap: 'earlier', dstGap: 'reject' };
const read = (format: FieldFormat, value: unknown) => fieldReader('field', format, '/fields/0')(value, UTC);

function problemOf(format: FieldFormat, value: unknown): string {
  try {
    return `accepted as ${String(read(format, value))}`;
  } catch (error) {
    expect(error).toBeInstanceOf(RecordError);
    expect(error).toMatchObject({ code: 'invalid_value', field: 'field' });
    return (error as RecordError).message;
  }
}

describe('fieldReader', () => {
  it.each([
    ['007', '007'],
    [1250.5, '1250.5'],
    [0.0000001, '0.0000001'],
    [new ExactNumber('9007199254740993'), '9007199254740993'],
    [false, 'false'],
  ])('reads %s as text', (value, expected) => {
    expect(read({ as: 'text' }, value)).toBe(expected);
  });

  it.each([
    ['1250.0', '1250'],
    [-50, '-50'],
    [new ExactNumber('9007199254740993'), '9007199254740993'],
    ['1e3', '1000'],
  ])('reads %s as decimal', (value, expected) => {
    expect(read({ as: 'decimal' }, value)).toBe(expected);
  });

  it.each([
    ['1,250.00'],
    ['1.250,00'],
    ["1'250"],
    ['1 250'],
    ['٣'],
    ['0x10'],
    ['NaN'],
    ['Infinity'],
    [' 5'],
    ['+5'],
    ['5-'],
    [true],
    [[5]],
    [{}],
  ])('refuses %j as decimal', (value) => {
    expect(problemOf({ as: 'decimal' }, value)).toContain('is not a decimal like 1250');
  });

  it('says which limit a decimal exceeds, and rounds only what was computed', () => {
    const long = `0.${'1'.repeat(19)}`;
    expect(problemOf({ as: 'decimal' }, '1'.repeat(39))).toContain('more than 38 digits');
    expect(problemOf({ as: 'decimal' }, long)).toContain('more than 18 digits behind the point');
    expect(problemOf({ as: 'decimal' }, new ExactNumber('1e400'))).toContain('1e400 has more than 38 digits');
    expect(read({ as: 'decimal', isComputed: true }, long)).toBe(`0.${'1'.repeat(18)}`);
  });

  it('reads whole numbers as integers', () => {
    expect(read({ as: 'integer' }, '1.0')).toBe(1);
    expect(problemOf({ as: 'integer' }, '1.5')).toContain('whole number');
    expect(problemOf({ as: 'integer' }, new ExactNumber('9007199254740993'))).toContain('whole number');
    expect(problemOf({ as: 'integer' }, 'x')).toContain('whole number');
  });

  it.each([
    [true, true],
    ['False', false],
    ['YES', true],
    [0, false],
    ['1', true],
  ])('reads %j as boolean %s', (value, expected) => {
    expect(read({ as: 'boolean' }, value)).toBe(expected);
  });

  it('reads booleans by own words, and no others then', () => {
    const format: FieldFormat = { as: 'boolean', trueValues: ['IN'], falseValues: ['OUT'] };
    expect(read(format, 'in')).toBe(true);
    expect(read(format, 'Out')).toBe(false);
    expect(problemOf(format, 'true')).toContain('(in, out)');
    expect(problemOf({ as: 'boolean' }, 2)).toContain('2 is not a boolean');
    expect(() => fieldReader('f', { as: 'boolean', trueValues: ['no'] }, '/fields/0')).toThrow(ConfigError);
  });

  it('tries formats in turn and reads local times in the given zone', () => {
    const format: FieldFormat = {
      as: 'timestamp',
      formats: ['iso', 'dd/MM/yyyy HH:mm'],
      timeZone: 'America/New_York',
    };
    expect(read(format, '26/10/2026 12:00')).toBe('2026-10-26T16:00:00Z');
    expect(read(format, '2026-10-26T12:00:00Z')).toBe('2026-10-26T12:00:00Z');
    expect(read({ as: 'timestamp' }, '2026-10-26 12:00')).toBe('2026-10-26T12:00:00Z');
    expect(problemOf(format, 'tomorrow')).toContain('dd/MM/yyyy HH:mm');
    expect(problemOf({ as: 'timestamp' }, 1793016000)).toContain('1793016000 is not a timestamp');
  });

  it('places what is wrong with a format', () => {
    expect(() => fieldReader('f', { as: 'timestamp', formats: ['iso', 'yyyy'] }, '/fields/3')).toThrow(
      '/fields/3/formats/1',
    );
    expect(() => fieldReader('f', { as: 'timestamp', timeZone: 'Mars/Base' }, '/fields/3')).toThrow(
      '/fields/3/timeZone',
    );
  });

  it('quotes no more than a line of what it found', () => {
    expect(problemOf({ as: 'decimal' }, 'x'.repeat(5000)).length).toBeLessThan(200);
  });
});

describe('kinds and texts', () => {
  it('knows the kinds of usage fields and of nothing else', () => {
    expect(usageFieldKind('value')).toBe('decimal');
    expect(usageFieldKind('date')).toBe('timestamp');
    expect(usageFieldKind('extensions.region')).toBeUndefined();
    expect(usageFieldKind('constructor')).toBeUndefined();
  });

  it('takes blank for missing, zero and false for values', () => {
    expect([undefined, null, '', ' \t '].map(isMissing)).toEqual([true, true, true, true]);
    expect([0, false, 'x', {}].map(isMissing)).toEqual([false, false, false, false]);
  });

  it('has no text for objects', () => {
    expect(toText({})).toBeNull();
    expect(toText(null)).toBeNull();
  });
});
