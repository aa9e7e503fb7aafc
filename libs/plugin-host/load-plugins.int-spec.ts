import { execFile } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { transformFileSync, transformSync, type Options } from '@swc/core';
import type { CaseResult } from '../pipeline/testing/index.js';
import type { PluginFailure, PluginsDescription } from './index.js';

/**
 * Loading hooks into Node's own module loader, which Jest replaces: so the libraries are compiled into
 * a package of their own, and a plain Node process loads the plugins.
 */
const ROOT = join(import.meta.dirname, '..', '..');
const RUNNER = `
import { RecordError } from 'feedmill/pipeline';
import { describePlugins, loadPlugins } from './libs/plugin-host/index.js';
try {
  const loaded = await loadPlugins(process.argv.slice(2), { timeoutMs: 500 });
  const thrown = loaded.types.map(({ stepType }) => {
    try { stepType.create({}).decode('x'); } catch (error) { return error instanceof RecordError; }
  });
  console.log(JSON.stringify({ ...describePlugins(loaded), thrown }));
} catch (error) {
  console.log(JSON.stringify({ name: error.name, message: error.message }));
}
process.exit(0);
`;
const COMPLIANCE = `
import { assertStepCompliance, runStepCase } from './libs/pipeline/testing/index.js';
const { default: type } = await import(process.argv[2]);
const stepCase = JSON.parse(process.argv[3]);
await assertStepCompliance(type, [stepCase]);
console.log(JSON.stringify(await runStepCase(type, stepCase)));
`;
const PLUGIN = `
import { IsString } from 'class-validator';
import { JSONSchema } from 'class-validator-jsonschema';
import { RecordError, defineStep } from 'feedmill/pipeline';
class Config {}
IsString()(Config.prototype, 'name');
JSONSchema({ description: 'A name.' })(Config.prototype, 'name');
export default defineStep({
  type: 'NAME', version: 1, stage: 'decode', format: 'rows', title: 'Try', description: 'Tries.',
  config: Config, errorCodes: { malformed_row: 'Always.' }, examples: [],
  create: () => ({ decode() { throw new RecordError('malformed_row', 'always'); } }),
});
`;

const COMPILER: Options = {
  jsc: {
    target: 'es2022',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
  },
  module: { type: 'es6' },
};

let home: string;
const plugins = () => join(home, 'plugins');

function compile(folder: string): void {
  for (const name of readdirSync(join(ROOT, folder), { recursive: true }) as string[]) {
    if (!name.endsWith('.ts') || name.endsWith('spec.ts') || name.endsWith('.d.ts')) continue;
    const target = join(home, 'host', folder, name.replace(/\.ts$/, '.js'));
    const { code } = transformFileSync(join(ROOT, folder, name), COMPILER);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, code);
  }
}

function plugin(name: string, index = PLUGIN, manifest: object | string = {}, dir = plugins()): string {
  const folder = join(dir, name);
  mkdirSync(folder, { recursive: true });
  const full = { name, version: '1.0.0', pluginApi: 1, title: 'Try', ...(manifest as object) };
  writeFileSync(join(folder, 'plugin.json'), typeof manifest === 'string' ? manifest : JSON.stringify(full));
  writeFileSync(join(folder, 'index.js'), index.replace('NAME', name));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  return folder;
}

type Loaded = PluginsDescription & { thrown: boolean[]; name?: string; message?: string };

async function run(script: string, ...args: string[]): Promise<unknown> {
  const env = { PATH: process.env.PATH };
  const { stdout } = await promisify(execFile)(process.execPath, [join(home, 'host', script), ...args], {
    env,
  });
  return JSON.parse(stdout);
}

function load(...dirs: string[]): Promise<Loaded> {
  return run('run.mjs', ...(dirs.length > 0 ? dirs : [plugins()])) as Promise<Loaded>;
}

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'feedmill-plugins-'));
  compile('libs/pipeline');
  compile('libs/plugin-host');
  const exported = { './pipeline': './libs/pipeline/index.js' };
  writeFileSync(
    join(home, 'host', 'package.json'),
    JSON.stringify({ name: 'feedmill', type: 'module', exports: exported }),
  );
  writeFileSync(join(home, 'host', 'run.mjs'), RUNNER);
  writeFileSync(join(home, 'host', 'comply.mjs'), COMPLIANCE);
  symlinkSync(join(ROOT, 'node_modules'), join(home, 'host', 'node_modules'));
});
beforeEach(() => {
  rmSync(plugins(), { recursive: true, force: true });
  mkdirSync(plugins());
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

describe('loadPlugins', () => {
  it("gives plugins outside of the package the host's own copies of its modules", async () => {
    plugin('try-it');
    const { types, failures, thrown } = await load();
    expect(failures).toEqual([]);
    expect(types).toEqual([
      expect.objectContaining({
        type: 'try-it',
        version: 1,
        pluginApi: 1,
        pluginVersion: '1.0.0',
        stage: 'decode',
        format: 'rows',
        errorCodes: { malformed_row: 'Always.' },
        folderHash: expect.stringMatching(/^[0-9a-f]{64}$/),
        configSchema: expect.objectContaining({
          properties: { name: { type: 'string', description: 'A name.' } },
        }),
      }),
    ]);
    expect(thrown).toEqual([true]);
  });

  it('keeps each failure as data and loads the rest', async () => {
    plugin('a-good-one');
    plugin('future', PLUGIN, { pluginApi: 2 });
    plugin('garbled', PLUGIN, '{"name":');
    plugin('hanging', 'await new Promise(() => setInterval(() => {}, 1000));');
    plugin('misnamed', PLUGIN, { name: 'other' });
    plugin('no-default', 'export const x = 1;');
    plugin('no-class', PLUGIN.replace('config: Config', 'config: {}'));
    plugin('throwing', 'throw new Error("out of luck");');
    plugin('unknown-import', 'import "nowhere-to-be-found";');
    mkdirSync(join(plugins(), 'no-manifest'));
    mkdirSync(join(plugins(), '.git'));
    symlinkSync(join(home, 'gone'), join(plugins(), 'dangling'));
    const { types, failures } = await load(join(home, 'nowhere'), plugins());
    expect(types.map(({ type }) => type)).toEqual(['a-good-one']);
    const errors = Object.fromEntries(
      failures.map(({ folder, error }: PluginFailure) => [folder.split('/').pop(), error]),
    );
    expect(errors).toEqual({
      nowhere: expect.stringContaining('reading the plugin directory'),
      dangling: expect.stringContaining('ENOENT'),
      future: 'needs plugin API 2; this Feedmill has 1',
      garbled: expect.stringContaining('plugin.json'),
      hanging: 'index.js did not finish loading within 500 ms',
      misnamed: expect.stringContaining('"other" differs from its folder "misnamed"'),
      'no-default': expect.stringContaining('no default export'),
      'no-class': expect.stringContaining('"config" must be a class'),
      'no-manifest': 'plugin.json is missing',
      throwing: 'out of luck',
      'unknown-import': expect.stringContaining('nowhere-to-be-found'),
    });
    expect(failures.find(({ name }) => name === 'throwing')).toBeDefined();
  });

  it('keeps the first of two that offer the same type and version', async () => {
    plugin('try-it');
    const more = join(home, 'more');
    const second = plugin('try-it', PLUGIN, {}, more);
    const { types, failures } = await load(plugins(), more);
    expect(types).toHaveLength(1);
    expect(failures).toContainEqual({
      folder: second,
      name: 'try-it',
      error: `try-it@1 is there already, from ${join(plugins(), 'try-it')}`,
    });
  });

  it('refuses to start with a folder that everybody can write to', async () => {
    chmodSync(plugin('try-it'), 0o777);
    expect(await load()).toMatchObject({ name: 'ConfigError', message: expect.stringContaining('try-it') });
  });
});

describe('docs/step-contract.md', () => {
  const contract = readFileSync(join(ROOT, 'docs', 'step-contract.md'), 'utf8');
  const blocks = (language: string) =>
    [...contract.matchAll(/```(\w+)\n([^]*?)```/g)]
      .filter(([, name]) => name === language)
      .map(([, , text]) => text!);

  it('shows a plugin that loads, keeps to the contract and does what its case says', async () => {
    const [manifest, stepCase] = blocks('json');
    const folder = plugin('round-value', transformSync(blocks('ts')[0]!, COMPILER).code, manifest);
    expect(await load()).toMatchObject({ types: [{ type: 'round-value' }], failures: [] });
    cpSync(join(folder, 'index.js'), join(home, 'host', 'round-value.js'));
    const results = (await run('comply.mjs', './round-value.js', stepCase!)) as CaseResult[];
    expect(results).toHaveLength(2);
    for (const { actual, expected } of results) expect(actual).toEqual(expected);
  });
});
