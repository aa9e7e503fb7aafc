export { HealingModule } from './healing.module.js';
