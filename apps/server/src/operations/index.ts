export { ApiDescription } from './api-docs/api-description.js';
export { OperationsModule } from './operations.module.js';
