import { RawJson, stringifyJson } from '../common/index.js';
import { EXCEPTION_STATUSES, type NumberedException } from '../exceptions/index.js';

export const EXCEPTION_STATUS_NAMES = ['New', 'Reprocessed', 'Superseded', 'Discarded'] as const;
export type ExceptionStatusName = (typeof EXCEPTION_STATUS_NAMES)[number];

type ExceptionStatus = (typeof EXCEPTION_STATUSES)[number];

export const toExceptionStatus = (name: ExceptionStatusName): ExceptionStatus =>
  EXCEPTION_STATUSES[EXCEPTION_STATUS_NAMES.indexOf(name)]!;

const toStatusName = (status: ExceptionStatus) => EXCEPTION_STATUS_NAMES[EXCEPTION_STATUSES.indexOf(status)]!;

/** An exception as LogiSense lists it. Ids, indexes and revisions are those of the native API. */
export function toExceptionRow({ importIdentity, source, view }: NumberedException) {
  return {
    dataImportExceptionId: view.id,
    dataImportHistoryId: importIdentity,
    originatingFileRecordIndex: view.index,
    dataImportExceptionErrorTypeName: view.code,
    dataImportExceptionStatusTypeName: toStatusName(view.status),
    revisionNumber: view.revision,
    dataSnippet: toText(view.raw),
    message: view.message,
    messageDetails: view.details === null ? view.message : toText(view.details),
    exceptionDate: view.createdAt,
    fileName: source,
  };
}

/** A row as it was sent, a record or details as JSON text. */
function toText(value: unknown): string {
  const json = value instanceof RawJson ? value.text : stringifyJson(value);
  return json.startsWith('"') ? String(JSON.parse(json)) : json;
}
