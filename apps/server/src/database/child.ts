/** The door for child processes: nothing behind it loads Nest or TypeORM. */
export { connectionConfig } from './pool.js';
