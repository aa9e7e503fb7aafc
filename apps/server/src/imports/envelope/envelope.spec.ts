import { ExactNumber } from 'feedmill/pipeline';
import type { BodyType, MediaType } from './content-type.js';
import { toStoredType } from './content-type.js';
import { BrokenElement } from './envelope-error.js';
import { type EnvelopeFeed, isOfFormat, openEnvelope, readElements } from './envelope.js';

const ROWS: EnvelopeFeed = { format: 'rows', rows: null };
const RECORDS: EnvelopeFeed = { format: 'records', rows: null };

const plain = (mediaType: MediaType): BodyType => ({ mediaType, event: null });
const open = (mediaType: MediaType, text: string, feed: EnvelopeFeed, max = 1000) =>
  openEnvelope(plain(mediaType), text, feed, max).elements;
const json = (text: string, feed: EnvelopeFeed, max?: number) => open('application/json', text, feed, max);
const ndjson = (text: string, max?: number) => open('application/x-ndjson', text, RECORDS, max);
const refusal = (code: string) => expect.objectContaining({ name: 'EnvelopeError', code });

describe('JSON envelopes', () => {
  it('takes rows as {"data":[...]} only', () => {
    expect(json('{"data":["a,b",""]}', ROWS)).toEqual(['a,b', '']);
    expect(() => json('["a,b"]', ROWS)).toThrow(refusal('wrong_shape'));
    expect(() => json('{"data":["a"],"more":1}', ROWS)).toThrow(refusal('wrong_shape'));
  });

  it('takes records alone, in an array, in {"data":[...]}', () => {
    expect(json('{"v":1}', RECORDS)).toEqual([{ v: 1 }]);
    expect(json('[{"v":1},{"v":2}]', RECORDS)).toEqual([{ v: 1 }, { v: 2 }]);
    expect(json('{"data":[{"v":1}]}', RECORDS)).toEqual([{ v: 1 }]);
  });

  it('takes an object with `data` and another member for a record', () => {
    expect(json('{"data":[{"v":1}],"v":2}', RECORDS)).toEqual([{ data: [{ v: 1 }], v: 2 }]);
    expect(json('{}', RECORDS)).toEqual([{}]);
  });

  it.each([
    'null',
    '5',
    '"text"',
    'true',
    '{"data":5}',
    '{"data":{}}',
    '[null]',
    '{"data":[null,5,[]]}',
    '["a"]',
  ])('refuses %s on a feed of records by its shape', (text) =>
    expect(() => json(text, RECORDS)).toThrow(refusal('wrong_shape')),
  );

  it.each(['null', '{}', '{"v":1}', '{"data":[{"v":1}]}', '{"data":"a,b"}'])(
    'refuses %s on a feed of rows by its shape',
    (text) => expect(() => json(text, ROWS)).toThrow(refusal('wrong_shape')),
  );

  it.each([
    '{',
    '{"a":1,}',
    '[NaN]',
    '/* c */{}',
    "{'a':1}",
    '{"a":1}{"a":2}',
    '['.repeat(10_000),
    '[{"a":"\n"}]',
  ])('refuses %.20s as no JSON', (text) =>
    expect(() => json(text, RECORDS)).toThrow(refusal('malformed_body')),
  );

  it.each(['', ' \r\n\t', '\ufeff', '[]', '{"data":[]}'])('refuses %j as empty', (text) => {
    expect(() => json(text, RECORDS)).toThrow(refusal('empty_batch'));
  });

  it('keeps what is no record among records', () => {
    const elements = json('[{"v":1},null,5,[],"x"]', RECORDS);
    expect(elements.map((element) => isOfFormat(element, 'records'))).toEqual([
      true,
      false,
      false,
      false,
      false,
    ]);
    expect(json('{"data":["a",null,{}]}', ROWS).map((element) => isOfFormat(element, 'rows'))).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('takes nesting of 64 levels and refuses 65', () => {
    const nested = (levels: number) => `${'{"a":'.repeat(levels - 1)}{}${'}'.repeat(levels - 1)}`;
    expect(json(nested(64), RECORDS)).toHaveLength(1);
    expect(() => json(nested(65), RECORDS)).toThrow(refusal('malformed_body'));
  });

  it('takes as many records as allowed and not one more, and names the limit', () => {
    const body = (count: number) => JSON.stringify({ data: Array.from({ length: count }, () => 'a') });
    expect(json(body(1000), ROWS)).toHaveLength(1000);
    expect(() => json(body(1001), ROWS)).toThrow(/1000 records/);
  });

  it('survives 100,000 members and keys that mean something to JavaScript', () => {
    const members = Array.from({ length: 100_000 }, (_, i) => `"k${i}":${i}`).join();
    expect(json(`{${members}}`, RECORDS)).toHaveLength(1);
    for (const exact of [false, true]) {
      const text = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"v":1}';
      const [record] = readElements('application/json', text, RECORDS, exact) as [object];
      expect(Object.keys(record)).toEqual(['__proto__', 'constructor', 'v']);
      expect(({} as { polluted?: number }).polluted).toBeUndefined();
    }
  });
});

describe('NDJSON', () => {
  it('has a record a line, blank lines ignored', () => {
    expect(ndjson('{"v":1}\r\n\n  \n{"v":2}')).toEqual([{ v: 1 }, { v: 2 }]);
  });

  it('has no envelope: {"data":[...]} is a record', () => {
    expect(ndjson('{"data":[]}')).toEqual([{ data: [] }]);
  });

  it('keeps a broken line and one that is too deep in their places', () => {
    const elements = ndjson(
      `{"v":1}\n{"v":"\n${'['.repeat(65)}${']'.repeat(65)}\n{"v":12345678901234567890}`,
    );
    expect(elements).toHaveLength(4);
    expect(elements[1]).toBeInstanceOf(BrokenElement);
    expect(elements[1]).toMatchObject({ raw: '{"v":"', message: expect.stringContaining('not JSON') });
    expect(elements[2]).toMatchObject({ message: expect.stringContaining('64 levels') });
    expect(elements.map((element) => isOfFormat(element, 'records'))).toEqual([true, false, false, true]);
  });

  it('sees exact numbers behind a line with an open string', () => {
    const text = '{"v":"\n{"v":12345678901234567890}';
    expect(openEnvelope(plain('application/x-ndjson'), text, RECORDS, 10).hasExactNumbers).toBe(true);
    const [, record] = readElements('application/x-ndjson', text, RECORDS, true);
    expect(record).toEqual({ v: new ExactNumber('12345678901234567890') });
  });

  it('refuses a body of broken lines, of no records, of too many', () => {
    expect(() => ndjson('{\n}\n')).toThrow(refusal('malformed_body'));
    expect(() => ndjson('5\n{\n')).toThrow(refusal('wrong_shape'));
    expect(() => ndjson('\n \n')).toThrow(refusal('empty_batch'));
    expect(() => ndjson('{}\n{}\n{}', 2)).toThrow(refusal('too_many_records'));
  });
});

describe('delimited text', () => {
  const feed: EnvelopeFeed = { format: 'rows', rows: { delimiter: ';', quote: "'", header: true } };

  it('is rows by the syntax of the feed; a byte order mark is no part of the header', () => {
    expect(open('text/csv', "\ufeff'na\nme';v\n'a\nb';1\n", feed)).toEqual(["'a\nb';1"]);
    expect(open('text/csv', 'a,b\n', ROWS)).toEqual(['a,b']);
  });

  it('refuses a header alone as empty', () => {
    expect(() => open('text/csv', 'name;v\n\n', feed)).toThrow(refusal('empty_batch'));
  });

  it('stops at the limit', () => {
    expect(() => open('text/csv', 'a\n'.repeat(1001), ROWS)).toThrow(refusal('too_many_records'));
  });

  it('is read again by the syntax it was accepted with, whatever became of the feed', () => {
    const text = 'name\n"a\tb"\tc\n';
    const accepted: EnvelopeFeed = { format: 'rows', rows: { delimiter: '\t', quote: '"', header: true } };
    const storedType = toStoredType(plain('text/csv'), accepted.rows);
    expect(storedType).toBe('text/csv; header=present; delimiter=%09; quote=%22');
    expect(readElements(storedType, text, feed, false)).toEqual(open('text/csv', text, accepted));
  });
});

describe('reading again with exact numbers', () => {
  it('keeps the text of what a double cannot hold and gives plain numbers otherwise', () => {
    const text = '[{"a":9007199254740993,"b":1e400,"c":1250.0,"d":-0.5,"e":0.12345678901234567,"a2":"1e5"}]';
    expect(openEnvelope(plain('application/json'), text, RECORDS, 10).hasExactNumbers).toBe(true);
    expect(readElements('application/json', text, RECORDS, true)).toEqual([
      {
        a: new ExactNumber('9007199254740993'),
        b: new ExactNumber('1e400'),
        c: 1250,
        d: -0.5,
        e: new ExactNumber('0.12345678901234567'),
        a2: '1e5',
      },
    ]);
  });

  it.each([
    '{"a":1,"a":{"b":2}}',
    '{"a":"\\u0000\\ud800\\n\\/","b":[true,false,null],"10":1,"9":2}',
    '{"é😀":" "}',
  ])('takes %s as JSON.parse does', (text) =>
    expect(readElements('application/json', text, RECORDS, true)).toEqual([JSON.parse(text)]),
  );
});
