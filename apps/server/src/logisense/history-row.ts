import { IMPORT_STATUSES, type NumberedImport } from '../history/index.js';

type ImportStatus = (typeof IMPORT_STATUSES)[number];

export const HISTORY_STATUS_NAMES = ['Queued', 'Processing', 'Completed', 'Failed'] as const;
export type HistoryStatusName = (typeof HISTORY_STATUS_NAMES)[number];

/** Our status is theirs but for the capital letter. */
export const toImportStatus = (name: HistoryStatusName) => name.toLowerCase() as Lowercase<HistoryStatusName>;

const toStatusName = (status: ImportStatus) => HISTORY_STATUS_NAMES[IMPORT_STATUSES.indexOf(status)]!;

/**
 * An import as a row of LogiSense's import history. There a record counts as imported once it is mediated,
 * also where it finds no owner or no rate afterwards: so the counts here add up to `recordCount`, but for
 * records that are pending.
 */
export function toHistoryRow({ identity, profileId, unrated, view }: NumberedImport) {
  const { counts, feed } = view;
  return {
    identity,
    trackingId: view.trackingId,
    udrFeedId: feed.id,
    udrFeedName: feed.name,
    dataProfileId: profileId,
    dataProfileName: view.profile.name,
    fileName: view.source,
    importStart: view.startedAt,
    importEnd: view.endedAt,
    importCount: counts.imported + unrated,
    importExceptionCount: counts.exception - unrated,
    importSkipRecordCount: counts.skipped,
    importDuplicateCount: counts.duplicate,
    recordCount: counts.total,
    dataImportHistoryStatusTypeName: toStatusName(view.status),
  };
}
