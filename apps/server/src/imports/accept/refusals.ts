import { Problem } from '../../common/index.js';
import type { EnvelopeError, EnvelopeErrorCode } from '../envelope/index.js';

/** Everything that a post can be refused with, in the words of the API. */

export const unsupportedMediaType = (detail: string) => new Problem(415, 'unsupported_media_type', detail);

export const invalidHeader = (name: string, message: string) =>
  new Problem(400, 'invalid_header', `Header ${name} ${message}`, {
    errors: [{ pointer: name, code: 'invalid_header', message }],
  });

export const malformedBody = (detail: string) => new Problem(400, 'malformed_body', detail);

export const wrongShape = (detail: string) => new Problem(422, 'wrong_shape', detail);

export const bodyTooLarge = (detail: string) => new Problem(413, 'body_too_large', detail);

const ENVELOPE_STATUS: Record<EnvelopeErrorCode, number> = {
  malformed_body: 400,
  empty_batch: 400,
  too_many_records: 413,
  wrong_shape: 422,
};

export const badEnvelope = (error: EnvelopeError) =>
  new Problem(ENVELOPE_STATUS[error.code], error.code, error.message);

export const feedNotFound = (reference: string) =>
  new Problem(404, 'feed_not_found', `There is no feed "${reference.slice(0, 100)}".`);

export const feedDisabled = () =>
  new Problem(409, 'feed_disabled', 'The feed is disabled: it takes no usage.');

export const profileNotPublished = () =>
  new Problem(409, 'profile_not_published', 'The profile of the feed has no published version yet.');

export const idempotencyKeyReused = () =>
  new Problem(422, 'idempotency_key_reused', 'This Idempotency-Key was sent with another body before.');

export const idempotencyInProgress = () =>
  new Problem(
    409,
    'idempotency_in_progress',
    'A request with this Idempotency-Key is being accepted just now.',
    {
      retryAfterSeconds: 1,
    },
  );

export const rateLimited = (limit: number) =>
  new Problem(429, 'rate_limited', `This key may post ${limit} times a second.`, { retryAfterSeconds: 1 });

export const backlogFull = (whose: string, limit: number) =>
  new Problem(503, 'backlog_full', `${whose} has ${limit} or more records waiting; send again later.`, {
    retryAfterSeconds: 5,
  });

export const dryRunTooLarge = (limit: number) =>
  new Problem(422, 'dry_run_too_large', `A dry run takes at most ${limit} records; try some of them.`);

export const dryRunNotSurvivable = (how: string) =>
  new Problem(
    422,
    'dry_run_not_survivable',
    `The process that ran these records ended: ${how}. Posted, the record that does it becomes step_crashed.`,
  );

export const tooManyDryRuns = () =>
  new Problem(429, 'rate_limited', 'Too many dry runs are waiting just now.', { retryAfterSeconds: 1 });

export const noAnswer = () =>
  new Problem(
    503,
    'unavailable',
    'The database gave no answer in time. The import may be stored or not: send it again with the same Idempotency-Key.',
    { retryAfterSeconds: 5 },
  );
