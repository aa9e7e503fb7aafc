export { EXCEPTION_STATUSES } from './exception-view.js';
export { ExceptionsModule } from './exceptions.module.js';
export { ExceptionsService, type NumberedException } from './exceptions.service.js';
export { FROM_EXCEPTIONS } from './exception-query.js';
export { readSelection, type Selection } from './selection.js';
export { SELECTION, Selections } from './selections.js';
export { isUnderCorrection, lockCorrections } from './correction-lock.js';
