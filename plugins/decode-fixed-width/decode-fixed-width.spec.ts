import { ConfigError, RecordError } from 'feedmill/pipeline';
import { createStep } from '../../libs/pipeline/testing/index.js';
import decodeFixedWidth from './index.js';

const COLUMNS = [
  { name: 'a', length: 3 },
  { name: 'b', length: 4, trim: 'start', padding: '0' },
  { name: 'c', length: 2 },
];

function decode(raw: unknown, config: object = {}) {
  const decoder = createStep(decodeFixedWidth, { columns: COLUMNS, ...config });
  return decoder.decode(raw as string);
}

function problemOf(raw: unknown, config?: object): RecordError {
  try {
    decode(raw, config);
  } catch (error) {
    expect(error).toBeInstanceOf(RecordError);
    expect((error as RecordError).code).toBe('malformed_row');
    return error as RecordError;
  }
  throw new Error(`${JSON.stringify(raw)} was accepted`);
}

describe('decode-fixed-width', () => {
  it.each([
    ['abc0012xy', { a: 'abc', b: '12', c: 'xy' }],
    ['\ufeff a 0000x \r\n', { a: 'a', b: '0', c: 'x' }],
    ['üñ😀1200 😀\n', { a: 'üñ😀', b: '1200', c: '😀' }],
    ['       xy', { c: 'xy' }],
    ['a\tb 012x"', { a: 'a\tb', b: ' 012', c: 'x"' }],
  ])('reads %j', (row, expected) => {
    expect(decode(row)).toEqual(expected);
  });

  it('takes columns by their places, in any order, with gaps and overlaps', () => {
    const columns = [
      { name: 'last', start: 7, length: 2 },
      { name: 'first', start: 1, length: 3 },
      { name: 'next', length: 2 },
      { name: 'date', start: 1, length: 8 },
    ];
    expect(decode('20261026', { columns })).toEqual({
      last: '26',
      first: '202',
      next: '61',
      date: '20261026',
    });
  });

  it('drops padding where the column says', () => {
    const read = (trim: string, padding: string, row: string) =>
      decode(row, { columns: [{ name: 'a', length: 6, trim, padding }], emptyAs: 'text' }).a;
    expect(read('both', '*', '**a***')).toBe('a');
    expect(read('start', '*', '**a***')).toBe('a***');
    expect(read('end', '*', '**a***')).toBe('**a');
    expect(read('none', '*', '**a***')).toBe('**a***');
    expect(read('both', '*', '******')).toBe('');
    expect(read('end', '0', '000000')).toBe('0');
    expect(read('end', '0', '      ')).toBe('');
    expect(read('both', '😀', '😀😀a😀b😀')).toBe('a😀b');
    expect(read('none', ' ', '      ')).toBe('      ');
  });

  it('fills short rows and cuts long ones where it is told to', () => {
    expect(decode('abc12', { shortRows: 'fill' })).toEqual({ a: 'abc', b: '12' });
    expect(decode('', { shortRows: 'fill', emptyAs: 'null' })).toEqual({ a: null, b: null, c: null });
    expect(decode('abc0012xyz', { longRows: 'cut' })).toEqual({ a: 'abc', b: '12', c: 'xy' });
    expect(problemOf('abc12', { longRows: 'cut' }).details).toEqual({ expected: 9, found: 5 });
    expect(problemOf('abc0012x😀😀', { shortRows: 'fill' }).details).toEqual({ expected: 9, found: 10 });
  });

  it('takes one line for one row', () => {
    expect(problemOf('abc\n012xy').details).toEqual({ position: 4 });
    expect(problemOf('abc0012xy\r\n\n').message).toContain('one row is one line');
  });

  it.each([[null], [5], [{ a: 1 }]])('refuses %j, which is no row', (raw) => {
    problemOf(raw);
  });

  it('names its fields, also those that objects have of themselves', () => {
    const columns = [{ name: 'constructor', length: 1 }];
    expect(Object.entries(decode('x', { columns }))).toEqual([['constructor', 'x']]);
    expect(decodeFixedWidth.fields!({ columns } as never)).toEqual(['constructor']);
  });

  it.each([
    [[]],
    [[{ name: 'a', length: 0 }]],
    [[{ name: 'a', length: 1.5 }]],
    [[{ name: 'a', length: 1, start: 0 }]],
    [[{ name: '', length: 1 }]],
    [[{ name: '__proto__', length: 1 }]],
    [[{ name: 'a', length: 1, padding: '' }]],
    [[{ name: 'a', length: 1, padding: 'ab' }]],
    [[{ name: 'a', length: 1, width: 1 }]],
    [
      [
        { name: 'a', length: 1 },
        { name: 'a', length: 1 },
      ],
    ],
  ])('refuses the columns %j', (columns) => {
    expect(() => createStep(decodeFixedWidth, { columns })).toThrow(ConfigError);
  });
});
