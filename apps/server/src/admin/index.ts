export { AdminModule } from './admin.module.js';
export { Audit, type Actor, type AuditedChange, type Sql } from './audit.js';
