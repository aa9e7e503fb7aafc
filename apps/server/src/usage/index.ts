export { toLocalDate } from './local-date.js';
export { toUsageView } from './to-usage-view.js';
export { UsageView } from './usage-view.js';
export { UsageModule } from './usage.module.js';
export { UsageService } from './usage.service.js';
