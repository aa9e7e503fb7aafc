export * from './canonical.js';
export * from './compile-profile.js';
export * from './config-check.js';
export * from './decimal.js';
export * from './did-you-mean.js';
export * from './errors.js';
export * from './expression/index.js';
export * from './field-path.js';
export * from './field-template.js';
export * from './field-value.js';
export {
  fromMicros,
  MAX_YEAR,
  MIN_YEAR,
  shown,
  toInstant,
  toMicros,
  type Instant,
  type InstantProblem,
} from './instant.js';
export { isStorableData, toCleanJsonText, toJsonText } from './json-text.js';
export * from './outcome.js';
export { compilePattern, MAX_PATTERN_LENGTH, type Pattern } from './pattern.js';
export * from './profile.js';
export * from './record.js';
export { TOO_LONG, toEntryText, toRecordText } from './record-text.js';
export * from './reference.js';
export * from './result.js';
export * from './run-records.js';
export * from './step.js';
export { cleanText, isBlank } from './text.js';
export { isTimeZone, toLocalMicros, type ZonePolicy } from './time-zone.js';
export { timestampReader, type TimestampReader } from './timestamp-format.js';
export * from './trace/index.js';
export * from './usage-check.js';
export * from './usage-key.js';
