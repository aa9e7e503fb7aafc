export { IdentifiersService } from './identifiers.service.js';
export { RatePlansService } from './rate-plans.service.js';
export { ReferenceModule } from './reference.module.js';
