import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readKey, toBaseUrl } from './settings.js';

describe('toBaseUrl', () => {
  it('takes addresses with a path, without the slash at the end', () => {
    expect(toBaseUrl('http://127.0.0.1:3000')).toBe('http://127.0.0.1:3000');
    expect(toBaseUrl('https://usage.example/feedmill/')).toBe('https://usage.example/feedmill');
  });

  it.each(['localhost:3000', 'ftp://host', '', 'http://user:secret@host'])('refuses %p', (text) => {
    expect(() => toBaseUrl(text)).toThrow('--url');
  });
});

describe('readKey', () => {
  const folder = mkdtempSync(join(tmpdir(), 'feedmill-key-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const keyFile = join(folder, 'key');
  writeFileSync(keyFile, 'fm_file_secret\n');

  it('prefers the option, then the file, then the environment', () => {
    const env = { FEEDMILL_KEY: 'fm_env_secret' };
    expect(readKey({ key: 'fm_option_secret', keyFile }, env)).toBe('fm_option_secret');
    expect(readKey({ keyFile }, env)).toBe('fm_file_secret');
    expect(readKey({}, env)).toBe('fm_env_secret');
    expect(readKey({}, {})).toBeNull();
  });

  it('refuses a file that is not there, and what cannot be in a header', () => {
    expect(() => readKey({ keyFile: join(folder, 'gone') }, {})).toThrow('--key-file');
    expect(() => readKey({ key: 'a\nb' }, {})).toThrow('the key has characters');
  });
});
