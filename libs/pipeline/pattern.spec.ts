import { ConfigError } from './errors.js';
import { compilePattern, MAX_PATTERN_LENGTH } from './pattern.js';

describe('compilePattern', () => {
  it('finds, captures and replaces as JavaScript does', () => {
    const pattern = compilePattern('(\\d+)-(?<letter>[a-z])?', '/pattern');
    expect(pattern.groupCount).toBe(2);
    expect(pattern.test('x 12-')).toBe(true);
    expect(pattern.test('x')).toBe(false);
    expect(pattern.match('x 12-')).toEqual(['12-', '12', undefined]);
    expect(pattern.match('x')).toBeNull();
    expect(pattern.replace('1-a 2-b', '<$1$<letter>$$>', 'all')).toBe('<1a$> <2b$>');
    expect(pattern.replace('1-a 2-b', '', 'first')).toBe(' 2-b');
    expect(compilePattern('^K\\.$', '', { ignoreCase: true }).test('k.')).toBe(true);
  });

  it('never takes half of a surrogate pair', () => {
    expect(compilePattern('.', '').replace('a😀b', '_', 'all')).toBe('___');
    expect(compilePattern('[\\ud83d]', '').test('😀')).toBe(false);
    expect(compilePattern('', '').replace('😀', '_', 'all')).toBe('_😀_');
  });

  it('is linear where a backtracking engine is not', () => {
    expect(compilePattern('^(a+)+$', '').test(`${'a'.repeat(4000)}!`)).toBe(false);
  });

  it.each([['(?=a)'], ['(a)\\1'], ['('], ['(a{100}){100}'], ['a'.repeat(MAX_PATTERN_LENGTH + 1)]])(
    'refuses %s with its place',
    (source) => {
      expect(() => compilePattern(source, '/there')).toThrow(ConfigError);
      expect(() => compilePattern(source, '/there')).toThrow('/there: the pattern');
    },
  );
});
