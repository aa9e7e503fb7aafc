import { type Batch, halve } from './batch.js';
import { toIdempotencyKey, toRequestBody } from './request-body.js';

function batchOf(...records: (string | Buffer)[]): Batch {
  return {
    source: 'usage.csv',
    number: '3',
    firstRecord: 2001,
    records: records.map((each) => Buffer.from(each)),
    bytesRead: 0,
  };
}

describe('toRequestBody', () => {
  it('makes rows JSON strings that read back byte for byte', () => {
    const rows = ['a,"b ""c"""', 'é😀\u2028,\t', '"two\r\nlines",\\n', 'bell\u0007,\u007f\u0080'];
    const { bytes, contentType } = toRequestBody(batchOf(...rows), 'csv');
    expect(contentType).toBe('application/json');
    expect(JSON.parse(bytes.toString())).toEqual({ data: rows });
  });

  it('leaves what is not UTF-8 for the server to refuse', () => {
    const { bytes } = toRequestBody(batchOf(Buffer.from([0x61, 0xff, 0xc3])), 'csv');
    expect(bytes).toEqual(
      Buffer.concat([Buffer.from('{"data":["a'), Buffer.from([0xff, 0xc3]), Buffer.from('"]}')]),
    );
  });

  it('joins JSON records as they are written', () => {
    const records = ['{"Value":1250.0}', '{"Value": 90071992547409931234,\n"a":1}'];
    expect(toRequestBody(batchOf(...records), 'json').bytes.toString()).toBe(
      `{"data":[${records.join(',')}]}`,
    );
    const lines = toRequestBody(batchOf('{"a":1}', '{"a":2}'), 'ndjson');
    expect([lines.contentType, lines.bytes.toString()]).toEqual([
      'application/x-ndjson',
      '{"a":1}\n{"a":2}\n',
    ]);
  });
});

describe('toIdempotencyKey', () => {
  const keyOf = (feed: string, batch: Batch): string =>
    toIdempotencyKey(feed, batch, toRequestBody(batch, 'csv'));
  const batch = batchOf('a', 'b', 'c');

  it('is the same in every run', () => {
    expect(keyOf('usageCsv', batchOf('a', 'b', 'c'))).toBe(
      'feedmill-send-cf07c32d7e76d81088750b41e9a00f8796a8a1722992fa5f6cc91c0003501138',
    );
  });

  it('differs by feed, source, number and content', () => {
    const keys = [
      keyOf('usageCsv', batch),
      keyOf('usageJson', batch),
      keyOf('usageCsv', { ...batch, source: 'other.csv' }),
      keyOf('usageCsv', { ...batch, number: '4' }),
      keyOf('usageCsv', batchOf('a', 'b', 'd')),
      keyOf('usageCsv', batchOf('a', 'bc')),
      ...halve(batch).map((half) => keyOf('usageCsv', half)),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe('halve', () => {
  it('keeps every record and its place in the file', () => {
    const [first, second] = halve(batchOf('a', 'b', 'c'));
    expect([first.number, first.firstRecord, first.records.join()]).toEqual(['3.1', 2001, 'a,b']);
    expect([second.number, second.firstRecord, second.records.join()]).toEqual(['3.2', 2003, 'c']);
  });
});
