/** Installs the dependencies of the lock file, where `node_modules` is not what it says. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectDir } from './build.mjs';

const readJson = (...path) => JSON.parse(readFileSync(join(projectDir, ...path), 'utf8'));

/** True when every package of the lock file that this machine needs is installed in its version. */
export function isInstalled() {
  const wanted = readJson('package-lock.json').packages;
  let installed;
  try {
    installed = readJson('node_modules', '.package-lock.json').packages;
  } catch {
    return false;
  }
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true;
    if (!installed[path]) return Boolean(entry.optional || entry.devOptional || entry.peer);
    return installed[path].version === entry.version;
  });
}

/** Runs `npm ci`; what npm says is shown only where it fails. */
export async function install() {
  const npm = process.env.npm_execpath;
  const [command, prefix] = npm?.endsWith('.js') ? [process.execPath, [npm]] : ['npm', []];
  // The build needs the development dependencies, also where NODE_ENV says production.
  const args = [
    ...prefix,
    'ci',
    '--include=dev',
    '--include=optional',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ];
  const child = spawn(command, args, { cwd: projectDir, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (code !== 0) throw new Error(`npm ci failed:\n${output.trim().split('\n').slice(-30).join('\n')}`);
}

export async function installIfNeeded() {
  if (isInstalled()) return;
  console.error('Installing the dependencies of package-lock.json ...');
  await install();
}
