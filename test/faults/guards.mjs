/**
 * `npm run test:guards`: takes one guard at a time out of a copy of the build and runs the fault test that
 * it is there for. A test that stays green without its guard proves nothing, and fails here.
 * `npm run test:guards -- fencing` does so for the guards whose name has that word.
 */
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, isBuilt, projectDir } from '../../bin/build.mjs';

const IMPORTS = 'apps/server/src/imports';
const NOT_TERMINAL = /all imports terminal: not within/;
const WRONG_LEDGER = /The ledger is wrong/;

/** What is taken out (`from` becomes `to`, once, in a compiled file), the test that must go red, and how it says so. */
const GUARDS = [
  {
    name: 'fencing check',
    file: `${IMPORTS}/run/store.js`,
    from: 'AND lease_owner = $2 AND state = 0 ORDER BY id FOR UPDATE',
    to: 'AND $2::uuid IS NOT NULL AND state = 0 ORDER BY id FOR UPDATE',
    spec: 'deaths',
    test: 'who comes back after its lease writes nothing',
    red: /the zombie is refused: not within/,
  },
  {
    name: 'unique usage key',
    file: `${IMPORTS}/run/key-cells.js`,
    from: '.filter((key) => !inserted.has(key))',
    to: '.filter(() => false)',
    spec: 'repeats',
    test: 'imports that overlap at the same moment',
    red: WRONG_LEDGER,
  },
  {
    name: 'reconciler, lost bells',
    file: `${IMPORTS}/dispatch/window.js`,
    from: `interval '\${RING_AGAIN_SECONDS} seconds'`,
    to: `interval '1 day'`,
    spec: 'redis',
    test: 'may lose the bell of everything that waits',
    red: NOT_TERMINAL,
  },
  {
    name: 'reconciler, leases that ran out',
    file: `${IMPORTS}/run/claim.js`,
    from: 'IS_FREE = `state = 0 AND (lease_until IS NULL OR lease_until < clock_timestamp())',
    to: 'IS_FREE = `state = 0 AND lease_until IS NULL',
    spec: 'deaths',
    test: 'after its claim, of the worker',
    red: NOT_TERMINAL,
  },
  {
    name: 'reconciler, forgotten ends',
    file: `${IMPORTS}/run/reconcile.js`,
    from: 'if (forgotten.length)',
    to: 'if (false)',
    spec: 'deaths',
    test: 'after its commit, before the end of its import',
    red: NOT_TERMINAL,
  },
  {
    name: 'transaction',
    file: `${IMPORTS}/run/store.js`,
    from: `await client.query('BEGIN');`,
    to: '',
    spec: 'deaths',
    test: 'with its usage written, before its commit',
    red: WRONG_LEDGER,
  },
  {
    name: 'oldest running transaction',
    file: 'apps/server/src/usage/ledger-order.js',
    from: 'p.xid < pg_snapshot_xmin(pg_current_snapshot())',
    to: 'true',
    spec: 'changes',
    test: 'an entry that belongs before it',
    red: /\+ {3}"lost": [1-9]/,
  },
  {
    name: 'one correction of an import at a time',
    file: 'apps/server/src/database/correction-lock.js',
    from: 'AND h.state = 0)',
    to: 'AND h.state = 9)',
    spec: 'corrections',
    test: 'ten reprocessings of the same records at once',
    red: /- {3}"status": 409/,
  },
  {
    name: 'what is unchanged',
    file: `${IMPORTS}/correct/redecide.js`,
    from: 'isSameKey && isSame',
    to: 'false',
    spec: 'corrections',
    test: 'reprocessing 10,000 records',
    red: /Expected: 0/,
  },
];

/** A red test waits this long for an end that does not come. */
const TERMINAL_MS = 15_000;
const RUN_LIMIT_MS = 5 * 60_000;

/** The build without one guard, in a folder that resolves packages as the project does. */
function withoutGuard({ name, file, from, to }) {
  const folder = mkdtempSync(join(tmpdir(), 'feedmill-guards-'));
  cpSync(join(projectDir, 'dist'), join(folder, 'dist'), { recursive: true });
  cpSync(join(projectDir, 'package.json'), join(folder, 'package.json'));
  symlinkSync(join(projectDir, 'node_modules'), join(folder, 'node_modules'));
  const path = join(folder, 'dist', file);
  const parts = readFileSync(path, 'utf8').split(from);
  if (parts.length !== 2) {
    rmSync(folder, { recursive: true });
    throw new Error(`${name}: ${file} has ${parts.length - 1} times: ${from}`);
  }
  writeFileSync(path, parts.join(to));
  return folder;
}

function runTest({ spec, test }, dist) {
  const args = ['bin/test.mjs', '--no-build', `test/faults/${spec}.e2e-spec.ts`, '-t', test];
  const env = { ...process.env, FEEDMILL_TEST_DIST: dist, FAULT_TERMINAL_MS: String(TERMINAL_MS) };
  const run = spawn(process.execPath, args, { cwd: projectDir, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const limit = setTimeout(() => run.kill('SIGTERM'), RUN_LIMIT_MS);
  let output = '';
  for (const stream of [run.stdout, run.stderr]) stream.on('data', (text) => (output += text));
  return new Promise((resolve) =>
    run.on('close', (code) => {
      clearTimeout(limit);
      resolve({ code, output });
    }),
  );
}

if (!isBuilt()) await build();
const wanted = process.argv[2] ?? '';
for (const guard of GUARDS.filter(({ name }) => name.includes(wanted))) {
  const folder = withoutGuard(guard);
  const started = Date.now();
  const { code, output } = await runTest(guard, join(folder, 'dist'));
  rmSync(folder, { recursive: true, force: true });
  const isRed = code !== 0 && guard.red.test(output);
  const seconds = Math.round((Date.now() - started) / 1000);
  console.log(
    `${isRed ? 'red, as it must be' : 'NOT RED'}  without: ${guard.name} (${guard.spec}, ${seconds} s)`,
  );
  if (isRed) continue;
  console.log(output.split('\n').slice(-60).join('\n'));
  process.exitCode = 1;
}
