/**
 * `npm test [-- pattern]`: unit, integration and end-to-end tests on a Postgres and a Redis of their own.
 * `--unit` runs the pure ones alone, `--quickstart` the README's quick start, `--property` many more random sequences than
 * are run otherwise (see test/property), `--no-build` takes `dist` as it is; other arguments go to Jest.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, isBuilt, projectDir } from './build.mjs';
import { installIfNeeded } from './install.mjs';

const HEIGHTS = ['unit', 'integration', 'e2e'];

/** Milliseconds that one height may take in all: a hanging test ends the run instead of blocking it. */
const RUN_LIMIT_MS = 25 * 60_000;
/** The same, of `--property`, and how many sequences that is. */
const PROPERTY_LIMIT_MS = 120 * 60_000;
const PROPERTY_SEQUENCES = '500';

const args = process.argv.slice(2);
const take = (flag) => args.includes(flag) && args.splice(args.indexOf(flag), 1).length > 0;
const isUnitOnly = take('--unit');
const isQuickstart = take('--quickstart');
const isProperty = take('--property');
const keepsBuild = take('--no-build');
const limitMs = isProperty ? PROPERTY_LIMIT_MS : RUN_LIMIT_MS;
if (isProperty) {
  process.env.PROPERTY_SEQUENCES ??= PROPERTY_SEQUENCES;
  args.push('test/property');
}
const reports = mkdtempSync(join(tmpdir(), 'feedmill-reports-'));

/** Runs one height of tests; resolves with its counts, or null where Jest gave none. */
async function runHeight(height, env) {
  const report = join(reports, `${height}.json`);
  const jest = join(projectDir, 'node_modules', 'jest', 'bin', 'jest.js');
  const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', jest];
  const jestArgs = [
    '--selectProjects',
    height,
    '--maxWorkers',
    '2',
    '--passWithNoTests',
    '--json',
    `--outputFile=${report}`,
  ];
  // With --json Jest prints its report on stdout; the readable one is on stderr.
  const child = spawn(process.execPath, [...flags, ...jestArgs, ...args], {
    cwd: projectDir,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const limit = setTimeout(() => {
    console.error(`The ${height} tests did not end within ${limitMs / 60_000} minutes.`);
    child.kill('SIGKILL');
  }, limitMs);
  const code = await new Promise((resolve) => child.on('close', resolve));
  clearTimeout(limit);
  let passed = 0;
  let failed = 0;
  try {
    const result = JSON.parse(readFileSync(report, 'utf8'));
    passed = result.numPassedTests;
    failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
  } catch {
    failed = 1;
  }
  return { passed, failed: code === 0 ? failed : Math.max(failed, 1) };
}

/** As root on Debian or Ubuntu Redis is installed here, without its system service; elsewhere one clear line says how. */
function ensureRedis({ findRedis, redisInstallCommand }) {
  const found = findRedis();
  if (found) return found;
  if (process.getuid?.() === 0 && spawnSync('apt-get', ['--version']).status === 0) {
    console.error('redis-server is missing: installing it with apt-get ...');
    // RUNLEVEL=1 keeps invoke-rc.d from starting the service.
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
    for (const apt of [
      ['update', '-q'],
      ['install', '-y', '-q', '--no-install-recommends', 'redis-server'],
    ]) {
      const { status, stdout, stderr } = spawnSync('apt-get', apt, { env, encoding: 'utf8' });
      if (status !== 0 && apt[0] === 'install')
        throw new Error(`apt-get ${apt.join(' ')} failed:\n${stdout}${stderr}`);
    }
    const installed = findRedis();
    if (installed) return installed;
  }
  throw new Error(
    `The tests need redis-server or valkey-server on the PATH, as production does. Install it: ${redisInstallCommand()}`,
  );
}

/** Postgres and Redis of this run, in a folder that goes with them. */
async function startServices() {
  const embedded = await import(
    pathToFileURL(join(projectDir, 'dist/apps/server/src/embedded/index.js')).href
  );
  const redisProgram = ensureRedis(embedded);
  const folder = mkdtempSync(join(tmpdir(), 'feedmill-test-'));
  const dataDir = new embedded.DataDir(join(folder, 'data'));
  const stops = [];
  const stop = async () => {
    for (const end of stops.splice(0).reverse()) await end();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    // The tests end processes, not machines: what the operating system holds is safe enough here.
    const postgres = await embedded.startPostgres(dataDir, { fsync: 'off', max_connections: '200' });
    stops.push(() => postgres.stop());
    const redis = await embedded.startRedis(redisProgram, dataDir, { databases: '1024', appendonly: 'no' });
    stops.push(() => redis.stop());
    const env = { TEST_DATABASE_URL: postgres.adminUrl, TEST_REDIS_URL: redis.url, TEST_RUN_DIR: folder };
    return { env, stop, endForgotten: () => endForgotten(embedded, folder) };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Ends the servers that tests left running; their number is a number of failures. */
async function endForgotten({ endLeftover }, folder) {
  let count = 0;
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.json'))) {
    if (await endLeftover(join(folder, name), [{ signal: 'SIGTERM', waitMs: 2000 }])) count++;
  }
  if (count) console.error(`${count} server(s) were left running by tests that did not stop them.`);
  return count;
}

let services = null;
const endEarly = async () => {
  await services?.stop();
  process.exit(130);
};
process.on('SIGINT', endEarly);
process.on('SIGTERM', endEarly);

try {
  await installIfNeeded();
  if (!isUnitOnly && !isQuickstart) {
    if (!keepsBuild && !isBuilt()) await build();
    services = await startServices();
  }
  const heights = isUnitOnly ? ['unit'] : isQuickstart ? ['quickstart'] : isProperty ? ['e2e'] : HEIGHTS;
  let passed = 0;
  let failed = 0;
  for (const height of heights) {
    console.error(`\n== ${height}`);
    const counts = await runHeight(height, services?.env ?? {});
    passed += counts.passed;
    failed += counts.failed;
  }
  failed += (await services?.endForgotten()) ?? 0;
  if (passed + failed === 0) throw new Error('No test matches.');
  console.log(`\n${passed} passed, ${failed} failed`);
  process.exitCode = failed ? 1 : 0;
} catch (error) {
  console.error(error.message);
  console.log('\n0 passed, 1 failed');
  process.exitCode = 1;
} finally {
  await services?.stop();
  rmSync(reports, { recursive: true, force: true });
}
