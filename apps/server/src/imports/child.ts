/** The door for child processes: nothing behind it loads Nest. */
export { DryCorrections, type DryCorrectionReport } from './correct/dry-corrections.js';
export { DryRunner } from './dry-run/dry-runner.js';
export { isOfFormat, parseKeepingNumbers } from './envelope/index.js';
export { Explainer, type ExplainReport, type PreviewReport } from './explain/explainer.js';
export { BatchRunner } from './run/batch-runner.js';
export { ChildConnection } from './run/child-connection.js';
export { CompiledProfiles } from './run/compiled-profiles.js';
