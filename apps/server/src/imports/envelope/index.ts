export { type EventAttributes, isJsonType } from './cloud-events.js';
export {
  DEFAULT_ROW_SYNTAX,
  OFFERED_MEDIA_TYPES,
  isForFormat,
  toMediaType,
  toStoredType,
  type BodyType,
  type FeedFormat,
  type MediaType,
  type RowSyntax,
} from './content-type.js';
export { BrokenElement, EnvelopeError, type EnvelopeErrorCode } from './envelope-error.js';
export { parseExactJson } from './exact-json.js';
export { parseKeepingNumbers } from './keep-numbers.js';
export { type Envelope, type EnvelopeFeed, isOfFormat, openEnvelope, readElements } from './envelope.js';
