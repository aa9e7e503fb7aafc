export { EXCEPTION_STATUSES } from './exception-view.js';
export { ExceptionsModule } from './exceptions.module.js';
export { ExceptionsService, type NumberedException } from './exceptions.service.js';
