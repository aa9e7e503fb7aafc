import { isStorableText, storableProblems } from './storable.js';

describe('what the database can hold', () => {
  it.each(['', 'abc', 'é', '😀', '\u202eabc', '\ufeff'])('%j', (text) =>
    expect(isStorableText(text)).toBe(true),
  );
  it.each(['a\0b', '\ud800', 'a\udc00', '\udc00\ud800'])('not %j', (text) =>
    expect(isStorableText(text)).toBe(false),
  );

  it('is told of every place in a value', () => {
    const value = { a: ['x', '\0'], 'b/c': { '\ud800': 1 }, d: Infinity, e: null, f: true };
    expect(storableProblems(value).map(({ pointer }) => pointer)).toEqual(['/a/1', '/b~1c', '/d']);
  });
});
