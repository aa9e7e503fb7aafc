import type { ConfigSchema } from './config-schema.js';
import type { LoadedPlugins, PluginFailure } from './load-plugins.js';

/** A step type as `GET /plugins` shows it. */
export interface StepTypeDescription {
  readonly type: string;
  readonly version: number;
  readonly pluginApi: number;
  readonly pluginVersion: string;
  readonly stage: string;
  /** The feed format that a decode step reads; null for the others. */
  readonly format: string | null;
  readonly title: string;
  readonly description: string;
  readonly configSchema: ConfigSchema;
  readonly examples: readonly { readonly title: string; readonly config: object }[];
  readonly errorCodes: Readonly<Record<string, string>>;
  readonly folderHash: string;
}

export interface PluginsDescription {
  readonly types: readonly StepTypeDescription[];
  readonly failures: readonly PluginFailure[];
}

/** What was loaded as plain JSON, ready to leave the child process. */
export function describePlugins({ types, failures }: LoadedPlugins): PluginsDescription {
  return {
    types: types.map(({ stepType, manifest, configSchema, folderHash }) => ({
      type: stepType.type,
      version: stepType.version,
      pluginApi: manifest.pluginApi,
      pluginVersion: manifest.version,
      stage: stepType.stage,
      format: stepType.stage === 'decode' ? stepType.format : null,
      title: stepType.title,
      description: stepType.description,
      configSchema,
      examples: stepType.examples,
      errorCodes: stepType.errorCodes,
      folderHash,
    })),
    failures,
  };
}
