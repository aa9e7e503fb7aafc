export { LogisenseModule } from './logisense.module.js';
