export { ConfiguredFeeds, type ApplyResult } from './configured-feeds.js';
export {
  type Feed,
  type FeedRow,
  type RowSyntax,
  type UsageKeyDefinition,
  type UsageKeyField,
} from './feed.js';
export { FeedsModule } from './feeds.module.js';
export { FeedsService } from './feeds.service.js';
