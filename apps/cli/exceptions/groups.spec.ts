import { toMissingText } from './groups.js';

describe('toMissingText', () => {
  it('counts different values and names the most frequent', () => {
    const values = [
      { value: 'a', count: 1200 },
      { value: 'b', count: 4 },
    ];
    expect(toMissingText({ distinctValues: 2, values })).toBe('2: a (1,200), b (4)');
    expect(toMissingText({ distinctValues: 1300, values })).toBe('1,300: a (1,200), b (4), ...');
    expect(toMissingText({ distinctValues: 0, values: [] })).toBeNull();
    expect(toMissingText(null)).toBeNull();
  });
});
