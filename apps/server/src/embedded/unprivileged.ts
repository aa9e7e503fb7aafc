import { execFile, type SpawnOptions } from 'node:child_process';
import { promisify } from 'node:util';
import { LaunchError } from './launch-error.js';

const run = promisify(execFile);

/** How to run a program of Postgres, which refuses to run as root. */
export interface RunAs {
  /** Who owns the data folder; null where that is whoever started us. */
  readonly owner: { readonly uid: number; readonly gid: number } | null;
  command(
    program: string,
    args: readonly string[],
  ): { command: string; args: string[]; options: SpawnOptions };
}

const AS_OURSELVES: RunAs = {
  owner: null,
  command: (program, args) => ({ command: program, args: [...args], options: {} }),
};

/**
 * Chooses a user for Postgres. As root that is `postgres` (created where it is missing) or `nobody`. Where that user cannot
 * reach the programs or the data (a clone below /root, say), it is given the right to pass and read folders, and nothing else.
 * @param initdb the absolute path of the program that lies beside the server's
 * @param dataDir an existing folder, absolute
 */
export async function chooseUser(initdb: string, dataDir: string): Promise<RunAs> {
  if (process.getuid?.() !== 0) return AS_OURSELVES;
  const owner = await findOrCreateUser();
  const byId: RunAs = {
    owner,
    command: (command, args) => ({
      command,
      args: [...args],
      options: { uid: owner.uid, gid: owner.gid, cwd: '/' },
    }),
  };
  if ((await hindrance(byId, initdb, dataDir)) === null) return byId;
  const withPassage: RunAs = {
    owner,
    command: (command, args) => ({
      command: 'setpriv',
      args: [...passageFor(owner), '--', command, ...args],
      options: { cwd: '/' },
    }),
  };
  const reason = await hindrance(withPassage, initdb, dataDir);
  if (reason === null) return withPassage;
  throw new LaunchError(
    `Postgres does not run as root, and the user it would run as (uid ${owner.uid}) cannot use ${initdb} with ${dataDir}:\n${reason}\n` +
      'Run npm start as an ordinary user, move the project to a folder that others may pass (/opt, say), or let them pass: chmod o+x on each folder above it.',
  );
}

/**
 * Postgres looks for its own files by access(2), which ignores the capabilities of a user other than root unless the
 * security bit says otherwise.
 */
function passageFor({ uid, gid }: { uid: number; gid: number }): string[] {
  const capabilities = '+dac_read_search';
  return [
    ...['--reuid', String(uid), '--regid', String(gid), '--clear-groups', '--securebits=+no_setuid_fixup'],
    ...[`--inh-caps=${capabilities}`, `--ambient-caps=${capabilities}`],
  ];
}

/** What keeps a user from setting up a cluster there; null where nothing does. `--show` looks for all files and writes none. */
async function hindrance(runAs: RunAs, initdb: string, dataDir: string): Promise<string | null> {
  const script = 'cd "$1" && exec "$0" --show --pgdata="$1/postgres" --locale=C';
  const { command, args, options } = runAs.command('/bin/sh', ['-c', script, initdb, dataDir]);
  return run(command, args, { ...options, timeout: 10_000 }).then(
    () => null,
    (error: { stderr?: string; message: string }) => (error.stderr || error.message).trim(),
  );
}

async function findOrCreateUser(): Promise<{ uid: number; gid: number }> {
  const existing = await idsOf('postgres');
  if (existing) return existing;
  await run('useradd', [
    '--system',
    '--user-group',
    '--no-create-home',
    '--shell',
    '/usr/sbin/nologin',
    'postgres',
  ]).catch(() => run('adduser', ['-S', '-D', '-H', 'postgres']).catch(() => undefined));
  const found = (await idsOf('postgres')) ?? (await idsOf('nobody'));
  if (found) return found;
  throw new LaunchError(
    'Postgres does not run as root, and there is no user "postgres" or "nobody" here. Create one (useradd --system postgres) or run npm start as an ordinary user.',
  );
}

async function idsOf(user: string): Promise<{ uid: number; gid: number } | null> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', user]), run('id', ['-g', user])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return null;
  }
}
