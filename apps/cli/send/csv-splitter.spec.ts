import fc from 'fast-check';
import { CsvSplitter, type CsvSyntax } from './csv-splitter.js';
import { maxRecordBytes } from './splitter.js';

const plain: CsvSyntax = { delimiter: ',', quote: '"', hasHeader: false };

function split(text: string, pieceBytes = Infinity, syntax: CsvSyntax = plain): string[] {
  const splitter = new CsvSplitter(syntax);
  const bytes = Buffer.from(text);
  const rows: Buffer[] = [];
  const step = Math.min(pieceBytes, Math.max(bytes.length, 1));
  for (let at = 0; at < bytes.length; at += step) rows.push(...splitter.push(bytes.subarray(at, at + step)));
  return [...rows, ...splitter.end()].map((row) => row.toString());
}

describe('CsvSplitter', () => {
  const file = 'a,"b\r\nstill b ""quoted""\n",c\r\n\r\nd,e,f\n"ü€😀",g\nlast,"row"';
  const rows = ['a,"b\r\nstill b ""quoted""\n",c', 'd,e,f', '"ü€😀",g', 'last,"row"'];

  it.each([1, 2, 3, 5, 7, 1000])('finds the same rows in pieces of %d bytes', (pieceBytes) => {
    expect(split(file, pieceBytes)).toEqual(rows);
  });

  it('leaves out blank lines, but not rows of empty fields', () => {
    expect(split('a\t1\n \n\r\n\t\n', 2, { ...plain, delimiter: '\t' })).toEqual(['a\t1', '\t']);
  });

  it('takes a quote inside a field for text', () => {
    expect(split('5" pipe,1\n6" pipe,2\n')).toEqual(['5" pipe,1', '6" pipe,2']);
  });

  it('takes every line for a row where nothing quotes', () => {
    expect(split('"a\nb"\n', 3, { ...plain, quote: '' })).toEqual(['"a', 'b"']);
  });

  it("uses the feed's own delimiter and quote", () => {
    expect(split("a;'b\nc';\"\nd\n", 1, { ...plain, delimiter: ';', quote: "'" })).toEqual([
      "a;'b\nc';\"",
      'd',
    ]);
  });

  it('drops the header, also one with a line end in it', () => {
    expect(split('\n"when\never",b\n1,2\n', 2, { ...plain, hasHeader: true })).toEqual(['1,2']);
  });

  it('loses one line, not the rest of the file, to a quote that never closes', () => {
    expect(split('1,a\n2,"b\n3,c\n4,d')).toEqual(['1,a', '2,"b', '3,c', '4,d']);
  });

  it('does not wait for ever for the end of a quoted field', () => {
    const line = `${'x'.repeat(99)}\n`;
    const rows = split(`1,"open\n${line.repeat(maxRecordBytes / line.length + 2)}`, 65536);
    expect(rows[0]).toBe('1,"open');
    expect(rows[1]).toBe(line.trimEnd());
    expect(rows).toHaveLength(Math.floor(maxRecordBytes / line.length + 2) + 1);
  });

  it('takes a field of a megabyte', () => {
    const huge = `1,"${'line\n'.repeat(200_000)}",2`;
    expect(split(`${huge}\n3,4,5\n`, 65536)).toEqual([huge, '3,4,5']);
  });

  it('names a row that no request can carry', () => {
    expect(() => split(`ok\n${'x'.repeat(maxRecordBytes + 1)}`, 65536)).toThrow(
      'record 2 is larger than 8 MiB',
    );
  });

  it('gives every written row back, whatever is in the fields and however it is cut', () => {
    const field = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r', 'é', ' '), maxLength: 6 });
    const row = fc.array(field, { minLength: 2, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(row, { maxLength: 8 }), fc.integer({ min: 1, max: 9 }), (table, pieceBytes) => {
        const lines = table.map((fields) =>
          fields.map((each) => `"${each.replaceAll('"', '""')}"`).join(','),
        );
        expect(split(lines.map((line) => `${line}\r\n`).join(''), pieceBytes)).toEqual(lines);
      }),
    );
  });
});
