export { toLocalDate } from './local-date.js';
export { UsageView } from './usage-view.js';
export { UsageModule } from './usage.module.js';
