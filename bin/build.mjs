/**
 * Builds `dist` when its sources have changed since the last build; `--force` builds anyway.
 * Files of sources that are gone are removed afterwards, so a running server never sees an empty `dist`.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const projectDir = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(projectDir, 'dist');
const stampFile = join(dist, '.sources.sha256');
const SOURCE_DIRS = ['apps', 'libs', 'plugins'];
const CONFIG_FILES = [
  'package.json',
  'package-lock.json',
  'nest-cli.json',
  'tsconfig.json',
  'tsconfig.build.json',
];

/** Paths of all files below `dir`, relative to the project, in a fixed order. */
function filesBelow(dir) {
  const path = join(projectDir, dir);
  if (!existsSync(path)) return [];
  return readdirSync(path, { recursive: true })
    .map((name) => join(dir, name))
    .filter((name) => statSync(join(projectDir, name)).isFile())
    .sort();
}

function hashOfSources() {
  const hash = createHash('sha256');
  const compiled = (name) => !/\.(int-|e2e-)?spec\.ts$/.test(name);
  for (const name of [...CONFIG_FILES, ...SOURCE_DIRS.flatMap(filesBelow).filter(compiled)]) {
    hash
      .update(`${name}\0`)
      .update(readFileSync(join(projectDir, name)))
      .update('\0');
  }
  return hash.digest('hex');
}

function removeOrphans() {
  for (const dir of SOURCE_DIRS) {
    for (const name of filesBelow(join('dist', dir))) {
      const source = name.slice('dist/'.length);
      const origins = [
        source,
        source.replace(/\.js(\.map)?$/, '.ts'),
        source.replace(/\.js(\.map)?$/, '.tsx'),
      ];
      if (origins.some((origin) => existsSync(join(projectDir, origin)))) continue;
      rmSync(join(projectDir, name));
      removeIfEmpty(dirname(join(projectDir, name)));
    }
  }
}

function removeIfEmpty(dir) {
  if (readdirSync(dir).length === 0) rmSync(dir, { recursive: true });
}

/** True when `dist` was built from the sources as they are now. */
export function isBuilt() {
  return existsSync(stampFile) && readFileSync(stampFile, 'utf8') === hashOfSources();
}

/**
 * Compiles the project; what the compiler says is the message of the error.
 * `dist` then has no stamp, so that the next call builds again.
 */
export async function build() {
  const hash = hashOfSources();
  rmSync(stampFile, { force: true });
  const nest = join(projectDir, 'node_modules', '@nestjs', 'cli', 'bin', 'nest.js');
  const compiler = spawn(process.execPath, [nest, 'build'], {
    cwd: projectDir,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  compiler.stdout.on('data', (chunk) => (output += chunk));
  compiler.stderr.on('data', (chunk) => (output += chunk));
  const code = await new Promise((resolve, reject) => compiler.on('error', reject).on('close', resolve));
  if (code !== 0) throw new Error(`the build failed:\n${output.trim()}`);
  removeOrphans();
  // npx does it where it links the package first, and not after later builds.
  chmodSync(join(dist, 'apps', 'cli', 'main.js'), 0o755);
  writeFileSync(stampFile, hash);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    if (process.argv.includes('--force') || !isBuilt()) await build();
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
