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
 * reach the program or the data (a clone below /root, say), it is given the right to pass folders, and nothing else.
 * @param program the absolute path of the server program
 * @param dataDir an existing folder, absolute
 */
export async function chooseUser(program: string, dataDir: string): Promise<RunAs> {
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
  if (await canReach(byId, program, dataDir)) return byId;
  const capabilities = '+dac_override,+dac_read_search';
  const identity = ['--reuid', String(owner.uid), '--regid', String(owner.gid), '--clear-groups'];
  const withPassage: RunAs = {
    owner,
    command: (command, args) => ({
      command: 'setpriv',
      args: [
        ...identity,
        `--inh-caps=${capabilities}`,
        `--ambient-caps=${capabilities}`,
        '--',
        command,
        ...args,
      ],
      options: { cwd: '/' },
    }),
  };
  if (await canReach(withPassage, program, dataDir)) return withPassage;
  throw new LaunchError(
    `Postgres does not run as root, and the user it would run as (uid ${owner.uid}) cannot reach ${program} or ${dataDir}. ` +
      'Run npm start as an ordinary user, move the project to a folder that others may pass (/opt, say), or let them pass: chmod o+x on each folder above it.',
  );
}

async function canReach(runAs: RunAs, program: string, dataDir: string): Promise<boolean> {
  const { command, args, options } = runAs.command('/bin/sh', [
    '-c',
    '"$0" --version && cd "$1"',
    program,
    dataDir,
  ]);
  return run(command, args, { ...options, timeout: 10_000 }).then(
    () => true,
    () => false,
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
