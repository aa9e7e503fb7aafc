export * from './step-context.js';
