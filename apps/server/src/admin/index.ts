export { AdminModule } from './admin.module.js';
export { Audit, type Actor, type AuditedChange, type ChangedBy, type Sql } from './audit.js';
export { ByCaller } from './changed-by.js';
