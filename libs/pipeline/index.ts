export * from './errors.js';
export * from './outcome.js';
export * from './profile.js';
export * from './record.js';
export * from './reference.js';
export * from './result.js';
export * from './step.js';
