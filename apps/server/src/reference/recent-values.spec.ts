import { RecentValues } from './recent-values.js';

const named = (...names: string[]) => names.map((name) => [name, name] as const);
const kept = (values: RecentValues<string>, ...names: string[]) =>
  names.filter((name) => values.get(name) !== undefined);

describe('RecentValues', () => {
  it('forgets what was not asked for while a generation filled', () => {
    const values = new RecentValues<string>(2);
    values.add(named('a', 'b'));
    values.add(named('c'));
    expect(values.get('a')).toBe('a');
    values.add(named('d'));
    expect(kept(values, 'a', 'b', 'c', 'd')).toEqual(['a', 'c', 'd']);
  });

  it('keeps together what was read at once, however much that is', () => {
    const values = new RecentValues<string>(2, () => 5);
    values.add(named('a', 'b', 'c'));
    values.add(named('d'));
    expect(kept(values, 'a', 'b', 'c', 'd')).toEqual(['a', 'b', 'c', 'd']);
  });

  it('forgets by name, also what is old, and all', () => {
    const values = new RecentValues<string>(1);
    values.add(named('a'));
    values.add(named('b'));
    values.delete('a');
    expect(kept(values, 'a', 'b')).toEqual(['b']);
    values.clear();
    expect(values.isEmpty).toBe(true);
    expect(values.get('b')).toBeUndefined();
  });
});
