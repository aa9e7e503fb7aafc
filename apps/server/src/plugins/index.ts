export { AskedChild } from './asked-child.js';
export type {
  DryCorrectionRequest,
  DryRunRequest,
  ExplainRequest,
  PatchReport,
  PatchRequest,
  PatchResult,
  PreviewRequest,
} from './child-message.js';
export { PluginsModule } from './plugins.module.js';
export { PluginsService, childEnvironment } from './plugins.service.js';
export { StepProcess, StepProcessDied } from './step-process.js';
