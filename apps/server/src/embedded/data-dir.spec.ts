import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataDir } from './data-dir.js';

describe('DataDir', () => {
  let folder: string;
  let dataDir: DataDir;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'feedmill-data-'));
    dataDir = new DataDir(join(folder, 'data'));
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('makes a secret once, readable by its owner only', () => {
    const first = dataDir.secret('postgres-password');
    const again = new DataDir(dataDir.path).secret('postgres-password');
    expect([first.isNew, again.isNew, again.value]).toEqual([true, false, first.value]);
    expect(statSync(first.file).mode & 0o777).toBe(0o600);
  });

  it('lets one launcher in at a time', async () => {
    const unlock = await dataDir.lock();
    await expect(new DataDir(dataDir.path).lock()).rejects.toThrow(
      `(pid ${process.pid}) is already running on the data folder`,
    );
    unlock();
    await expect(dataDir.lock()).resolves.toBeInstanceOf(Function);
  });

  it('takes over from a launcher whose pid now belongs to another process', async () => {
    const file = dataDir.file('run', 'launcher.json');
    writeFileSync(file, JSON.stringify({ pid: process.pid, started: 'another boot' }));
    await dataDir.lock();
    expect(JSON.parse(readFileSync(file, 'utf8'))).not.toMatchObject({ started: 'another boot' });
  });

  it('makes what is missing above it', () => {
    const path = join(folder, 'a', 'b', 'data');
    expect(new DataDir(path).path).toBe(path);
    expect(new DataDir(path).path).toBe(path);
  });

  it('gives up where no folder can be made, instead of trying for ever', () => {
    expect(() => new DataDir('/proc/feedmill/data')).toThrow(
      /data folder \/proc\/feedmill\/data cannot be used: ENOENT/,
    );
  });

  it('says what to do where the folder cannot be used', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    expect(() => new DataDir(join(file, 'data'))).toThrow(/data folder .* cannot be used: /);
  });
});
