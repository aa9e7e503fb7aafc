import { createHash } from 'node:crypto';
import { lstat, readFile, readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { ConfigError } from 'feedmill/pipeline';

/** What anybody on the machine could change; plugins are code, so such a folder is refused. */
const WORLD_WRITABLE = 0o002;

/**
 * The plugin folders directly below a directory, by name. Folders whose name begins with a dot and
 * `node_modules` are none; a directory that is not there is an Error for the list of failures.
 * @throws ConfigError where the directory is writable by everybody
 */
export async function pluginFolders(dir: string): Promise<string[]> {
  await refuseWorldWritable(dir);
  const names = await readdir(dir);
  const folders: string[] = [];
  for (const name of names.sort()) {
    if (name.startsWith('.') || name === 'node_modules') continue;
    const path = join(dir, name);
    // A link that leads nowhere stays, so that it is listed as a failure.
    if (
      await stat(path).then(
        (info) => info.isDirectory(),
        () => true,
      )
    )
      folders.push(path);
  }
  return folders;
}

/**
 * SHA-256 (hex) over a folder's files: their paths and contents in the order of the paths, so the
 * same plugin has the same hash on every machine.
 * @throws ConfigError where the folder, or anything in it, is writable by everybody
 */
export async function folderHash(folder: string): Promise<string> {
  await refuseWorldWritable(folder);
  const hash = createHash('sha256');
  for (const path of await filesBelow(folder)) {
    const content = await readFile(path);
    const name = relative(folder, path).split(sep).join('/');
    hash.update(`${name}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true });
  const files: string[] = [];
  for (const entry of entries.sort()) {
    const path = join(folder, entry);
    await refuseWorldWritable(path);
    if ((await stat(path)).isFile()) files.push(path);
  }
  return files;
}

async function refuseWorldWritable(path: string): Promise<void> {
  // On Windows the mode says nothing of who may write.
  if (process.platform === 'win32') return;
  const link = await lstat(path);
  const { mode } = link.isSymbolicLink() ? await stat(path) : link;
  if ((mode & WORLD_WRITABLE) === 0) return;
  throw new ConfigError([
    {
      pointer: '',
      code: 'plugin_folder_world_writable',
      message: `plugin folder ${path} can be changed by every user of this machine; run: chmod -R o-w ${path}`,
    },
  ]);
}
