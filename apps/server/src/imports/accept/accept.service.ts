import { hash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { type Caller, requireFeed } from '../../auth/index.js';
import { SETTINGS, type Settings, unavailable } from '../../common/index.js';
import { PG_POOL } from '../../database/index.js';
import { type FeedRow, FeedsService } from '../../feeds/index.js';
import { Dispatcher } from '../dispatch/dispatcher.js';
import { EnvelopeError, isForFormat, openEnvelope, toStoredType } from '../envelope/index.js';
import { Backlog } from './backlog.js';
import { findStanding } from './earlier-import.js';
import type { Progress } from './import-progress.js';
import type { NewImport } from './import-statement.js';
import { ImportWriter } from './import-writer.js';
import { inTime } from './in-time.js';
import { acceptedRecords } from './metrics.js';
import { readIdempotencyKey, readSource } from './post-headers.js';
import { RateLimit } from './rate-limit.js';
import { readBodyType, receiveBody, toStoredBody } from './received-body.js';
import {
  badEnvelope,
  feedDisabled,
  feedNotFound,
  idempotencyInProgress,
  idempotencyKeyReused,
  profileNotPublished,
  unsupportedMediaType,
} from './refusals.js';

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

/** What became of a post: its records are committed, now or by an earlier request with the same key. */
export interface Accepted extends Progress {
  readonly feed: FeedRow;
  readonly isReplay: boolean;
}

/** Takes usage in: one pass over the envelope, one statement, one commit. */
@Injectable()
export class AcceptService {
  /** Idempotency keys that this process is accepting. */
  private readonly inProgress = new Set<string>();

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(PG_POOL) private readonly pool: pg.Pool,
    private readonly feeds: FeedsService,
    private readonly rateLimit: RateLimit,
    private readonly backlog: Backlog,
    private readonly writer: ImportWriter,
    private readonly dispatcher: Dispatcher,
  ) {}

  /** @throws Problem for a post to a feed by its id or API name */
  async accept(post: Post): Promise<Accepted> {
    this.rateLimit.take(post.caller.keyId);
    return this.acceptFor(await inTime(this.feeds.byRef(post.feed), LOOK_UP_MS), post);
  }

  /** @throws Problem for a post to a feed by its id, API name or name */
  async acceptByAnyName(post: Post): Promise<Accepted> {
    this.rateLimit.take(post.caller.keyId);
    return this.acceptFor(await inTime(this.feeds.byRefOrName(post.feed), LOOK_UP_MS), post);
  }

  private async acceptFor(feed: FeedRow, post: Post): Promise<Accepted> {
    requireFeed(post.caller, feed.id);
    const key = readIdempotencyKey(post.headers['idempotency-key']);
    // Before the work of reading: a full server has no time for it.
    this.backlog.refuseWhenFull(feed.id);
    const item = await this.readImport(feed, post, key);
    if (!key) return this.store(feed, item);
    const claim = `${feed.id} ${key}`;
    if (this.inProgress.has(claim)) throw idempotencyInProgress();
    this.inProgress.add(claim);
    try {
      return await this.store(feed, item);
    } finally {
      this.inProgress.delete(claim);
    }
  }

  private async readImport(
    feed: FeedRow,
    { caller, headers, body }: Post,
    key: string | null,
  ): Promise<NewImport> {
    const type = readBodyType(headers);
    const { mediaType } = type;
    if (!isForFormat(type, feed.format)) {
      throw unsupportedMediaType(
        `The feed ${feed.apiName} takes ${feed.format}, which ${type.event ? 'an event' : mediaType} does not carry.`,
      );
    }
    const received = await receiveBody(body, headers['content-encoding'], this.settings.maxBodyBytes);
    const { bytes } = received;
    const envelope = this.open(() =>
      openEnvelope(type, bytes.toString('utf8'), feed, this.settings.maxRecordsPerRequest),
    );
    const sha256 = hash('sha256', bytes, 'buffer');
    const contentType = toStoredType(type, feed.rows);
    return {
      trackingId: uuidv7(),
      feedId: feed.id,
      keyId: caller.keyId,
      source: readSource(headers['feedmill-source']),
      total: envelope.elements.length,
      contentType,
      rawBytes: bytes.length,
      hasExactNumbers: envelope.hasExactNumbers,
      sha256,
      body: await toStoredBody(received),
      // Attributes that came as headers belong to what was sent.
      idempotency: key ? { key, sha256: hashed(type.event ? contentType : mediaType, sha256) } : null,
    };
  }

  private open<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw error instanceof EnvelopeError ? badEnvelope(error) : error;
    }
  }

  private async store(feed: FeedRow, item: NewImport): Promise<Accepted> {
    if (!(await this.writer.write(item))) return this.explain(feed, item);
    this.dispatcher.ring();
    const { trackingId, total } = item;
    this.backlog.add(feed.id, total);
    acceptedRecords.inc({ feed: feed.apiName }, total);
    const counts = { total, imported: 0, exception: 0, skipped: 0, duplicate: 0, pending: total };
    return { trackingId, feed, status: 'queued', counts, isReplay: false };
  }

  /** Nothing was stored: an earlier import answers, or the reason why not. */
  private async explain(feed: FeedRow, { idempotency }: NewImport): Promise<Accepted> {
    const standing = await findStanding(this.pool, feed.id, idempotency?.key ?? null);
    if (!standing) throw feedNotFound(feed.apiName);
    const { earlier } = standing;
    if (earlier) {
      if (!earlier.sha256.equals(idempotency!.sha256)) throw idempotencyKeyReused();
      const { trackingId, status, counts } = earlier;
      return { trackingId, feed, status, counts, isReplay: true };
    }
    if (!standing.enabled) throw feedDisabled();
    if (!standing.published) throw profileNotPublished();
    // What stood in the way is gone by now: the claim of another process, or a feed just enabled.
    throw idempotency ? idempotencyInProgress() : unavailable();
  }
}

const hashed = (what: string, body: Buffer): Buffer =>
  hash('sha256', Buffer.concat([Buffer.from(what), body]), 'buffer');
