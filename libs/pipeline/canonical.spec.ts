import { canonicalText, hexHash, recordHash } from './canonical.js';
import { toCleanJsonText, toJsonText } from './json-text.js';
import { ExactNumber } from './record.js';

const own = (text: string) => JSON.parse(text) as object;

describe('canonicalText', () => {
  it.each<[unknown, string]>([
    [{ b: 1, a: 'x' }, '{"a":"x","b":1}'],
    [{ a: 1, b: undefined }, '{"a":1}'],
    [[1, [true, null]], '[1,[true,null]]'],
    [new ExactNumber('1.25e3'), '1250'],
    [1e21, '1000000000000000000000'],
    [-0, '0'],
    [0.1, '0.1'],
    [new ExactNumber('1e400'), `1${'0'.repeat(400)}`],
    [new ExactNumber('1e999999'), '1e999999'],
    ['a"b\\\n\u2028', '"a\\"b\\\\\\n\u2028"'],
    ['\ud800', '"\\ud800"'],
    [own('{"__proto__":{"x":1},"a":2}'), '{"__proto__":{"x":1},"a":2}'],
    [{ 10: 'a', 9: 'b' }, '{"10":"a","9":"b"}'],
  ])('%p', (value, expected) => expect(canonicalText(value)).toBe(expected));

  it('does not depend on the order of members, of which it remembers some', () => {
    for (let n = 0; n < 50; n++) {
      const names = Array.from({ length: n }, (_, i) => `name${i}`);
      const forward = Object.fromEntries(names.map((name) => [name, 1]));
      const backward = Object.fromEntries([...names].reverse().map((name) => [name, 1]));
      expect(canonicalText(forward)).toBe(canonicalText(backward));
    }
  });

  it('tells apart what is different', () => {
    const values = [
      { a: '1' },
      { a: 1 },
      { a: [1] },
      { a: null },
      { a: 'null' },
      {},
      [],
      '',
      'a',
      { b: 1 },
      { a: true },
    ];
    expect(new Set(values.map(canonicalText)).size).toBe(values.length);
  });
});

describe('hexHash', () => {
  it('is the beginning of the SHA-256', () => {
    expect(hexHash('abc', 16)).toBe('ba7816bf8f01cfea414140de5dae2223');
    expect(recordHash('abc')).toBe('ba7816bf8f01cfea');
  });
});

describe('toJsonText', () => {
  it('writes exact numbers as the numbers that were sent', () => {
    const big = new ExactNumber('9007199254740993');
    expect(toJsonText({ a: [big, { b: big }], c: undefined, d: 'x' })).toBe(
      '{"a":[9007199254740993,{"b":9007199254740993}],"d":"x"}',
    );
    expect(toJsonText(big)).toBe('9007199254740993');
    expect(toJsonText(new ExactNumber('NaN'))).toBe('"NaN"');
    expect(toJsonText(undefined)).toBe('null');
  });

  it('cleans what code of others has made', () => {
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    expect(toCleanJsonText(cycle, 100, '{}')).toBe('{}');
    expect(toCleanJsonText({ a: 10n }, 100, '{}')).toBe('{}');
    expect(toCleanJsonText({ a: 'x'.repeat(100) }, 100, '{}')).toBe('{}');
    expect(toCleanJsonText({ '\0': ['\ud800', 'ok'] }, 100, '{}')).toBe('{"\ufffd":["\ufffd","ok"]}');
  });
});
