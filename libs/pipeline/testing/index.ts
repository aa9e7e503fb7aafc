export * from './step-case.js';
export * from './step-compliance.js';
export * from './step-context.js';
