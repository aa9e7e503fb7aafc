export { HistoryModule } from './history.module.js';
export { FeedName, ImportView, ProfileName } from './import-view.js';
export { ImportsService, type ImportPlace } from './imports.service.js';
export { NamedFeeds } from './named-feeds.js';
export { onlyVisible, requireVisible, seesMasked } from './visibility.js';
