export { toBuffer } from './accept/accept.controller.js';
export { AcceptService, type Accepted, type Post } from './accept/accept.service.js';
export { ImportsModule } from './imports.module.js';
