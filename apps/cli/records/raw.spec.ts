import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../errors.js';
import { toJson } from '../json.js';
import { readText, toRaw, toRawText } from './raw.js';

describe('raw records', () => {
  it('are read from the option, or from a file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'feedmill-raw-'));
    const path = join(folder, 'record');
    writeFileSync(path, 'é\n');
    expect(readText('--raw', 'a,b')).toBe('a,b');
    expect(readText('--raw', `@${path}`)).toBe('é\n');
    writeFileSync(path, Buffer.from([0xe9]));
    expect(() => readText('--raw', `@${path}`)).toThrow(UsageError);
    expect(() => readText('--raw', `@${path}.gone`)).toThrow(/^--raw: .*\.gone: ENOENT/);
    rmSync(folder, { recursive: true });
  });

  it('are rows without their line end, or JSON with all digits', () => {
    expect(toRaw('a,"b\nc"\r\n', 'rows')).toBe('a,"b\nc"');
    expect(toJson(toRaw('{"Value":1250.00}\n', 'records'))).toBe('{"Value":1250.00}');
    expect(() => toRaw('{"Value":}', 'records')).toThrow('the record is not JSON');
  });

  it('are shown as they are read', () => {
    expect(toRawText('a,b')).toBe('a,b');
    expect(toRawText(toRaw('{"Value":1250.00}', 'records'))).toBe('{\n  "Value": 1250.00\n}');
  });
});
