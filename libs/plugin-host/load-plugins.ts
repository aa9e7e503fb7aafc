import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ConfigError, type StepType } from 'feedmill/pipeline';
import { configSchema, type ConfigSchema } from './config-schema.js';
import { shareHostModules } from './host-modules.js';
import { readManifest, type Manifest } from './manifest.js';
import { folderHash, pluginFolders } from './plugin-folders.js';
import { toStepTypes } from './step-type-shape.js';

/** A step type that profiles may use, and where it came from. */
export interface LoadedStepType {
  readonly stepType: StepType;
  readonly manifest: Manifest;
  readonly configSchema: ConfigSchema;
  readonly folder: string;
  /** SHA-256 (hex) over the folder's files. */
  readonly folderHash: string;
}

/** A plugin, or a directory of plugins, that could not be loaded; the others are not concerned. */
export interface PluginFailure {
  readonly folder: string;
  /** The plugin's name, where it came as far as its manifest. */
  readonly name?: string;
  /** One sentence for an implementer. */
  readonly error: string;
}

export interface LoadedPlugins {
  readonly types: readonly LoadedStepType[];
  readonly failures: readonly PluginFailure[];
}

export interface LoadOptions {
  /** What one plugin may take to load; a top-level `await` can wait for ever. */
  readonly timeoutMs: number;
}

type Import = (url: string) => Promise<{ default?: unknown }>;
const importModule: Import = (url) => import(url);

/** `type@version`, as profiles name a step type. */
export function useOf(type: Pick<StepType, 'type' | 'version'>): string {
  return `${type.type}@${type.version}`;
}

/**
 * Loads every plugin below the directories, in their order; where two offer the same
 * `type@version`, the first stays and the second is a failure. Runs the plugins' module code, so it
 * belongs into a child process. Node keeps failed imports: a repaired plugin needs a new process.
 * @throws ConfigError where a plugin folder is writable by everybody
 */
export async function loadPlugins(
  dirs: readonly string[],
  { timeoutMs }: LoadOptions,
): Promise<LoadedPlugins> {
  shareHostModules();
  const types: LoadedStepType[] = [];
  const failures: PluginFailure[] = [];
  for (const folder of await foldersBelow(dirs, failures)) {
    const result = await loadFolder(folder, timeoutMs);
    if ('error' in result) {
      failures.push(result);
      continue;
    }
    for (const loaded of result.types) {
      const first = types.find((other) => useOf(other.stepType) === useOf(loaded.stepType));
      if (first) {
        const error = `${useOf(loaded.stepType)} is there already, from ${first.folder}`;
        failures.push({ folder, name: loaded.manifest.name, error });
      } else {
        types.push(loaded);
      }
    }
  }
  return { types, failures };
}

async function foldersBelow(dirs: readonly string[], failures: PluginFailure[]): Promise<string[]> {
  const folders: string[] = [];
  for (const dir of dirs) {
    try {
      folders.push(...(await pluginFolders(dir)));
    } catch (error) {
      if (error instanceof ConfigError) throw error;
      failures.push({ folder: dir, error: `reading the plugin directory: ${(error as Error).message}` });
    }
  }
  return folders;
}

async function loadFolder(
  folder: string,
  timeoutMs: number,
): Promise<{ types: LoadedStepType[] } | PluginFailure> {
  let name: string | undefined;
  try {
    const hash = await folderHash(folder);
    const manifest = await readManifest(folder, basename(folder));
    name = manifest.name;
    const url = pathToFileURL(join(folder, 'index.js')).href;
    const module = await withDeadline(importModule(url), timeoutMs);
    const types = toStepTypes(module.default, manifest.name).map((stepType) => ({
      stepType,
      manifest,
      configSchema: configSchema(stepType.config),
      folder,
      folderHash: hash,
    }));
    return { types };
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    return { folder, ...(name !== undefined && { name }), error: messageOf(error) };
  }
}

async function withDeadline<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, fail) => {
    timer = setTimeout(
      () => fail(new Error(`index.js did not finish loading within ${timeoutMs} ms`)),
      timeoutMs,
    );
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : `index.js threw ${String(error)}`;
}
