/** The door for child processes: nothing behind it loads Nest or TypeORM. */
export { byIndexOnly, connectionConfig } from './pool.js';
export { fromStoredField, toStoredField } from './resolved-field.js';
