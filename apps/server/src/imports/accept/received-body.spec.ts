import { gunzipSync, gzipSync } from 'node:zlib';
import { readBodyType, receiveBody, toStoredBody } from './received-body.js';

const problem = (status: number, code: string) => expect.objectContaining({ status, code });

describe('readBodyType', () => {
  it.each([
    'application/json',
    'Application/JSON; charset=UTF-8',
    'application/json;charset="utf-8"',
    'application/json; x=y',
  ])('reads %s', (contentType) =>
    expect(readBodyType({ 'content-type': contentType })).toEqual({
      mediaType: 'application/json',
      event: null,
    }),
  );

  it.each([
    undefined,
    '',
    'json',
    'text/plain',
    'application/xml',
    'text/csv; charset=utf-16',
    'application/json; charset=',
  ])('refuses %s', (contentType) =>
    expect(() => readBodyType({ 'content-type': contentType })).toThrow(
      problem(415, 'unsupported_media_type'),
    ),
  );
});

describe('receiveBody', () => {
  const text = Buffer.from('{"a":"ä"}');

  it('takes bodies as they are and gzip, of several members too', async () => {
    expect(await receiveBody(text, undefined, 100)).toEqual({ bytes: text, gzip: null });
    expect(await receiveBody(text, 'identity', 100)).toEqual({ bytes: text, gzip: null });
    const members = Buffer.concat([gzipSync('{"a":'), gzipSync('1}')]);
    const received = await receiveBody(members, 'GZIP', 100);
    expect(received.bytes.toString()).toBe('{"a":1}');
    expect(await toStoredBody(received)).toBe(members);
  });

  it.each(['br', 'deflate', 'gzip, gzip', 'gzip,identity', 'zstd'])(
    'refuses the encoding %s',
    async (encoding) => {
      await expect(receiveBody(text, encoding, 100)).rejects.toEqual(problem(415, 'unsupported_media_type'));
    },
  );

  it('decompresses to four times the limit and not one byte more', async () => {
    expect((await receiveBody(gzipSync(Buffer.alloc(400, 'a')), 'gzip', 100)).bytes).toHaveLength(400);
    const more = receiveBody(gzipSync(Buffer.alloc(401, 'a')), 'gzip', 100);
    await expect(more).rejects.toEqual(problem(413, 'body_too_large'));
  });

  it('refuses broken gzip and broken UTF-8', async () => {
    for (const sent of [text, gzipSync(text).subarray(0, 20), Buffer.alloc(0)]) {
      await expect(receiveBody(sent, 'gzip', 100)).rejects.toEqual(problem(400, 'malformed_body'));
    }
    await expect(receiveBody(Buffer.from([0xc3]), undefined, 100)).rejects.toEqual(
      problem(400, 'malformed_body'),
    );
  });

  it.each([10, 100_000])('stores %d bytes as gzip', async (length) => {
    const bytes = Buffer.alloc(length, 'ab');
    expect(gunzipSync(await toStoredBody({ bytes, gzip: null }))).toEqual(bytes);
  });
});
