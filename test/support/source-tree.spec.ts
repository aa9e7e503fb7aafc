import { findCycles, type SourceFile } from './source-tree.js';

const file = (path: string, ...imports: string[]): SourceFile => ({
  path,
  text: '',
  imports: imports.map((imported) => ({ specifier: imported, path: imported })),
});

describe('findCycles', () => {
  it('finds a circle, however it is entered', () => {
    const files = [file('main', 'a', 'c'), file('a', 'b'), file('b', 'c', 'outside'), file('c', 'a')];
    expect(findCycles(files)).toEqual(['a -> b -> c -> a']);
  });

  it('takes two ways to one file for no circle', () => {
    expect(findCycles([file('main', 'a', 'b'), file('a', 'c'), file('b', 'c'), file('c')])).toEqual([]);
  });
});
