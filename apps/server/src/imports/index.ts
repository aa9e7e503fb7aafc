export { toBuffer } from './accept/accept.controller.js';
export { AcceptService, type Accepted } from './accept/accept.service.js';
export type { Post } from './accept/incoming.js';
export { ImportsModule } from './imports.module.js';
