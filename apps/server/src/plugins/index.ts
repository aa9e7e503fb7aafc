export { AskedChild } from './asked-child.js';
export type {
  DryCorrectionRequest,
  DryRunRequest,
  PatchReport,
  PatchRequest,
  PatchResult,
} from './child-message.js';
export { PluginsModule } from './plugins.module.js';
export { PluginsService, childEnvironment } from './plugins.service.js';
export { StepProcess, StepProcessDied } from './step-process.js';
