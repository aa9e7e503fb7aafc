import type { IncomingHttpHeaders } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { type Caller, requireFeed } from '../../auth/index.js';
import { SETTINGS, type Settings } from '../../common/index.js';
import { type FeedRow, FeedsService } from '../../feeds/index.js';
import {
  type BodyType,
  type Envelope,
  EnvelopeError,
  isForFormat,
  openEnvelope,
  toStoredType,
} from '../envelope/index.js';
import { Backlog } from './backlog.js';
import { inTime } from './in-time.js';
import { readIdempotencyKey } from './post-headers.js';
import { RateLimit } from './rate-limit.js';
import { type ReceivedBody, readBodyType, receiveBody } from './received-body.js';
import { badEnvelope, unsupportedMediaType } from './refusals.js';

/** Postgres is asked for a feed no longer than this. */
const LOOK_UP_MS = 3500;

/** A request that brings usage. */
export interface Post {
  readonly caller: Caller;
  /** The feed as the path names it. */
  readonly feed: string;
  readonly headers: IncomingHttpHeaders;
  /** As received, still in its content encoding. */
  readonly body: Buffer;
}

/** A post that may be stored: its body has been read in one pass. */
export interface IncomingPost {
  readonly feed: FeedRow;
  readonly idempotencyKey: string | null;
  readonly type: BodyType;
  /** Content type to be stored with the body. */
  readonly contentType: string;
  readonly received: ReceivedBody;
  /** Records in the body. */
  readonly total: number;
  readonly hasExactNumbers: boolean;
}

/** What every post goes through, whatever becomes of it. */
@Injectable()
export class IncomingPosts {
  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly feeds: FeedsService,
    private readonly rateLimit: RateLimit,
    private readonly backlog: Backlog,
  ) {}

  /** @throws Problem for a post to a feed by its id or API name */
  async read(post: Post): Promise<IncomingPost> {
    this.rateLimit.take(post.caller.keyId);
    return this.readFor(await inTime(this.feeds.byRef(post.feed), LOOK_UP_MS), post);
  }

  /** @throws Problem for a post to a feed by its id, API name or name */
  async readByAnyName(post: Post): Promise<IncomingPost> {
    this.rateLimit.take(post.caller.keyId);
    return this.readFor(await inTime(this.feeds.byRefOrName(post.feed), LOOK_UP_MS), post);
  }

  private async readFor(feed: FeedRow, { caller, headers, body }: Post): Promise<IncomingPost> {
    requireFeed(caller, feed.id);
    const idempotencyKey = readIdempotencyKey(headers['idempotency-key']);
    // Before the work of reading: a full server has no time for it.
    this.backlog.refuseWhenFull(feed.id);
    const type = readBodyType(headers);
    if (!isForFormat(type, feed.format)) {
      const what = type.event ? 'an event' : type.mediaType;
      throw unsupportedMediaType(
        `The feed ${feed.apiName} takes ${feed.format}, which ${what} does not carry.`,
      );
    }
    const received = await receiveBody(body, headers['content-encoding'], this.settings.maxBodyBytes);
    const { elements, hasExactNumbers } = this.open(type, received, feed);
    return {
      feed,
      idempotencyKey,
      type,
      contentType: toStoredType(type, feed.rows),
      received,
      total: elements.length,
      hasExactNumbers,
    };
  }

  private open(type: BodyType, { bytes }: ReceivedBody, feed: FeedRow): Envelope {
    try {
      return openEnvelope(type, bytes.toString('utf8'), feed, this.settings.maxRecordsPerRequest);
    } catch (error) {
      throw error instanceof EnvelopeError ? badEnvelope(error) : error;
    }
  }
}
