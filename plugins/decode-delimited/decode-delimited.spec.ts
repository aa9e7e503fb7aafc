import { ConfigError, RecordError } from 'feedmill/pipeline';
import { createStep, stepContext } from '../../libs/pipeline/testing/index.js';
import decodeDelimited from './index.js';

const context = stepContext({
  feed: { format: 'rows', rows: { delimiter: ',', quote: '"', header: false } },
});
const decode = (raw: unknown, config: object = { columns: ['a', 'b', 'c'] }) =>
  createStep(decodeDelimited, config).decode(raw as string, context);

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

describe('decode-delimited', () => {
  it.each([
    ['1,2,3', { a: '1', b: '2', c: '3' }],
    ['1,2,3\r\n', { a: '1', b: '2', c: '3' }],
    ['\ufeff1,2,3', { a: '1', b: '2', c: '3' }],
    ['\ufeff"1",2,3', { a: '1', b: '2', c: '3' }],
    ['"1,5","say ""hi""",3', { a: '1,5', b: 'say "hi"', c: '3' }],
    ['"line\r\nbreak",2,"3"\n', { a: 'line\r\nbreak', b: '2', c: '3' }],
    ['"""",2,3', { a: '"', b: '2', c: '3' }],
    [' 1 ,2,3', { a: ' 1 ', b: '2', c: '3' }],
    ['1,,""', { a: '1' }],
    [',,', {}],
  ])('reads %j', (row, expected) => {
    expect(decode(row)).toEqual(expected);
  });

  it('drops blanks around fields that are not quoted, where it is told to', () => {
    const config = { columns: ['a', 'b', 'c'], trim: true };
    expect(decode(' 1 , 2\t,3 ', config)).toEqual({ a: '1', b: '2', c: '3' });
    expect(decode(' " 1 " ,"2", 3', config)).toEqual({ a: ' 1 ', b: '2', c: '3' });
    expect(decode('1,  ,3', config)).toEqual({ a: '1', c: '3' });
  });

  it('makes of empty columns what the profile says', () => {
    expect(decode('1,,', { columns: ['a', 'b', 'c'], emptyAs: 'null' })).toEqual({
      a: '1',
      b: null,
      c: null,
    });
    expect(decode('1,,', { columns: ['a', 'b', 'c'], emptyAs: 'text' })).toEqual({ a: '1', b: '', c: '' });
  });

  it("takes its own syntax before the feed's", () => {
    const config = { columns: ['a', 'b'], delimiter: '||', quote: "'" };
    expect(decode(`'1||2'||"3`, config)).toEqual({ a: '1||2', b: '"3' });
    expect(decode('"1\t2', { columns: ['a', 'b'], delimiter: '\t', quote: '', trim: true })).toEqual({
      a: '"1',
      b: '2',
    });
    expect(decode('"1"\t2', { columns: ['a', 'b'], delimiter: '\t', trim: true })).toEqual({
      a: '1',
      b: '2',
    });
  });

  it('takes names that objects have of themselves for columns like any other', () => {
    const record = decode('1,2', { columns: ['constructor', 'toString'] });
    expect(Object.entries(record)).toEqual([
      ['constructor', '1'],
      ['toString', '2'],
    ]);
  });

  it('says how many columns it expected and found', () => {
    expect(problemOf('1,2').details).toEqual({ expected: 3, found: 2 });
    expect(problemOf('1,2,3,').message).toContain('4 columns');
    expect(problemOf('').details).toEqual({ expected: 3, found: 1 });
    expect(problemOf('"1,2",3').details).toEqual({ expected: 3, found: 2 });
  });

  it.each([
    ['"1,2,3', 'never closed', 1],
    ['1,2,"3""', 'never closed', 5],
    ['"1"x,2,3', 'behind a closing quote', 4],
    ['"1" ,2,3', 'behind a closing quote', 4],
    ['1,a"b",3', 'not quoted', 4],
    ['1,2,3\n4,5,6', 'one row is one line', 6],
    ['"1",2\r,3', 'one row is one line', 6],
  ])('refuses %j and says where', (row, why, position) => {
    const problem = problemOf(row);
    expect(problem.message).toContain(why);
    expect(problem.details).toEqual({ position });
  });

  it.each([[null], [5], [{ a: 1 }], [['1', '2', '3']]])('refuses %j, which is no row', (raw) => {
    problemOf(raw);
  });

  it.each([
    [{ columns: [] }],
    [{ columns: ['a', 'a'] }],
    [{ columns: ['a', ''] }],
    [{ columns: ['a', '__proto__'] }],
    [{ columns: ['a'], quote: '""' }],
    [{ columns: ['a'], emptyAs: 'nothing' }],
    [{ columns: ['a'], delimiter: '' }],
    [{ columns: ['a'], colums: ['b'] }],
  ])('refuses the config %j', (config) => {
    expect(() => createStep(decodeDelimited, config)).toThrow(ConfigError);
  });
});
