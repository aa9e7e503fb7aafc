export { FEED_LOCK, keepSpareBlock, placeFeed } from './block-changes.js';
export { KeptFacts } from './kept-facts.js';
export { RetentionJobModule, RetentionModule } from './retention.module.js';
export { FACTS, type Fact, FOREVER, KEEP_FOREVER, type Retention, daysOf, isKeepable } from './retention.js';
export { RetentionTimes } from './retention-view.js';
