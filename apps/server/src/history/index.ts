export { StatusChangeView } from './correction-view.js';
export { withoutHiddenUsage } from './hidden-usage.js';
export { HistoryModule } from './history.module.js';
export { FeedName, IMPORT_STATUSES, ImportView, ProfileName } from './import-view.js';
export { ImportsService, type ImportPlace } from './imports.service.js';
export { NamedFeeds } from './named-feeds.js';
export {
  NumberedImportsService,
  type NumberedFilters,
  type NumberedImport,
} from './numbered-imports.service.js';
export { namesIdentifier } from './record-search.js';
export { RecordHistory, RecordName } from './record-view.js';
export { RecordsService } from './records.service.js';
export { type StatusChangeRow, joinSettledBy, statusChangeColumns, toStatusChange } from './status-change.js';
export { onlyVisible, requireVisible, seesMasked } from './visibility.js';
