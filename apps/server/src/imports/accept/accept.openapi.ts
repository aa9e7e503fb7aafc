import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiHeader, ApiOperation, ApiResponse } from '@nestjs/swagger';
import { problemAnswer } from '../../common/index.js';
import { DryRunView } from '../dry-run/dry-run-view.js';
import { OFFERED_MEDIA_TYPES } from '../envelope/index.js';

const RECORD = { type: 'object', additionalProperties: true };
const listOf = (items: object) => ({
  type: 'object',
  required: ['data'],
  properties: { data: { type: 'array', items } },
});
const COUNT_NAMES = ['total', 'imported', 'exception', 'skipped', 'duplicate', 'pending'];

const ANSWER = {
  type: 'object',
  required: ['trackingId', 'feed', 'status', 'counts', 'links'],
  properties: {
    trackingId: { type: 'string', format: 'uuid' },
    feed: {
      type: 'object',
      properties: { id: { type: 'integer' }, name: { type: 'string' }, apiName: { type: 'string' } },
    },
    status: { type: 'string', enum: ['queued', 'processing', 'completed', 'failed'] },
    counts: {
      type: 'object',
      properties: Object.fromEntries(COUNT_NAMES.map((name) => [name, { type: 'integer' }])),
    },
    links: { type: 'object', properties: { import: { type: 'string' } } },
  },
};

/** What the API's description says of posting usage. */
export const DescribeAccept = () =>
  applyDecorators(
    ApiOperation({
      summary: 'Post usage to a feed',
      description:
        'Takes up to 1,000 records (unless configured otherwise), gzip or not, and answers when they are committed; ' +
        'they are mediated afterwards. Follow the tracking id.',
    }),
    ApiConsumes(...OFFERED_MEDIA_TYPES),
    ApiHeader({ name: 'Idempotency-Key', description: '1 to 255 visible ASCII characters; kept for a day.' }),
    ApiHeader({
      name: 'Feedmill-Source',
      description: 'Where it came from, for example the name of a file: at most 255 characters.',
    }),
    ApiHeader({
      name: 'Prefer',
      description:
        '`wait=N` holds the answer until the import has ended, or N seconds (at most 10) have passed; ' +
        '`Preference-Applied` says how long that could be.',
    }),
    ApiHeader({
      name: 'ce-specversion',
      description:
        'The body is the data of a CloudEvent in binary mode, its attributes are the `ce-` headers; they are `$event` ' +
        'on the record, as those of structured and batched events are.',
    }),
    ApiBody({
      schema: {
        oneOf: [listOf({ type: 'string' }), RECORD, listOf(RECORD), { type: 'array', items: RECORD }],
      },
    }),
    ApiResponse({
      status: 200,
      description: 'With `dryRun=true`: the verdict of each record.',
      type: DryRunView,
    }),
    ApiResponse({
      status: 202,
      description: 'Committed. `Idempotency-Replayed: true` where it was before.',
      schema: ANSWER,
    }),
    ...Object.entries(REFUSALS).map(([status, description]) =>
      ApiResponse({ status: Number(status), ...problemAnswer(Number(status), description) }),
    ),
  );

const REFUSALS = {
  400: '`empty_batch`, `malformed_body`, `invalid_parameter`, `invalid_header`',
  401: '`unauthorized`',
  403: '`forbidden`: a role that does not post, or a key of other feeds',
  404: '`feed_not_found`',
  409: '`feed_disabled`, `profile_not_published`, `idempotency_in_progress`',
  413: '`too_many_records`, `body_too_large`',
  415: '`unsupported_media_type`',
  422: '`wrong_shape`, `idempotency_key_reused`; of a dry run `dry_run_too_large`, `dry_run_not_survivable`',
  429: '`rate_limited`, with `Retry-After`',
  503: '`backlog_full`, `unavailable`, with `Retry-After`',
};
