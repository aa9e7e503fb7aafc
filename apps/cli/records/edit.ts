import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../errors.js';
import { toRaw, toRawText } from './raw.js';

/**
 * What a person makes of a record in `$VISUAL` or `$EDITOR`.
 * @throws UsageError where the editor does not end well, or the text is no record
 */
export const editRecord = (record: unknown, format: 'rows' | 'records'): unknown =>
  toRaw(edit(toRawText(record), format === 'rows' ? 'csv' : 'json'), format);

function edit(text: string, extension: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'feedmill-edit-'));
  const path = join(folder, `record.${extension}`);
  try {
    writeFileSync(path, text, { mode: 0o600 });
    const editor = process.env.VISUAL || process.env.EDITOR || 'vi';
    const { status } = spawnSync(`${editor} "${path}"`, { shell: true, stdio: 'inherit' });
    if (status !== 0) throw new UsageError(`--edit: ${editor} ended with ${status}; nothing was changed`);
    return readFileSync(path, 'utf8');
  } finally {
    rmSync(folder, { recursive: true });
  }
}
