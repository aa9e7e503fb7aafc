/** `npm start`: needs only Node, npm and this folder; installs and builds what is missing, then starts everything. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, isBuilt, projectDir } from './build.mjs';
import { install, isInstalled } from './install.mjs';
import { step } from './progress.mjs';

const NEEDED = [20, 19];

const since = Date.now();
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < NEEDED[0] || (major === NEEDED[0] && minor < NEEDED[1])) {
  console.error(`Feedmill needs Node ${NEEDED.join('.')} or later; this is Node ${process.versions.node}.`);
  process.exit(1);
}
// A SIGTERM to npm ends the shell between npm and us, and we are not told.
const parent = process.ppid;
const orphaned = () => process.ppid !== parent && process.emit('SIGTERM');
if (process.env.npm_lifecycle_event) setInterval(orphaned, 500).unref();

try {
  if (!isInstalled()) await step('Installing dependencies (npm ci)', install);
  if (!isBuilt()) await step('Building', build);
  const launcher = join(projectDir, 'dist/apps/server/src/embedded/launcher.js');
  const { launch } = await import(pathToFileURL(launcher).href);
  process.exitCode = await launch({
    projectDir,
    env: process.env,
    step,
    print: (text) => console.log(text),
    since,
  });
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
