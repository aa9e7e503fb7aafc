import { type ExportColumn, RawJson } from '../common/index.js';
import type { ExceptionView } from './exception-view.js';

const PLAIN = [
  'id',
  'trackingId',
  'index',
  'stage',
  'step',
  'code',
  'field',
  'message',
  'usageKey',
  'status',
  'revision',
  'createdAt',
  'fingerprint',
  'resolvedBy',
] as const satisfies readonly (keyof ExceptionView)[];

/** The text of a row, or the JSON text of a record. */
function toText(raw: unknown): unknown {
  if (!(raw instanceof RawJson)) return raw;
  return raw.text.startsWith('"') ? JSON.parse(raw.text) : raw.text;
}

/** Exceptions in CSV. */
export const EXPORT_COLUMNS: readonly ExportColumn<ExceptionView>[] = [
  ...PLAIN.map((title) => ({ title, value: (view: ExceptionView): unknown => view[title] })),
  { title: 'feed', value: ({ feed }) => feed.apiName },
  { title: 'details', value: ({ details }) => details },
  { title: 'raw', value: ({ raw }) => toText(raw) },
  { title: 'corrected', value: ({ corrected }) => toText(corrected) },
  { title: 'changedAt', value: ({ changed }) => changed?.at },
  { title: 'changedBy', value: ({ changed }) => changed?.by },
  { title: 'changeReason', value: ({ changed }) => changed?.reason },
];
