/** Writes the config tables of every plugin's README from its code. A test fails while they differ. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, isBuilt, projectDir } from './build.mjs';

try {
  if (!isBuilt()) await build();
  const { loadPlugins, withConfigDocs } = await import('../dist/libs/plugin-host/index.js');
  const { types, failures } = await loadPlugins([join(projectDir, 'dist', 'plugins')], { timeoutMs: 10_000 });
  if (failures.length > 0)
    throw new Error(failures.map(({ folder, error }) => `${folder}: ${error}`).join('\n'));
  for (const name of new Set(types.map(({ manifest }) => manifest.name))) {
    const file = join(projectDir, 'plugins', name, 'README.md');
    const own = types.filter(({ manifest }) => manifest.name === name).map(({ stepType }) => stepType);
    writeFileSync(file, withConfigDocs(readFileSync(file, 'utf8'), own));
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
