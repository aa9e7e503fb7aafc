/** The door for child processes: nothing behind it loads Nest. */
export { ReferenceReader } from './reader.js';
