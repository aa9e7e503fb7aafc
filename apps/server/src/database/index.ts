export { isUnderCorrection, lockCorrections, tryLockCorrections } from './correction-lock.js';
export { DatabaseModule } from './database.module.js';
export { migrate } from './migrate.js';
export { migrations } from './migrations/index.js';
export { byIndexOnly, PG_POOL, connectionConfig, createPool, inTransaction } from './pool.js';
export { fromStoredField } from './resolved-field.js';
export { RepeatedJob } from './repeated-job.js';
