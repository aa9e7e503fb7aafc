import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { toStepTypes, readManifest, withConfigDocs } from 'feedmill/plugin-host';
import type { StepType } from 'feedmill/pipeline';
import { assertStepCompliance, parseStepCase, runStepCase } from '../libs/pipeline/testing/index.js';

/** What every plugin of ours has to have: manifest, contract, cases that hold, a README that is up to date. */
const PLUGINS = join(import.meta.dirname, '..', 'plugins');
const names = readdirSync(PLUGINS);

function casesOf(name: string) {
  const folder = join(PLUGINS, name, 'cases');
  return readdirSync(folder).map((file) => parseStepCase(readFileSync(join(folder, file), 'utf8')));
}

async function typeOf(name: string): Promise<StepType> {
  const module = (await import(join(PLUGINS, name, 'index.ts'))) as { default: unknown };
  return toStepTypes(module.default, name)[0]!;
}

it('finds our plugins', () => {
  expect(names).toEqual(expect.arrayContaining(['decode-delimited', 'map-fields', 'rate-usage']));
});

describe.each(names)('%s', (name) => {
  it('has a manifest that says what the step type does', async () => {
    const manifest = await readManifest(join(PLUGINS, name), name);
    expect(manifest.title).toBe((await typeOf(name)).title);
  });

  it('keeps to the step contract', async () => {
    await assertStepCompliance(await typeOf(name), casesOf(name));
  });

  const cases = casesOf(name).map((stepCase) => [stepCase.title, stepCase] as const);
  it.each(cases)('%s', async (_, stepCase) => {
    for (const { title, actual, expected } of await runStepCase(await typeOf(name), stepCase)) {
      expect({ title, ...actual }).toEqual({ title, ...expected });
    }
  });

  it('has a README whose tables are those of the code (npm run docs:plugins)', async () => {
    const readme = readFileSync(join(PLUGINS, name, 'README.md'), 'utf8');
    expect(readme).toBe(withConfigDocs(readme, [await typeOf(name)]));
  });
});
