import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { type Source, openSource } from './source.js';

const folder = mkdtempSync(join(tmpdir(), 'feedmill-source-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, bytes: Buffer | string): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

async function read(source: Source): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of source.chunks) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const text = Buffer.from('date,é\n'.repeat(100_000));

describe('openSource', () => {
  it('reads a file, counting its bytes', async () => {
    const source = openSource(write('plain.csv', text));
    expect(source).toMatchObject({ name: 'plain.csv', totalBytes: text.length });
    expect((await read(source)).equals(text)).toBe(true);
    expect(source.bytesRead()).toBe(text.length);
  });

  it('knows gzip by its content, also of several members, and counts what is on disk', async () => {
    const zipped = Buffer.concat([gzipSync(text.subarray(0, 1000)), gzipSync(text.subarray(1000))]);
    const source = openSource(write('named-otherwise.csv', zipped));
    expect((await read(source)).equals(text)).toBe(true);
    expect(source.bytesRead()).toBe(zipped.length);
  });

  it('leaves out a byte order mark, before and inside gzip', async () => {
    const marked = Buffer.from('\ufeffa,b\n');
    expect((await read(openSource(write('bom.csv', marked)))).toString()).toBe('a,b\n');
    expect((await read(openSource(write('bom.csv.gz', gzipSync(marked))))).toString()).toBe('a,b\n');
  });

  it('reads a pipe that hands out byte by byte', async () => {
    const bytes = [...gzipSync('\ufeff{"a":1}')].map((byte) => Buffer.from([byte]));
    expect((await read(openSource('-', Readable.from(bytes)))).toString()).toBe('{"a":1}');
    expect((await read(openSource('-', Readable.from([])))).length).toBe(0);
  });

  it('says what is wrong with a file', async () => {
    const zipped = gzipSync(text);
    expect(() => openSource(join(folder, 'gone.csv'))).toThrow('gone.csv: no such file');
    expect(() => openSource(folder)).toThrow('this is a folder');
    await expect(read(openSource(write('cut.gz', zipped.subarray(0, 200))))).rejects.toThrow(
      'the gzip data ends early',
    );
    await expect(read(openSource(write('bad.gz', zipped.fill(7, 20, 60))))).rejects.toThrow(
      'the gzip data is damaged',
    );
    await expect(read(openSource(write('wide.csv', Buffer.from('\ufeffa', 'utf16le'))))).rejects.toThrow(
      'UTF-16',
    );
  });

  it('can be left before its end', async () => {
    for await (const chunk of openSource(write('long.csv.gz', gzipSync(text))).chunks) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
  });
});
