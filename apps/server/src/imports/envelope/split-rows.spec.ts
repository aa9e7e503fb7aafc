import { splitRows } from './split-rows.js';

const rows = (text: string, syntax: { delimiter?: string; quote?: string; header?: boolean } = {}) => [
  ...splitRows(text, { delimiter: ',', quote: '"', header: false, ...syntax }),
];

describe('splitRows', () => {
  it('ends rows with LF, CRLF or the end of the text', () => {
    expect(rows('a,b\r\nc,d\ne,f')).toEqual(['a,b', 'c,d', 'e,f']);
  });

  it('leaves blank lines out, but not rows of empty fields', () => {
    expect(rows('\n\na\n  \n\r\n,,\n')).toEqual(['a', ',,']);
    expect(rows('\t\t\n \n', { delimiter: '\t' })).toEqual(['\t\t']);
  });

  it('drops the header line where the feed has one, behind blank lines too', () => {
    expect(rows('\nname,value\na,1\n', { header: true })).toEqual(['a,1']);
    expect(rows('"na\nme",value\na,1\n', { header: true })).toEqual(['a,1']);
  });

  it('keeps line ends and doubled quotes of quoted fields in the row', () => {
    expect(rows('a,"x\r\ny ""z""\n",b\nc')).toEqual(['a,"x\r\ny ""z""\n",b', 'c']);
  });

  it('takes a quote inside a field as text', () => {
    expect(rows('5" pipe,1\nb" ,2')).toEqual(['5" pipe,1', 'b" ,2']);
  });

  it('takes other quotes and delimiters, and none', () => {
    expect(rows("a;'x\ny'\nb", { delimiter: ';', quote: "'" })).toEqual(["a;'x\ny'", 'b']);
    expect(rows('"a\nb"', { quote: '' })).toEqual(['"a', 'b"']);
  });

  it('lets a quoted field that never ends cost its own line only', () => {
    expect(rows('a,1\nb,"oops\nc,3\nd,"x\ny"\n')).toEqual(['a,1', 'b,"oops\nc,3\nd,"x', 'y"']);
    expect(rows('a,1\nb,"oops\nc,3\n')).toEqual(['a,1', 'b,"oops', 'c,3']);
  });

  it('is as quick on many quoted rows as on plain ones', () => {
    const text = '"a b","c ""d""",5\n'.repeat(100_000);
    const start = performance.now();
    expect(rows(text)).toHaveLength(100_000);
    expect(performance.now() - start).toBeLessThan(30_000);
  });
});
