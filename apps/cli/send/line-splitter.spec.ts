import { LineSplitter } from './line-splitter.js';
import { maxRecordBytes } from './splitter.js';

function split(text: string, pieceBytes: number): string[] {
  const splitter = new LineSplitter();
  const bytes = Buffer.from(text);
  const records: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes)
    records.push(...splitter.push(bytes.subarray(at, at + pieceBytes)));
  return [...records, ...splitter.end()].map((record) => record.toString());
}

describe('LineSplitter', () => {
  it.each([1, 2, 3, 4, 1000])('finds the same lines in pieces of %d bytes', (pieceBytes) => {
    expect(split('{"a":"é😀"}\r\n\n \t\n{"b":1}\n{"c":2}', pieceBytes)).toEqual([
      '{"a":"é😀"}',
      '{"b":1}',
      '{"c":2}',
    ]);
  });

  it('names a line that no request can carry', () => {
    expect(() => split(`{}\n${'x'.repeat(maxRecordBytes + 1)}`, 65536)).toThrow(
      'record 2 is larger than 8 MiB',
    );
  });
});
