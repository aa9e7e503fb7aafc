import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CliProcess } from '../testing/cli-process.js';
import { toFormat } from './export.js';

const cli = CliProcess.build(join(import.meta.dirname, '../../..'));
const folder = mkdtempSync(join(tmpdir(), 'feedmill-export-'));
let server: Server;
let isBroken = false;

beforeAll(async () => {
  server = createServer((request, response) => {
    response.writeHead(200, { 'content-type': 'text/csv' }).write(`${request.url}\n`);
    setTimeout(() => (isBroken ? response.destroy() : response.end('the end\n')), 50);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  server.close();
  cli.remove();
  rmSync(folder, { recursive: true });
});
beforeEach(() => (isBroken = false));

const run = (...args: string[]) =>
  cli.run([...args, '--url', `http://127.0.0.1:${(server.address() as AddressInfo).port}`]);

describe('an export', () => {
  it('goes to standard output, as it is', async () => {
    const { exitCode, stdout } = await run('exceptions', 'export', '--format', 'csv', '--usage-key', 'a b');
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: '/api/v1/exceptions/export?usageKey=a+b&format=csv\nthe end\n',
    });
  });

  it('goes to a file, which is there once it is whole', async () => {
    const path = join(folder, 'audit.ndjson');
    const { exitCode, stderr } = await run('audit', 'export', '-o', path);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: `Written to ${path}.\n` });
    expect(readFileSync(path, 'utf8')).toBe('/api/v1/admin/audit/export?format=ndjson\nthe end\n');
  });

  it('that breaks off leaves no file', async () => {
    isBroken = true;
    const { exitCode, stderr } = await run('exceptions', 'export', '-o', join(folder, 'broken.csv'));
    expect(exitCode).toBe(3);
    expect(stderr).toContain('no answer from');
    expect(readdirSync(folder).filter((name) => name.startsWith('broken'))).toEqual([]);
  });

  it('needs a place that can be written, and a format', async () => {
    expect((await run('exceptions', 'export', '-o', join(folder, 'gone/x.csv'))).exitCode).toBe(2);
    expect(toFormat({ output: 'X.CSV' })).toBe('csv');
    expect(toFormat({ format: 'ndjson', output: 'x.csv' })).toBe('ndjson');
    expect(() => toFormat({ output: 'x.txt' })).toThrow('say the format');
  });
});
