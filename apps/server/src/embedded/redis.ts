import { accessSync, constants, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Child, endLeftover, type StopStage } from './child.js';
import type { DataDir } from './data-dir.js';
import { diskFull, isDiskFull, LaunchError } from './launch-error.js';
import { freePort } from './ports.js';
import { lastLines } from './postgres.js';

const STOP_STAGES: readonly StopStage[] = [{ signal: 'SIGTERM', waitMs: 10_000 }];
const START_TIMEOUT_MS = 60_000;

export interface RunningRedis {
  readonly url: string;
  readonly child: Child;
  stop(): Promise<void>;
}

/** The Redis-compatible server that a PATH holds, absolute; null where there is none. */
export function findRedis(path = process.env.PATH ?? ''): string | null {
  const programs = ['redis-server', 'valkey-server'].flatMap((name) =>
    path.split(delimiter).map((folder) => join(folder, name)),
  );
  return programs.find(isExecutable) ?? null;
}

function isExecutable(program: string): boolean {
  try {
    accessSync(program, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The command that installs Redis on this machine. */
export function redisInstallCommand(): string {
  if (process.platform === 'darwin') return 'brew install redis';
  let release = '';
  try {
    release = readFileSync('/etc/os-release', 'utf8');
  } catch {
    return 'https://redis.io/docs/latest/operate/oss_and_stack/install/';
  }
  const sudo = process.getuid?.() === 0 ? '' : 'sudo ';
  if (/^ID(_LIKE)?=.*(debian|ubuntu)/m.test(release))
    return `${sudo}apt-get update && ${sudo}apt-get install -y redis-server`;
  if (/^ID(_LIKE)?=.*(fedora|rhel|centos)/m.test(release)) return `${sudo}dnf install -y valkey`;
  if (/^ID(_LIKE)?=.*alpine/m.test(release)) return `${sudo}apk add redis`;
  if (/^ID(_LIKE)?=.*arch/m.test(release)) return `${sudo}pacman -S --noconfirm valkey`;
  if (/^ID(_LIKE)?=.*suse/m.test(release)) return `${sudo}zypper install -y redis`;
  return 'https://redis.io/docs/latest/operate/oss_and_stack/install/';
}

/**
 * Starts a private Redis on loopback, with its data and a generated password in the data folder.
 * @param settings of redis.conf, over ours
 * @throws LaunchError with the last lines of its log where it does not start
 */
export async function startRedis(
  program: string,
  dataDir: DataDir,
  settings: Readonly<Record<string, string>> = {},
): Promise<RunningRedis> {
  const identityFile = dataDir.file('run', 'redis.json');
  await endLeftover(identityFile, STOP_STAGES);
  const password = dataDir.secret('redis-password').value;
  const dir = dataDir.file('redis');
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const port = await freePort(dataDir.rememberedPort('redis'));
  dataDir.rememberPort('redis', port);
  const configFile = dataDir.file('run', 'redis.conf');
  const config = {
    bind: '127.0.0.1',
    port: String(port),
    requirepass: password,
    dir: JSON.stringify(dir),
    appendonly: 'yes',
    appendfsync: 'everysec',
    save: '""',
    'maxmemory-policy': 'noeviction',
    daemonize: 'no',
    ...settings,
  };
  const lines = Object.entries(config).map(([name, value]) => `${name} ${value}\n`);
  writeFileSync(configFile, lines.join(''), { mode: 0o600 });
  const logFile = dataDir.file('logs', 'redis.log');
  const child = await Child.start({
    name: 'Redis',
    command: program,
    args: [configFile],
    logFile,
    identityFile,
    stopStages: STOP_STAGES,
  });
  try {
    await untilReady(child, port, password);
  } catch (error) {
    await child.stop();
    if (isDiskFull(child.logged())) throw diskFull(dataDir.path);
    throw new LaunchError(
      `Redis does not start: ${(error as Error).message}. Nothing in it is needed to recover: moving ${dir} away is safe. The end of its log (${logFile}):\n${lastLines(child.logged())}`,
    );
  }
  return { url: `redis://:${password}@127.0.0.1:${port}/0`, child, stop: () => child.stop() };
}

async function untilReady(child: Child, port: number, password: string): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await answersPing(port, password))) {
    if (!child.isRunning) throw new Error(`it ${await child.ended}`);
    if (Date.now() > deadline) throw new Error(`not ready after ${START_TIMEOUT_MS / 1000} s`);
    await sleep(50);
  }
}

/** Says AUTH and PING in Redis' own protocol: a server that still loads its data answers -LOADING. */
function answersPing(port: number, password: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: 2000 });
    let answer = '';
    const end = (isReady: boolean) => {
      socket.destroy();
      resolve(isReady);
    };
    socket.on('connect', () => socket.write(`AUTH ${password}\r\nPING\r\n`));
    socket.on('data', (chunk) => {
      answer += chunk.toString();
      if (answer.includes('+PONG')) end(true);
      else if (answer.includes('-LOADING')) end(false);
    });
    socket.on('error', () => end(false));
    socket.on('timeout', () => end(false));
    socket.on('close', () => end(false));
  });
}
