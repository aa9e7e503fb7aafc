import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The version of the step contract that this host speaks (docs/step-contract.md). */
export const PLUGIN_API = 1;

/** What `plugin.json` says of a plugin. */
export interface Manifest {
  /** Equal to the folder's name and to the `type` of its step type. */
  readonly name: string;
  /** The plugin's own release, e.g. `1.2.0`; for people. */
  readonly version: string;
  /** The version of the step contract that the plugin was written for. */
  readonly pluginApi: number;
  readonly title: string;
}

const MAX_MANIFEST_CHARACTERS = 64 * 1024;
const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const MEMBERS = ['name', 'version', 'pluginApi', 'title'];

/**
 * Reads and checks a plugin's manifest; no code of the plugin has run then.
 * @param folderName the name that the manifest must repeat
 * @throws Error with one sentence for the list of plugins
 */
export async function readManifest(folder: string, folderName: string): Promise<Manifest> {
  const text = await readFile(join(folder, 'plugin.json'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new Error(
      error.code === 'ENOENT' ? 'plugin.json is missing' : `reading plugin.json: ${error.message}`,
    );
  });
  const manifest = parse(text);
  const unknown = Object.keys(manifest).find((name) => !MEMBERS.includes(name));
  if (unknown)
    throw new Error(`plugin.json: "${unknown}" is not known here; known are ${MEMBERS.join(', ')}`);
  for (const name of ['name', 'version', 'title'] as const) {
    if (typeof manifest[name] !== 'string' || manifest[name].trim() === '') {
      throw new Error(`plugin.json: "${name}" must be a text`);
    }
  }
  if (!NAME.test(manifest.name)) {
    throw new Error(`plugin.json: name "${manifest.name}" must be lower case words joined by hyphens`);
  }
  if (manifest.name !== folderName) {
    throw new Error(`plugin.json: name "${manifest.name}" differs from its folder "${folderName}"`);
  }
  if (!Number.isInteger(manifest.pluginApi)) throw new Error('plugin.json: "pluginApi" must be an integer');
  if (manifest.pluginApi !== PLUGIN_API) {
    throw new Error(`needs plugin API ${manifest.pluginApi}; this Feedmill has ${PLUGIN_API}`);
  }
  return manifest;
}

function parse(text: string): Manifest {
  if (text.length > MAX_MANIFEST_CHARACTERS) throw new Error('plugin.json: is larger than 64 kB');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(`plugin.json: ${(error as Error).message}`, { cause: error });
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new Error('plugin.json: must be a JSON object');
  }
  return value as Manifest;
}
