export { toBuffer } from './accept/accept.controller.js';
export { AcceptService, type Accepted } from './accept/accept.service.js';
export { ImportEnds } from './accept/import-ends.js';
export type { Post } from './accept/incoming.js';
export { Dispatcher } from './dispatch/dispatcher.js';
export { isOfFormat, parseKeepingNumbers } from './envelope/index.js';
export { readExactBody } from './exact-body.js';
export { FINGERPRINT_VERSION } from './run/fingerprint.js';
export { ImportsModule } from './imports.module.js';
