import fc from 'fast-check';
import { JsonSplitter } from './json-splitter.js';
import { maxRecordBytes } from './splitter.js';

function split(text: string, pieceBytes = Infinity): string[] {
  const splitter = new JsonSplitter();
  const bytes = Buffer.from(text);
  const records: Buffer[] = [];
  const step = Math.min(pieceBytes, Math.max(bytes.length, 1));
  for (let at = 0; at < bytes.length; at += step)
    records.push(...splitter.push(bytes.subarray(at, at + step)));
  return [...records, ...splitter.end()].map((record) => record.toString());
}

const records = ['{"Value": 90071992547409931234.10, "t":"]}\\"," }', '{"n":[1,{"m":[]}],"é":"😀"}', '{}'];

describe('JsonSplitter', () => {
  it.each([1, 2, 3, 5, 1000])(
    'cuts lists and envelopes into their elements, in pieces of %d bytes',
    (pieceBytes) => {
      expect(split(` [ ${records.join(' ,\n')} ] `, pieceBytes)).toEqual(records);
      expect(split(`{ "data" : [${records.join(',')}]\n}\n`, pieceBytes)).toEqual(records);
    },
  );

  it('takes an object for one record, also one that only begins like the envelope', () => {
    expect(split('{"a":1e400}\n', 2)).toEqual(['{"a":1e400}']);
    expect(split('{"data":[{"a":1}],"b":2}', 3)).toEqual(['{"data":[{"a":1}],"b":2}']);
    expect(split('{"data":[1],"data":[2]}', 3)).toEqual(['{"data":[1],"data":[2]}']);
    expect(split('{"data":5}')).toEqual(['{"data":5}']);
  });

  it('keeps elements that are no objects: what they are, the server says', () => {
    expect(split('["row,1",-0.0,null,"a,]",1.50]', 1)).toEqual(['"row,1"', '-0.0', 'null', '"a,]"', '1.50']);
  });

  it('gives nothing for an empty list or file', () => {
    expect(split('[ ]')).toEqual([]);
    expect(split('{"data":[]}')).toEqual([]);
    expect(split(' \n')).toEqual([]);
  });

  it('streams an envelope that is larger than any record', () => {
    const record = `{"t":"${'x'.repeat(1000)}"}`;
    const count = Math.ceil((3 * maxRecordBytes) / record.length);
    const splitter = new JsonSplitter();
    let found = splitter.push(Buffer.from('{"data":[')).length;
    let mostAtOnce = 0;
    for (let index = 0; index < count; index++) {
      const cut = splitter.push(Buffer.from(`${index ? ',' : ''}${record}`)).length;
      mostAtOnce = Math.max(mostAtOnce, cut);
      found += cut;
    }
    found += splitter.push(Buffer.from(']}')).length + splitter.end().length;
    expect(found).toBe(count);
    expect(mostAtOnce).toBeLessThanOrEqual(maxRecordBytes / record.length + 1);
  });

  it.each([
    ['[{},]', 'an element is missing'],
    ['[{}{}]', 'a comma is missing'],
    ['[,{}]', 'an element is missing'],
    ['[{"a":1}', 'the JSON ends early, behind record 1'],
    ['{"a":', 'the JSON ends early'],
    ['{"a":1}\n{"a":2}\n', '--format ndjson'],
    ['5', 'neither a list nor an object'],
  ])('refuses %s', (text, problem) => {
    expect(() => split(text, 1)).toThrow(problem);
  });

  it('names a record that no request can carry', () => {
    const huge = 'x'.repeat(maxRecordBytes + 65536);
    expect(() => split(`[{},"${huge}"]`, 65536)).toThrow('record 2 is larger than 8 MiB');
    expect(() => split(`{"a":"${huge}"}`, 65536)).toThrow('record 1 is larger than 8 MiB');
  });

  it('gives every written element back, however it is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.json()), fc.integer({ min: 1, max: 9 }), (elements, pieceBytes) => {
        expect(split(`[${elements.join(',')}]`, pieceBytes)).toEqual(elements);
        expect(split(`{"data":[${elements.join(' , ')}]}`, pieceBytes)).toEqual(elements);
      }),
    );
  });
});
