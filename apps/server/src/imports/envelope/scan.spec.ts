import { scanJson } from './scan.js';

describe('scanJson', () => {
  it.each([
    ['{}', 1],
    ['5', 0],
    ['{"a":[{"b":1}]}', 3],
    ['[[],[[]]]', 3],
    ['{"a":"[[[[\\"[[\\\\"}', 1],
    ['{"a\\\\":"\\\\\\"]]"}', 1],
  ])('counts the nesting of %s outside strings', (text, depth) => {
    expect(scanJson(text).depth).toBe(depth);
  });

  it('survives ten thousand levels', () => {
    expect(scanJson('['.repeat(10_000)).depth).toBe(10_000);
  });

  it.each([
    ['{"v":123456789012345}', false],
    ['{"v":1234567890123456}', true],
    ['{"v":-0.000123456789012345}', false],
    ['{"v":0.1234567890123456}', true],
    ['{"v":9007199254740993}', true],
    ['{"v":1.25}', false],
    ['{"v":1e400}', true],
    ['{"v":1.5E-3}', true],
    ['{"v":"1234567890123456789 1e9"}', false],
    ['{"12345678901234567890":1}', false],
    ['[1,2,12345678901234567890]', true],
    ['12345678901234567890', true],
  ])('sees whether a double cannot hold a number of %s', (text, hasExactNumbers) => {
    expect(scanJson(text).hasExactNumbers).toBe(hasExactNumbers);
  });
});
