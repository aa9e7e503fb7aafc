import { randomBytes, randomUUID } from 'node:crypto';
import {
  closeSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { isDiskFull, diskFull, LaunchError } from './launch-error.js';
import { recordIdentity, runningFrom } from './process-identity.js';

/** The folder that keeps all that an installation brings itself: databases, logs, secrets, who runs. */
export class DataDir {
  readonly path: string;

  /** @throws LaunchError where the folder cannot be made or written. */
  constructor(path: string) {
    this.path = resolve(path);
    try {
      // Others may pass (Postgres may run as another user), not read.
      makeFolder(this.path, 0o711);
      for (const dir of ['logs', 'secrets', 'run']) makeFolder(join(this.path, dir), 0o700);
      const probe = this.file('run', `probe-${process.pid}`);
      writeFileSync(probe, 'x');
      rmSync(probe);
    } catch (error) {
      if (isDiskFull(error)) throw diskFull(this.path);
      const { code, message } = error as NodeJS.ErrnoException;
      if (code !== 'EACCES' && code !== 'EPERM')
        throw new LaunchError(`The data folder ${this.path} cannot be used: ${message}`);
      throw new LaunchError(
        `You may not write to the data folder ${this.path}: it belongs to another user, perhaps root. Start as that user, or use another folder: FEEDMILL_DATA_DIR=/path npm start`,
      );
    }
  }

  file(...names: string[]): string {
    return join(this.path, ...names);
  }

  /** A secret that is made when it is first asked for. */
  secret(
    name: string,
    make: () => string = () => randomBytes(24).toString('base64url'),
  ): { value: string; file: string; isNew: boolean } {
    const file = this.file('secrets', name);
    try {
      return { value: readFileSync(file, 'utf8').trim(), file, isNew: false };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    const value = make();
    writeFileSync(file, `${value}\n`, { mode: 0o600 });
    return { value, file, isNew: true };
  }

  /** The port a server of ours had last, so that it can have it again. */
  rememberedPort(name: string): number | undefined {
    try {
      return Number(readFileSync(this.file('run', `${name}.port`), 'utf8')) || undefined;
    } catch {
      return undefined;
    }
  }

  rememberPort(name: string, port: number): void {
    writeFileSync(this.file('run', `${name}.port`), String(port));
  }

  /**
   * Makes this process the only launcher of the folder, until it ends or calls what is returned.
   * @throws LaunchError while another one runs.
   */
  async lock(): Promise<() => void> {
    const file = this.file('run', 'launcher.json');
    const takeover = this.beginTakeover();
    try {
      const other = await runningFrom(file);
      if (other) throw inUse(this.path, other.pid);
      rmSync(file, { force: true });
      const own = `${file}.${randomUUID()}`;
      await recordIdentity(own, process.pid);
      linkSync(own, file);
      rmSync(own);
    } finally {
      rmSync(takeover, { force: true });
    }
    return () => rmSync(file, { force: true });
  }

  /** Only one process at a time looks at the lock; who was killed while looking is waited for no longer than ten seconds. */
  private beginTakeover(): string {
    const file = this.file('run', 'launcher.takeover');
    const age = Date.now() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > 10_000) rmSync(file, { force: true });
    try {
      closeSync(openSync(file, 'wx'));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw inUse(this.path);
      throw error;
    }
    return file;
  }
}

/**
 * Makes a folder and what is missing above it. Node's own recursive mkdir tries for ever where a file system answers
 * ENOENT to all of it, as /proc does.
 */
function makeFolder(path: string, mode: number): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  if (dirname(path) !== path) makeFolder(dirname(path), mode);
  mkdirSync(path, { mode });
}

function inUse(path: string, pid?: number): LaunchError {
  const who = pid ? `Feedmill (pid ${pid}) is already running` : 'Another Feedmill is just starting';
  return new LaunchError(
    `${who} on the data folder ${path}. Stop it first (Ctrl-C there${pid ? `, or kill ${pid}` : ''}), or start a second one beside it: FEEDMILL_DATA_DIR=.data2 PORT=3001 npm start`,
  );
}
