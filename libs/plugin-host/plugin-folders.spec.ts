import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from 'feedmill/pipeline';
import { readManifest } from './manifest.js';
import { folderHash, pluginFolders } from './plugin-folders.js';

let dir: string;
const path = (...names: string[]) => join(dir, ...names);

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'feedmill-folders-'));
  for (const folder of ['b-plugin', 'a-plugin', '.git', 'node_modules']) mkdirSync(path(folder));
  writeFileSync(path('a-file.json'), '{}');
  mkdirSync(path('a-plugin', 'inner'));
  writeFileSync(path('a-plugin', 'index.js'), 'one');
  writeFileSync(path('a-plugin', 'inner', 'more.js'), 'two');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('pluginFolders', () => {
  it('gives folders by name, and links that lead nowhere', async () => {
    symlinkSync(path('gone'), path('dangling'));
    expect(await pluginFolders(dir)).toEqual([path('a-plugin'), path('b-plugin'), path('dangling')]);
  });
});

describe('folderHash', () => {
  it('is the same wherever the folder is', async () => {
    const before = await folderHash(path('a-plugin'));
    expect(before).toMatch(/^[0-9a-f]{64}$/);
    renameSync(path('a-plugin'), path('elsewhere'));
    expect(await folderHash(path('elsewhere'))).toBe(before);
  });

  it('changes with the content and the names of the files', async () => {
    const hashes = [await folderHash(path('a-plugin'))];
    writeFileSync(path('a-plugin', 'inner', 'more.js'), 'three');
    hashes.push(await folderHash(path('a-plugin')));
    renameSync(path('a-plugin', 'inner', 'more.js'), path('a-plugin', 'inner', 'other.js'));
    hashes.push(await folderHash(path('a-plugin')));
    writeFileSync(path('a-plugin', 'empty.js'), '');
    hashes.push(await folderHash(path('a-plugin')));
    expect(new Set(hashes).size).toBe(4);
  });
});

describe('what everybody may write to', () => {
  it.each([[[]], [['a-plugin']]])('is refused as a directory or a plugin: %j', async (names) => {
    chmodSync(path(...names), 0o777);
    const look = names.length === 0 ? pluginFolders(dir) : folderHash(path(...names));
    await expect(look).rejects.toThrow(ConfigError);
  });

  it('is refused anywhere inside a plugin, links included', async () => {
    chmodSync(path('a-plugin', 'inner', 'more.js'), 0o646);
    await expect(folderHash(path('a-plugin'))).rejects.toThrow('more.js');
    chmodSync(path('a-plugin', 'inner', 'more.js'), 0o644);
    chmodSync(path('a-file.json'), 0o666);
    symlinkSync(path('a-file.json'), path('a-plugin', 'linked.json'));
    await expect(folderHash(path('a-plugin'))).rejects.toMatchObject({
      problems: [{ code: 'plugin_folder_world_writable' }],
    });
  });
});

describe('readManifest', () => {
  const good = { name: 'a-plugin', version: '1.0.0', pluginApi: 1, title: 'A' };
  const read = (manifest: object | string) => {
    writeFileSync(
      path('a-plugin', 'plugin.json'),
      typeof manifest === 'string' ? manifest : JSON.stringify(manifest),
    );
    return readManifest(path('a-plugin'), 'a-plugin');
  };

  it('gives what it says', async () => {
    expect(await read(good)).toEqual(good);
  });

  it.each<[object | string, string]>([
    ['[]', 'must be a JSON object'],
    ['{', 'plugin.json'],
    [`"${'x'.repeat(70_000)}"`, '64 kB'],
    [{ ...good, title: '' }, '"title"'],
    [{ ...good, version: 1 }, '"version"'],
    [{ ...good, name: 'A Plugin' }, 'lower case'],
    [{ ...good, name: 'b-plugin' }, 'differs from its folder'],
    [{ ...good, pluginApi: '1' }, '"pluginApi" must be an integer'],
    [{ ...good, pluginApi: 2 }, 'needs plugin API 2'],
    [{ ...good, colour: 'red' }, '"colour" is not known'],
  ])('refuses %j', async (manifest, why) => {
    await expect(read(manifest)).rejects.toThrow(why);
  });
});
