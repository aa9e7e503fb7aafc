export { ANY_JSON, ApiPageOf, ApiParameters, ApiProblems, problemAnswer } from './api-docs.js';
export { RawBody, Takes, installBodyParser, parseBody, type TextBody } from './body.js';
export { BriefCache } from './brief-cache.js';
export { canonicalHash, canonicalJson } from './canonical.js';
export { Conditions } from './conditions.js';
export { IsFeedList } from './feed-list.js';
export { goneOf } from './gone-of.js';
export {
  EXPORT_PAGE,
  exportFile,
  exportFormatParameter,
  type ExportColumn,
  type ExportFormat,
} from './export.js';
export {
  isTrackingId,
  parseExceptionId,
  parseIndex,
  parseUsageId,
  toExceptionId,
  toUsageId,
  type RecordPlace,
  type UsageRef,
} from './ids.js';
export { PinoNestLogger, createLog } from './logging.js';
export { HIDDEN, masked, maskedJson, maskedOrNull } from './masking.js';
export { toDecimalText, toDecimalTextOrNull, toMoment, toRfc3339, toRfc3339OrNull } from './moment.js';
export {
  NUMBERED_PAGE_PARAMETERS,
  countAhead,
  limitOf,
  readPageNumber,
  type NumberedPage,
  type PageNumber,
} from './numbered-page.js';
export {
  DEFAULT_LIMIT,
  LIST_PARAMETERS,
  readCursor,
  toCursorText,
  pageOf,
  type Cursor,
  type CursorShape,
  type ListValues,
  type Page,
} from './paging.js';
export {
  booleanParameter,
  feedParameter,
  integerParameter,
  momentParameter,
  oneOf,
  patternParameter,
  readQuery,
  readTexts,
  severalOf,
  textParameter,
  trackingIdParameter,
  type Parameter,
  type Parameters,
  type ValuesOf,
} from './parameters.js';
export { Problem, type ProblemDetail, badParameter, forbidden, notFound, unavailable } from './problem.js';
export {
  ProblemFilter,
  answerBrokenRequest,
  answerRefusedUrl,
  problemBody,
  toProblem,
} from './problem.filter.js';
export { RawJson, installReplySerializer, stringifyJson } from './raw-json.js';
export { bodyProblems, readBody, readNoBody, refusedBody } from './read-body.js';
export { requestIdOf } from './request-id.js';
export { selectRows } from './select-rows.js';
export { SettingsModule } from './settings.module.js';
export { SETTINGS, type Settings, readSettings } from './settings.js';
export { isStorableText, storableProblems } from './storable.js';
export { IsReason } from './written-reason.js';
