/** The door for child processes: nothing behind it loads Nest. */
export { BatchRunner } from './run/batch-runner.js';
