export { withConfigDocs } from './config-docs.js';
export { configSchema, type ConfigSchema } from './config-schema.js';
export { describePlugins, type PluginsDescription, type StepTypeDescription } from './describe.js';
export {
  loadPlugins,
  useOf,
  type LoadedPlugins,
  type LoadedStepType,
  type LoadOptions,
  type PluginFailure,
} from './load-plugins.js';
export { PLUGIN_API, readManifest, type Manifest } from './manifest.js';
export { toStepTypes } from './step-type-shape.js';
