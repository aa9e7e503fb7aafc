import { ExactNumber } from 'feedmill/pipeline';
import { keptNumbers } from './kept-numbers.js';

const BIG = new ExactNumber('9007199254740993.10');
const THOUSAND = new ExactNumber('1e3');
const HUGE = new ExactNumber('1e400');

describe('keptNumbers', () => {
  it.each<[string, unknown, unknown, unknown]>([
    ['a number left alone', { a: BIG }, { a: '9007199254740993.1' }, { a: BIG }],
    ['one that fits a double', { a: THOUSAND }, { a: 1000 }, { a: THOUSAND }],
    ['one that is no decimal', { a: HUGE }, { a: '1e400' }, { a: HUGE }],
    ['one that moved', { a: BIG }, { b: ['9007199254740993.1'] }, { b: [BIG] }],
    ['one that was changed', { a: BIG }, { a: '9007199254740994.1' }, { a: '9007199254740994.1' }],
    [
      'a text of the same digits',
      { a: '9007199254740993.1', n: BIG },
      { a: '9007199254740993.1', n: '9007199254740993.1' },
      { a: '9007199254740993.1', n: BIG },
    ],
    [
      'one that cannot be told from a text',
      { a: '9007199254740993.1', n: BIG },
      { b: '9007199254740993.1' },
      { b: '9007199254740993.1' },
    ],
    ['a record without such numbers', { a: 1, b: '2' }, { a: '1', b: 2 }, { a: '1', b: 2 }],
    ['a row', 'a,b', 'a,c', 'a,c'],
    ['nothing', { a: BIG }, undefined, undefined],
  ])('keeps %s', (_, before, after, kept) => {
    expect(keptNumbers(after, before)).toEqual(kept);
  });
});
