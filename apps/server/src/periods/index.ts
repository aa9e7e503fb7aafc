export { closeForNewFeed } from './new-feed.js';
export { PeriodsModule } from './periods.module.js';
