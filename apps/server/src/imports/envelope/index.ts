export {
  DEFAULT_ROW_SYNTAX,
  OFFERED_MEDIA_TYPES,
  isForFormat,
  toMediaType,
  toStoredType,
  type FeedFormat,
  type MediaType,
  type RowSyntax,
} from './content-type.js';
export { BrokenElement, EnvelopeError, type EnvelopeErrorCode } from './envelope-error.js';
export { type Envelope, type EnvelopeFeed, isOfFormat, openEnvelope, readElements } from './envelope.js';
