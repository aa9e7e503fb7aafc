import { text } from 'node:stream/consumers';
import { exportFile, toCsvLine } from './export.js';
import { RawJson } from './raw-json.js';

describe('a line of CSV', () => {
  it.each([
    [['a', 'b,c', 'say "x"', 'two\nlines', null, undefined], 'a,"b,c","say ""x""","two\nlines",,'],
    [[1, -2.5, true, { a: '=1' }, new RawJson('{"n":1.50}')], '1,-2.5,true,"{""a"":""=1""}","{""n"":1.50}"'],
    [['=1+1', '+49 30', '-1+2', '@cmd', '\ttab'], "'=1+1,'+49 30,'-1+2,'@cmd,'\ttab"],
    [['\r=1', '\n=1', '-12.50', '', "'"], '"\'\r=1","\'\n=1",-12.50,,\''],
  ])('%j', (cells, line) => expect(toCsvLine(cells)).toBe(`${line}\r\n`));
});

describe('exportFile', () => {
  const pages = [
    { items: [{ id: 'a' }, { id: '=b' }], nextCursor: '1' },
    { items: [{ id: 'c' }], nextCursor: null },
  ];
  const readPage = (cursor: string | undefined) => Promise.resolve(pages[Number(cursor ?? 0)]!);
  const columns = [{ title: 'id', value: ({ id }: { id: string }) => id }];
  const content = async (format: 'csv' | 'ndjson') =>
    text((await exportFile('list', format, columns, readPage)).getStream());

  it('writes every page, in CSV and in NDJSON', async () => {
    expect(await content('csv')).toBe("id\r\na\r\n'=b\r\nc\r\n");
    expect(await content('ndjson')).toBe('{"id":"a"}\n{"id":"=b"}\n{"id":"c"}\n');
  });

  it('is refused as a whole where its first page is, and cut where a later one fails', async () => {
    const fail = () => Promise.reject(new Error('no'));
    await expect(exportFile('list', 'csv', columns, fail)).rejects.toThrow('no');
    const later = await exportFile('list', 'csv', columns, (cursor) => (cursor ? fail() : readPage(cursor)));
    await expect(text(later.getStream())).rejects.toThrow('no');
  });
});
