export { ConfiguredReference, type AppliedReference } from './configured-reference.js';
export { readTimeZone } from './row-reader.js';
export { ReferenceModule } from './reference.module.js';
export { csvRows, csvTable, listRows, type WrittenRow } from './written-rows.js';
export { type ReferenceChange, findChange, isHealedBy, isSettled, isUnsettled } from './healing.js';
