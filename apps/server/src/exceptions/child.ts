/** The door for child processes: nothing behind it loads Nest. */
export { patchRecords } from './patch-records.js';
